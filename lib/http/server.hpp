#pragma once

#include "lib/http/message.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::http {

/// Answers one request. Runs on the connection's loop. Terminal cancellation means that the client has gone away or
/// that the drain limit has passed. Must not throw for what a caller can cause; what it throws becomes a 500.
using handler = std::function<boost::asio::awaitable<response>(request const&, request_notes&)>;

struct limits {
    std::size_t request_line_bytes = std::size_t{16} * 1024; ///< past it: 414
    std::size_t header_bytes = std::size_t{32} * 1024;       ///< header block, without the request line; past it: 431
    std::size_t header_fields = 2000;                        ///< past it: 431
    std::size_t body_bytes = std::size_t{64} * 1024; ///< swallowed (no route takes a body); past it: 413 and close
    std::size_t connections = 10000;                 ///< of the whole process; past it: 503 and close
    std::size_t requests = 1024;                     ///< handlers at work, of the whole process; past it: 503
    std::size_t turned_away = 64; ///< how many beyond them a loop answers at one time; the others are closed at once
    std::chrono::milliseconds header_timeout{10000};  ///< from a request's first byte to its last header; then 408
    std::chrono::milliseconds request_timeout{15000}; ///< from a request's first byte to its answer, or a streamed
                                                      ///< answer's head; then for each piece of it
    std::chrono::milliseconds idle_timeout{75000};    ///< keep-alive without a request; closed silently
    std::chrono::milliseconds write_timeout{15000};   ///< for a client that does not read
    /// Which targets are answered past those two bounds as well: those by which others see how the process does.
    std::function<bool(std::string_view target)> is_vital = {};
};

/// One per request, after its last byte was written (or could not be).
struct access_event {
    request const* what; ///< null where there was no readable request (then `status` says what was answered)
    request_notes const* notes;
    std::string_view remote;
    std::string_view request_id;
    std::string_view traceparent; ///< valid W3C traceparent of the caller, else empty
    int status = 0;
    std::size_t bytes_sent = 0;
    std::chrono::microseconds took{0};
    std::string_view ended; ///< "ok", "client_gone", "write_failed", "timeout", "drain", "stream_failed"
};

/// Called on the loop for each request and for what listeners and connections run into.
struct observer {
    std::function<void(access_event const&)> on_access;
    /// E.g. ("accept_failed", "EMFILE"). Each time; `is_news` at most once a second and event, for the log.
    std::function<void(std::string_view event, std::string_view detail, bool is_news)> on_trouble;
};

/// Shared by the loops of a process: how many connections are open, how much their answers take, whether it drains.
struct server_state;
inline constexpr std::size_t default_buffered_bytes = std::size_t{256} << 20U;
/// @param buffered_bytes what the answers of the process may have in memory at one time
[[nodiscard]] std::shared_ptr<server_state> make_server_state(std::size_t buffered_bytes = default_buffered_bytes);
[[nodiscard]] std::shared_ptr<buffer_budget> const& buffers_of(server_state const& state);
[[nodiscard]] std::size_t open_connections(server_state const& state);
/// Handlers at work.
[[nodiscard]] std::size_t running_requests(server_state const& state);
class tls_identity;
/// All TCP connections speak TLS, those of unix sockets never. Before the loops run, with an identity that has been
/// read.
void speak_tls(server_state& state, std::shared_ptr<tls_identity> as);

/// Where to listen. TCP listeners set SO_REUSEPORT, so each loop has its own.
struct endpoint {
    std::string host;       ///< address, empty for a unix socket
    std::uint16_t port = 0; ///< 0: any free one
    std::string unix_path;
};

/// "127.0.0.1:8080", "[::1]:8080", "unix:/run/x.sock"; empty on anything else.
[[nodiscard]] std::optional<endpoint> parse_endpoint(std::string_view text);

/// An open listening socket. Made before the loops start, so that "address in use" is known at once.
class listener {
  public:
    /// Error: one line for the user ("cannot listen on 127.0.0.1:8080: address already in use").
    /// A stale unix socket (nobody answers) is replaced; one in use is an error.
    /// A unix socket has one listener, so one loop; it gets the mode that the umask gives.
    [[nodiscard]] static boost::system::result<listener, std::string> open(boost::asio::io_context& loop,
                                                                           endpoint const& at);

    /// The same line where somebody listens there already. To be asked once before the loops open theirs: with
    /// SO_REUSEPORT two processes of one user would share a port without noticing.
    [[nodiscard]] static std::optional<std::string> taken(endpoint const& at);

    struct impl;
    /// From open() only.
    explicit listener(std::unique_ptr<impl> made);
    listener(listener&&) noexcept;
    listener& operator=(listener&&) noexcept;
    ~listener();
    /// With the real port.
    [[nodiscard]] std::string address() const;

  private:
    friend class server;
    std::unique_ptr<impl> impl_;
};

/// The HTTP side of one loop, to be destroyed on it or after it: accepts, reads, answers, drains. All members on the
/// loop but where said.
class server {
  public:
    /// @param trusted_proxies  networks whose X-Forwarded-For counts ("10.0.0.0/8", "unix:"); throws
    ///                         std::invalid_argument on what parse_network (address.hpp) does not take.
    server(boost::asio::io_context& loop, std::vector<listener> listeners, limits const& bounds,
           std::vector<std::string> const& trusted_proxies, std::shared_ptr<server_state> shared, handler answer,
           observer watch);
    ~server();
    server(server const&) = delete;
    server& operator=(server const&) = delete;

    void start();

    /// Stops accepting (after taking what already waits in the backlog), closes idle connections, lets running
    /// requests finish and closes theirs after the answer. Returns when the last connection is gone. At the deadline
    /// the rest is cancelled (terminal).
    [[nodiscard]] boost::asio::awaitable<void> drain(steady_time deadline);

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace bridgewatch::http
