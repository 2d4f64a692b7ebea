#pragma once

#include "lib/http/accept_encoding.hpp"
#include "lib/http/address.hpp"
#include "lib/http/loop_side.hpp"
#include "lib/http/request_reader.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace bridgewatch::http {

/// Takes over an accepted, non-blocking socket and serves it until one side closes it. The process's count of
/// connections decides whether it is served or answered with 503.
void serve_connection(std::shared_ptr<loop_side> const& side, int socket, int family, address const& peer);

/// After the last answer we read on for a while: closing with unread bytes would reset the connection, and the client
/// could lose the answer. The longer one is for clients that were refused in the middle of a request.
constexpr std::chrono::milliseconds linger_answered{200};
constexpr std::chrono::milliseconds linger_refused{1000};

/// One accepted socket: a coroutine that reads, asks the handler and writes, and one timer beside it. connection.cpp
/// holds its life, exchange.cpp what happens between a request and its answer, answer.cpp how a body is coded and sent,
/// handshake.cpp how TLS begins and ends.
///
/// The deadline of the current phase is a member; the timer is only set anew when it would ring too late. It mostly
/// rings too early and goes on, so that a request costs no timer operation.
class connection final : public tracked {
  public:
    /// @param tls what to speak TLS with; null for a connection without
    connection(std::shared_ptr<loop_side> side, boost::asio::generic::stream_protocol::socket socket,
               address const& peer, bool over_limit, std::shared_ptr<boost::asio::ssl::context> tls);
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;
    ~connection() override;

    void start();
    void expect_last_request(steady_time by) override;
    void stop(stop_reason why) override;
    void close() override;

    int descriptor() override { return socket_.native_handle(); }

  private:
    enum class phase { handshaking, idle, reading, running, writing, lingering };
    using tls_stream = boost::asio::ssl::stream<boost::asio::generic::stream_protocol::socket&>;
    enum class arrival { request, refused, nothing };

    boost::asio::awaitable<void> run();
    boost::asio::awaitable<arrival> read_request();
    boost::asio::awaitable<std::size_t> read_some();
    std::size_t read_what_came_last();
    boost::asio::awaitable<bool> send(std::string_view first, std::string_view second);
    boost::asio::awaitable<void> linger(std::chrono::milliseconds limit);

    // handshake.cpp
    boost::asio::awaitable<bool> handshake();
    boost::asio::awaitable<void> end_tls();

    boost::asio::awaitable<bool> serve();
    boost::asio::awaitable<void> refuse();
    boost::asio::awaitable<void> turn_away();
    [[nodiscard]] std::chrono::milliseconds time_for_head() const;
    [[nodiscard]] std::optional<response> turned_away_at_door(std::optional<running_place> const& place) const;
    boost::asio::awaitable<response> ask(request_notes& notes);
    void begin_running(steady_time deadline);
    boost::asio::awaitable<void> end_running();

    // answer.cpp
    boost::asio::awaitable<void> encode(response& made);
    boost::asio::awaitable<void> encode_piece(encoder& with, std::string& piece, bool last);
    boost::asio::awaitable<bool> send_whole(response& made, bool close);
    boost::asio::awaitable<bool> send_stream(response& made, request_notes& notes, bool close);
    enum class piece_state { more, last, failed };
    boost::asio::awaitable<piece_state> make_piece(body_source& source, encoder* with, std::string& into,
                                                   request_notes& notes);
    boost::asio::awaitable<bool> send_piece(std::string& piece, body_length how);
    void abort();

    void describe_request();
    void read_deadline();
    [[nodiscard]] std::string_view reply_head(response const& made, bool close,
                                              body_length length = body_length::known);
    [[nodiscard]] response stopped_response() const;
    [[nodiscard]] std::string_view how_it_ended(bool written) const;
    void report(request const* what, request_notes const& notes, int status, std::string_view ended) const;

    void enter(phase next, steady_time deadline);
    void arm();
    void ring();

    std::shared_ptr<loop_side> side_;
    boost::asio::generic::stream_protocol::socket socket_;
    std::shared_ptr<boost::asio::ssl::context> tls_context_; ///< until the handshake
    std::unique_ptr<tls_stream> tls_;                        ///< over socket_; null where bytes are sent as they are
    boost::asio::steady_timer timer_;
    boost::asio::cancellation_signal stop_;
    request_reader reader_;
    address peer_;
    std::string peer_text_;
    bool over_limit_;

    phase phase_ = phase::idle;
    steady_time deadline_;   ///< of the phase
    bool timed_out_ = false; ///< it has passed
    bool armed_ = false;
    steady_time armed_for_;
    std::uint64_t arming_ = 0; ///< tells a ring that was already queued from the one that is waited for
    bool closed_ = false;
    bool drained_ = false;    ///< closed by the drain's deadline
    bool broken_off_ = false; ///< a streamed body could not be finished

    steady_time begun_; ///< when the current request's first byte came
    refusal refusal_;   ///< of what has arrived
    request request_;
    bool bad_timeout_ = false; ///< the caller's own limit of the request cannot be read
    std::string request_id_;
    std::string remote_;
    std::string origin_;
    std::string_view traceparent_;
    std::optional<stop_reason> stopped_;               ///< who ended the running request
    content_coding coding_ = content_coding::identity; ///< of the current answer's body
    std::string head_out_;
    std::size_t sent_ = 0;
};

} // namespace bridgewatch::http
