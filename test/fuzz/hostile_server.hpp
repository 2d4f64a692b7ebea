#pragma once

#include "test/fuzz/input.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <list>
#include <memory>
#include <string>

namespace bridgewatch::fuzz {

/// Plays PostgreSQL on a unix socket, on the client's own loop, with an input for a will: each message that the
/// protocol asks for is sent as it should be, changed, twice, not at all, or with any bytes in front of it. An input
/// that is over makes it a good server without rows. Source: PostgreSQL, "Frontend/Backend Protocol", "Message
/// Formats".
class hostile_server {
  public:
    /// @param will outlives it
    hostile_server(boost::asio::any_io_executor loop, input& will);
    ~hostile_server();
    hostile_server(hostile_server const&) = delete;
    hostile_server& operator=(hostile_server const&) = delete;

    /// For libpq's keyword `host`.
    [[nodiscard]] std::string const& host() const { return host_; }

    /// Ends all connections: called where both sides wait for each other.
    void hang_up();

  private:
    class session;
    void accept();

    input& will_;
    std::string host_;
    boost::asio::local::stream_protocol::acceptor acceptor_;
    std::list<std::shared_ptr<session>> sessions_;
};

} // namespace bridgewatch::fuzz
