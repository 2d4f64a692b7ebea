#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace bridgewatch::test {

/// A network between a program and its PostgreSQL that can be broken: TCP on 127.0.0.1 before the database's unix
/// socket, one thread. Ends with this object. All members from any thread.
class breaking_proxy {
  public:
    /// @param conninfo of the database behind it, by a unix socket
    explicit breaking_proxy(std::string const& conninfo);
    breaking_proxy(breaking_proxy const&) = delete;
    breaking_proxy& operator=(breaking_proxy const&) = delete;
    ~breaking_proxy();

    /// Through it to the database.
    [[nodiscard]] std::string conninfo() const;

    /// Passes everything on, as it does at first. What the others withheld arrives now.
    void pass();
    /// Nothing arrives any more, in any direction. New connections are accepted and hear nothing.
    void swallow();
    /// One byte at a time, each in a packet of its own.
    void pass_slowly();
    /// The database loses the connections that there are; the program is not told, as when a firewall has forgotten
    /// them. New ones are passed on.
    void forget_connections();
    /// How much the database has sent so far.
    [[nodiscard]] std::size_t bytes_received();
    /// Ends the connections that there are by RST, on both sides. New ones are passed on.
    void reset_connections();

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace bridgewatch::test
