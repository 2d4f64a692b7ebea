#pragma once

#include "app/option_table.hpp"
#include "lib/api/service.hpp"
#include "lib/core/cpu.hpp"
#include "lib/http/server.hpp"
#include "lib/http/tls.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bridgewatch::app {

/// How to reach the database; shared by all commands that do. Empty: the libpq environment (PGHOST …).
struct database_options {
    std::string url;
    std::string url_file; ///< a file that holds it: read once, white space at its ends is dropped

    /// The URL, from the file where one is named. Error: one line.
    [[nodiscard]] boost::system::result<std::string, usage_error> text() const;
};

/// Everything `bridgewatch serve` can be told (contract: cli.md). Defaults are the contract's.
struct serve_options {
    std::vector<std::string> listen;       ///< empty: 127.0.0.1:8080
    std::vector<std::string> admin_listen; ///< empty: health endpoints are on the main port
    std::size_t admin_connections = 64;    ///< no option: probes are few
    http::tls_files tls;                   ///< both empty: plain HTTP
    database_options database;
    std::size_t threads = core::usable_cores();
    std::size_t pool_size = 16;
    std::size_t pool_queue = 0;          ///< who may wait for a connection, over all loops; 0: by pool_size
    std::size_t expensive_pool_size = 0; ///< likewise
    std::size_t max_requests = 0;        ///< likewise
    std::size_t max_requests_per_key = 0;
    bool prepared_statements = true;
    std::chrono::milliseconds drain_timeout{25000};
    std::chrono::milliseconds drain_delay{0};
    api::service_settings service;
    http::limits http;
    std::int64_t max_buffered_bytes = 0; ///< of all loops; 0: what the memory that we may have allows
    std::size_t max_auth_failures = 100; ///< of one client address in a minute; 0: no limit
    std::vector<std::string> trusted_proxies;
    std::string log_level = "info", log_format = "json";
    bool log_queries = false;
    std::chrono::milliseconds slow_query{500}; ///< of a statement; 0: none is slow
    bool slow_query_plan = false;
    std::string otlp_endpoint; ///< empty: spans go nowhere
    double trace_sample = 1;   ///< of requests without a caller's decision
    bool core_dumps = false;

    /// With what was not given, and follows from the pool's size.
    [[nodiscard]] serve_options complete() const;
};

/// What is wrong with options that do not go together; one line.
[[nodiscard]] boost::system::result<void, usage_error> check_together(serve_options const& options);

void add_database_options(option_table& table, database_options& into);
/// All options of serve but those of the database, which demo has of its own.
void add_server_options(option_table& table, serve_options& into);
/// All options of serve.
void add_serve_options(option_table& table, serve_options& into);

/// A setter for a whole number in [low, high].
[[nodiscard]] option_table::setter whole_number(std::size_t& into, std::size_t low, std::size_t high);
[[nodiscard]] option_table::setter duration(std::chrono::milliseconds& into);
/// As duration(), but for a limit that cannot be zero.
[[nodiscard]] option_table::setter time_limit(std::chrono::milliseconds& into);
[[nodiscard]] option_table::setter text(std::string& into);
/// As text(), but not empty.
[[nodiscard]] option_table::setter path(std::string& into);
/// A setter for one of a few words.
[[nodiscard]] option_table::setter one_of(std::string& into, std::vector<std::string> words);

} // namespace bridgewatch::app
