#include "app/serve_options.hpp"

#include "lib/core/byte_size.hpp"
#include "lib/core/duration.hpp"
#include "lib/http/address.hpp"
#include "lib/observe/otlp_exporter.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace bridgewatch::app {
namespace {

constexpr char const* a_duration = "a duration such as 250ms, 10s or 5m";
constexpr char const* a_time_limit = "a duration above 0 such as 250ms, 10s or 5m";
constexpr char const* a_size = "a size such as 65536, 512KiB, 64MiB or 1GiB, at least 1KiB";
constexpr char const* an_address = "an address such as 127.0.0.1:8080, [::1]:8080 or unix:/run/bridgewatch.sock";

option_table::setter addresses(std::vector<std::string>& into)
{
    return [&into](std::string_view given) {
        into.emplace_back(given);
        return http::parse_endpoint(given).has_value();
    };
}

option_table::setter byte_size(std::int64_t& into)
{
    constexpr std::int64_t least = 1024;
    return [&into](std::string_view given) {
        auto const parsed = core::parse_byte_size(given);
        into = parsed.value_or(into);
        return parsed.has_value() && into >= least;
    };
}

option_table::setter share(double& into)
{
    return [&into](std::string_view given) {
        auto const* end = given.data() + given.size();
        auto const read = std::from_chars(given.data(), end, into);
        return read.ec == std::errc{} && read.ptr == end && into >= 0 && into <= 1;
    };
}

void add_network_options(option_table& table, serve_options& into)
{
    table.list("listen", "127.0.0.1:8080", "address of the API; unix:/path too", an_address, addresses(into.listen));
    table.list("admin-listen", "off (health endpoints are then on the main port)", "address of /livez and /readyz",
               an_address, addresses(into.admin_listen));
    table.value("tls-certificate", "none: plain HTTP",
                "PEM file of the certificate and its intermediates: TCP listeners speak TLS, unix sockets do not; "
                "SIGHUP reads it and the key again",
                "a path", path(into.tls.certificate));
    table.value("tls-key", "none", "PEM file of the certificate's key, without a passphrase", "a path",
                path(into.tls.key));
    table.value("threads", "usable cores", "loops, each with its own listeners and its share of the pool",
                "a whole number from 1 to 256", whole_number(into.threads, 1, 256));
    table.value("max-connections", "10000", "open client connections, as far as descriptors go; past it: 503",
                "a whole number from 1 to 1000000", whole_number(into.http.connections, 1, 1'000'000));
    table.value("max-requests", "16 for each of --pool-size, at least 256",
                "requests at work at one time; past it: 503", "a whole number from 1 to 1000000",
                whole_number(into.max_requests, 1, 1'000'000));
    table.value("max-requests-per-key", "2 for each of --pool-size, at least 4",
                "requests of one API key at work at one time; past it: 429", "a whole number from 1 to 1000000",
                whole_number(into.max_requests_per_key, 1, 1'000'000));
    table.value("request-timeout", "15s",
                "from a request's first byte to the end of its answer; a caller's Request-Timeout may be shorter",
                a_time_limit, time_limit(into.http.request_timeout));
    table.value("idle-timeout", "75s", "keep-alive without a request", a_time_limit,
                time_limit(into.http.idle_timeout));
    table.value("write-timeout", "15s", "for a client that does not read its answer", a_time_limit,
                time_limit(into.http.write_timeout));
    table.value("max-buffered-bytes", "256MiB, or a quarter of the memory limit",
                "what the answers of the process may have in memory at one time; past it they wait, then 503", a_size,
                byte_size(into.max_buffered_bytes));
    table.value("slice-bytes", "4MiB",
                "a page of interceptions that takes more is read and sent in slices of that size", a_size,
                byte_size(into.service.slice_bytes));
    table.value("drain-timeout", "25s", "after SIGTERM: the process ends within this time", a_duration,
                duration(into.drain_timeout));
    table.value("drain-delay", "0s",
                "after SIGTERM: how long the listeners go on while /readyz says 503; a part of --drain-timeout",
                a_duration, duration(into.drain_delay));
    table.list("trusted-proxies", "none", "CIDRs whose X-Forwarded-For, -Proto and -Host count",
               "a CIDR such as 10.0.0.0/8", [&into](std::string_view given) {
                   into.trusted_proxies.emplace_back(given);
                   return http::parse_network(given).has_value();
               });
}

void add_query_options(option_table& table, serve_options& into)
{
    static std::string const cap_expected = "a whole number from 1 to 1000000000";
    table.value("pool-size", "16", "database connections, over all threads", "a whole number from 1 to 10000",
                whole_number(into.pool_size, 1, 10000));
    table.value("pool-queue", "8 for each of --pool-size, at least 128",
                "how many may wait for a connection, over all threads; past it: 503",
                "a whole number from 1 to 1000000", whole_number(into.pool_queue, 1, 1'000'000));
    table.value("expensive-pool-size", "a quarter of --pool-size",
                "how many of those connections searches and exact counts may have that take long, over all threads",
                "a whole number from 1 to 10000", whole_number(into.expensive_pool_size, 1, 10000));
    table.value("pool-timeout", "2s", "wait for a connection, or a database just gone; then 503", a_time_limit,
                time_limit(into.service.pool_timeout));
    table.value("statement-timeout", "10s", "of each statement; then 504", a_time_limit,
                time_limit(into.service.statement_timeout));
    table.value("exact-count-timeout", "5s", "then an exact count becomes a capped one", a_time_limit,
                time_limit(into.service.exact_count_timeout));
    table.value("count-cap", "2000", "where a capped count stops", cap_expected, [&into](std::string_view given) {
        std::size_t cap = 0;
        bool const good = whole_number(cap, 1, 1'000'000'000)(given);
        into.service.count_cap = static_cast<std::int64_t>(cap);
        return good;
    });
    table.value("prepared-statements", "on", "off for a pooler that does not keep them", "on or off",
                [&into](std::string_view given) {
                    into.prepared_statements = given == "on";
                    return given == "on" || given == "off";
                });
    table.value("member-access", "none",
                "what callers read who are neither owner nor auditor: none, or their own interceptions", "none or own",
                [&into](std::string_view given) {
                    into.service.members = given == "own" ? api::member_access::own : api::member_access::none;
                    return given == "own" || given == "none";
                });
    table.value("auth-cache-ttl", "5s", "how long a revoked key may still work; 0 turns the cache off", a_duration,
                duration(into.service.auth_cache_ttl));
    table.value(
        "max-auth-failures", "100",
        "bad tokens that a client address (IPv6: a /64) may send in a minute; past it 429, a good one works; 0: "
        "no limit",
        "a whole number from 0 to 1000000", whole_number(into.max_auth_failures, 0, 1'000'000));
}

void add_log_options(option_table& table, serve_options& into)
{
    table.value("log-level", "info", "debug, info, warn, error or off; SIGHUP reads --config for it again",
                "debug, info, warn, error or off", one_of(into.log_level, {"debug", "info", "warn", "error", "off"}));
    table.value("log-format", "json", "json or text", "json or text", one_of(into.log_format, {"json", "text"}));
    table.flag("log-queries", "write the text of q into the access log", into.log_queries);
    table.value("slow-query", "500ms", "a statement that takes as long is logged, without its values; 0: none",
                a_duration, duration(into.slow_query));
    table.flag("slow-query-plan", "log the plan of slow statements too, without its conditions", into.slow_query_plan);
    table.value("otlp-endpoint", "none: nothing is traced",
                "collector of traces by OTLP/HTTP (JSON), such as http://collector:4318; /v1/traces is appended",
                "a URL such as http://collector:4318", [&into](std::string_view given) {
                    into.otlp_endpoint = given;
                    return observe::otlp_target::parse(given).has_value();
                });
    table.value("trace-sample", "1", "share of requests that are traced; a caller's traceparent decides for its own",
                "a number from 0 to 1", share(into.trace_sample));
    table.flag("sql-comments", "write the traceparent of traced requests into their SQL, which is then not prepared",
               into.service.sql_comments);
    table.flag("core-dumps", "a crash may leave a core dump, which holds the database's password and callers' data",
               into.core_dumps);
}

} // namespace

option_table::setter whole_number(std::size_t& into, std::size_t low, std::size_t high)
{
    return [&into, low, high](std::string_view given) {
        auto const* end = given.data() + given.size();
        auto const read = std::from_chars(given.data(), end, into);
        return read.ec == std::errc{} && read.ptr == end && into >= low && into <= high;
    };
}

option_table::setter duration(std::chrono::milliseconds& into)
{
    return [&into](std::string_view given) {
        auto const parsed = core::parse_duration(given);
        into = parsed.value_or(into);
        return parsed.has_value();
    };
}

option_table::setter time_limit(std::chrono::milliseconds& into)
{
    return [&into](std::string_view given) { return duration(into)(given) && into.count() > 0; };
}

option_table::setter text(std::string& into)
{
    return [&into](std::string_view given) {
        into = given;
        return true;
    };
}

option_table::setter path(std::string& into)
{
    return [&into](std::string_view given) { return text(into)(given) && !given.empty(); };
}

option_table::setter one_of(std::string& into, std::vector<std::string> words)
{
    return [&into, words = std::move(words)](std::string_view given) {
        into = given;
        return std::ranges::find(words, given) != words.end();
    };
}

boost::system::result<std::string, usage_error> database_options::text() const
{
    if (url_file.empty())
        return url;
    std::ifstream file{url_file};
    if (!file || std::filesystem::is_directory(url_file))
        return usage_error{"bridgewatch: --database-url-file: cannot read " + url_file, 1};
    std::string content{std::istreambuf_iterator<char>{file}, {}};
    auto const first = content.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos)
        return usage_error{"bridgewatch: --database-url-file: " + url_file + " is empty", 1};
    return content.substr(first, content.find_last_not_of(" \t\r\n") - first + 1);
}

boost::system::result<void, usage_error> check_together(serve_options const& options)
{
    if (options.drain_delay > std::chrono::milliseconds{0} && options.drain_delay >= options.drain_timeout)
        return usage_error{"bridgewatch: --drain-delay: expected less than --drain-timeout, which it is part of", 2};
    if (options.tls.certificate.empty() == options.tls.key.empty())
        return {};
    auto const missing = options.tls.key.empty() ? "--tls-key" : "--tls-certificate";
    return usage_error{
        std::string{"bridgewatch: "} + missing + ": expected a path, since the other file of TLS is given", 2};
}

serve_options serve_options::complete() const
{
    auto out = *this;
    auto const unless_given = [](std::size_t& value, std::size_t derived) {
        if (value == 0)
            value = derived;
    };
    unless_given(out.pool_queue, std::max<std::size_t>(128, 8 * pool_size));
    unless_given(out.expensive_pool_size, std::max<std::size_t>(1, pool_size / 4));
    unless_given(out.max_requests, std::max<std::size_t>(256, 16 * pool_size));
    // Fewer than may wait in the shortest queue, so that no key fills it (db/pg/pool_core.cpp).
    unless_given(out.max_requests_per_key, std::max<std::size_t>(4, 2 * pool_size));
    return out;
}

void add_database_options(option_table& table, database_options& into)
{
    table.value("database-url", "the libpq environment (PGHOST, …)",
                "libpq URI or keyword/value string, several hosts allowed", "a libpq URI", text(into.url));
    table.value("database-url-file", "none",
                "a file that holds the database URL; beats a --database-url from the same place", "a path",
                text(into.url_file));
    table.alternatives("database-url", "database-url-file");
}

void add_server_options(option_table& table, serve_options& into)
{
    add_network_options(table, into);
    add_query_options(table, into);
    add_log_options(table, into);
}

void add_serve_options(option_table& table, serve_options& into)
{
    add_database_options(table, into.database);
    add_server_options(table, into);
}

} // namespace bridgewatch::app
