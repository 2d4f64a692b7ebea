#pragma once

#include "lib/http/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace bridgewatch::test {

/// How long a test waits for what must happen. Nothing waits this long unless it fails.
constexpr std::chrono::seconds patience{10};

/// An access event that outlives its request.
struct seen_request {
    std::string target; ///< empty where there was no request
    std::string remote, request_id, traceparent, ended, error;
    int status = 0;
    std::size_t bytes_sent = 0;
};

/// A server on its own thread, with a handler that does what the path says:
/// /hello; /big (a body of 8 MB); /text and /sized/N (text(), of 1 MB or N bytes); /stream/N (text(N), made in pieces);
/// /stream-fails, /stream-throws, /stream-waits (after text(100'000), the last until released or cancelled); /throw;
/// /wait (until released or cancelled); /stubborn (hides its cancellation behind an answer of its own).
class toy_server {
  public:
    explicit toy_server(http::limits bounds = {}, std::vector<std::string> const& trusted = {},
                        http::endpoint const& at = {.host = "127.0.0.1", .port = 0, .unix_path = {}});
    toy_server(toy_server const&) = delete;
    toy_server& operator=(toy_server const&) = delete;
    ~toy_server();

    [[nodiscard]] http::endpoint at() const;
    /// For an http_client.
    [[nodiscard]] std::string address() const;

    [[nodiscard]] std::size_t open_connections() const { return http::open_connections(*state_); }

    /// Text of that many bytes, which compresses about as well as an answer does, and repeats nowhere exactly.
    [[nodiscard]] static std::string text(std::size_t size);

    /// The next request that has ended; throws when none does.
    seen_request next_seen();
    /// The next trouble, as "event detail".
    std::string next_trouble();
    /// Returns when so many handlers are waiting in /wait or /stubborn; throws when they do not.
    void wait_for_waiting(std::size_t count);
    /// Returns when that many connections are open.
    void wait_for_open(std::size_t count);
    /// Lets all that wait answer.
    void release();
    /// Begins a drain; ready when it has returned.
    /// @param at_once what is done on the loop first, so that nothing can come between
    std::future<void> drain(std::chrono::milliseconds limit, std::function<void()> at_once = [] {});

  private:
    class stream;
    boost::asio::awaitable<http::response> answer(http::request const& what, http::request_notes& notes);
    boost::asio::awaitable<void> wait_for_release();
    boost::asio::awaitable<void> run_drain(std::chrono::milliseconds limit, std::function<void()> at_once,
                                           std::shared_ptr<std::promise<void>> done);
    template <class Ready>
    void wait_until(Ready ready, char const* what);

    std::shared_ptr<http::server_state> state_ = http::make_server_state();
    boost::asio::io_context loop_{1};
    std::unique_ptr<boost::asio::steady_timer> gate_;
    http::endpoint at_;
    std::unique_ptr<http::server> server_;
    std::mutex guard_;
    std::condition_variable changed_;
    std::deque<seen_request> seen_;
    std::deque<std::string> troubles_;
    std::size_t waiting_ = 0;
    std::thread thread_;
};

/// What a client got.
struct reply {
    int status = 0;
    std::string head; ///< with status line, without the empty line
    std::string body;
    /// Value of the field of that name, as written by the server; empty where it is not there.
    [[nodiscard]] std::string field(std::string_view name) const;
};

/// A client that sends exactly the bytes it is given.
class raw_client {
  public:
    explicit raw_client(http::endpoint const& at);

    explicit raw_client(toy_server const& server) : raw_client{server.at()} {}

    raw_client(raw_client const&) = delete;
    raw_client& operator=(raw_client const&) = delete;
    ~raw_client();

    /// Connects; the constructor only makes the socket.
    raw_client& connect();
    raw_client& send(std::string_view bytes);
    /// The next response; throws where none comes whole.
    reply receive(bool to_head = false);
    /// All bytes until the server closes; throws where it does so by a reset.
    std::string receive_until_closed();
    /// Whether the server closes without sending anything more.
    bool is_closed();
    void shrink_receive_buffer();
    void half_close();
    void reset();
    void close();

  private:
    bool read_more();
    http::endpoint at_;
    int socket_;
    std::string bytes_;
};

/// Connects, sends, and gives the first response.
reply ask(toy_server const& server, std::string_view bytes);

/// "GET path HTTP/1.1" with Host, and what else is given.
std::string get(std::string_view path, std::string_view fields = {});

} // namespace bridgewatch::test
