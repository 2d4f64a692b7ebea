#pragma once

#include "test/support/cluster.hpp"
#include "test/support/http_client.hpp"

#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <string_view>

namespace bridgewatch::test {

inline constexpr std::string_view owner_token = "keyofowner-ssssssssssssssssssssss";
inline constexpr std::string_view interceptions_path = "/api/v2/aibridge/interceptions";

[[nodiscard]] http_headers as_owner();

/// A database of the product's own schema: an owner, whose key is owner_token, and completed interceptions a minute
/// apart, each with one prompt. Lives as long as its cluster.
class audit_log {
  public:
    static constexpr int usual_size = 60;

    explicit audit_log(cluster& server = cluster::shared(), int interceptions = usual_size);

    /// For the superuser.
    [[nodiscard]] std::string const& conninfo() const { return conninfo_; }

    void execute(std::string const& sql) const { cluster::execute(conninfo_, sql); }

    [[nodiscard]] std::string value(std::string const& sql) const { return cluster::value(conninfo_, sql); }

    /// How many sessions of the program under test are connected, and hold the condition on pg_stat_activity.
    [[nodiscard]] std::int64_t sessions(std::string_view condition = "true") const;

    /// From now on each interception costs a role that is no superuser five milliseconds to see, and nothing is sorted:
    /// next to nothing for a page, and for a count of all of them five milliseconds a row.
    void slow_each_row_down() const;

    /// Ends them as an administrator does, and waits until they are gone.
    void terminate_sessions() const;

  private:
    std::string conninfo_;
};

/// How many sessions of the program under test are connected to a database, and hold the condition.
[[nodiscard]] std::int64_t sessions_at(std::string const& conninfo, std::string_view condition = "true");

/// Ends sessions of a database that hold the condition on pg_stat_activity, as an administrator does, and returns how
/// many when they are gone.
std::size_t terminate_sessions_at(std::string const& conninfo, std::string_view condition);

/// While this lives, every page waits in the database: for the table of prompts.
class held_pages {
  public:
    explicit held_pages(audit_log const& in) : held_pages{in.conninfo()} {}

    explicit held_pages(std::string const& conninfo);
    held_pages(held_pages const&) = delete;
    held_pages& operator=(held_pages const&) = delete;
    ~held_pages();

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

/// A request of the owner, on a connection and in a thread of its own.
[[nodiscard]] std::future<http_answer> ask_aside(std::string const& address, std::string const& target,
                                                 http_headers const& more = {});

} // namespace bridgewatch::test
