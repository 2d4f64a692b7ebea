#pragma once

#include "db/pg/error.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct pg_conn;

namespace bridgewatch::pg {

/// How to reach the database: libpq's keywords and values, as PQconninfoParse reads them. An empty one leaves all to
/// the libpq environment (PGHOST …). Several hosts, `target_session_attrs` and TLS are libpq's business.
class connection_options {
  public:
    /// @param text a libpq URI or a keyword/value string. Error: what libpq says, without any password.
    [[nodiscard]] static boost::system::result<connection_options, std::string> parse(std::string_view text);

    /// For log lines: host(s), port, database and user; never a password.
    [[nodiscard]] std::string describe() const;

    /// For a second attempt of a read, at another host: the hosts from the last to the first, and the first of those
    /// that answers, be it a standby or not, unless target_session_attrs asks for a primary. Empty where there is one
    /// host, or none is named here (a list in PGHOST is not looked at).
    [[nodiscard]] std::optional<connection_options> elsewhere() const;

    [[nodiscard]] std::vector<std::pair<std::string, std::string>> const& keywords() const { return keywords_; }

  private:
    std::vector<std::pair<std::string, std::string>> keywords_;
};

struct close_connection {
    void operator()(pg_conn* connection) const;
};

using raw_connection = std::unique_ptr<pg_conn, close_connection>;

/// Threads for the libpq calls that cannot be made on a loop: connecting reads files (passwords, services,
/// certificates) and resolves names; PQcancel waits for the server. One for all loops; cancels have a thread of
/// their own, so that an unreachable host does not hold them up. Bounded: each pool has at most one call of each
/// kind under way for each of its connections.
class blocking_calls {
  public:
    blocking_calls();
    ~blocking_calls(); ///< waits for the calls under way
    blocking_calls(blocking_calls const&) = delete;
    blocking_calls& operator=(blocking_calls const&) = delete;

    /// Begins no more calls, and waits for those under way. False where one has not come back: PQcancel waits for a
    /// server that hangs, and only the end of the process ends that. Once.
    [[nodiscard]] bool end_within(std::chrono::milliseconds limit);

    [[nodiscard]] boost::asio::thread_pool& connecting() { return connecting_; }

    [[nodiscard]] boost::asio::thread_pool& cancelling() { return cancelling_; }

  private:
    boost::asio::thread_pool connecting_, cancelling_;
    std::future<void> joined_;
};

/// Connects with a time limit on the calling thread, which is not a loop. For the blocking commands (migrate, seed, …)
/// and, through blocking_calls, for the pool. Error: database_down with libpq's message, without the password.
[[nodiscard]] outcome<raw_connection> connect_blocking(connection_options const& options,
                                                       std::chrono::milliseconds limit);

} // namespace bridgewatch::pg
