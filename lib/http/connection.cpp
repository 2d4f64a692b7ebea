#include "lib/http/connection.hpp"
#include "lib/http/tls.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <tuple>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bridgewatch::http {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using boost::system::error_code;
using std::chrono::steady_clock;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t linger_bytes = std::size_t{1024} * 1024;

/// Who takes fewer bytes a second than this, over a whole write_timeout, counts as not reading.
constexpr std::size_t slowest_reader = 1024;

/// What such a connection has for its one request, which may be a vital one.
constexpr auto turned_away_patience = 500ms;

} // namespace

void serve_connection(std::shared_ptr<loop_side> const& side, int socket, int family, address const& peer)
{
    auto const is_internet = family == AF_INET || family == AF_INET6;
    if (is_internet) {
        int const on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        // What the kernel has taken is out of our sight: it gives up a client that does not read, or has vanished.
        auto const patience = static_cast<unsigned>(side->bounds.write_timeout.count());
        ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof patience);
    }
    auto& open = side->shared->open;
    auto const over_limit = open.fetch_add(1, std::memory_order_relaxed) >= side->bounds.connections;
    if (over_limit) {
        open.fetch_sub(1, std::memory_order_relaxed);
        side->trouble("connections_full", std::to_string(side->bounds.connections));
        if (side->turned_away >= side->bounds.turned_away) {
            ::close(socket);
            return;
        }
    }
    asio::generic::stream_protocol const protocol{is_internet ? family : AF_UNIX, is_internet ? IPPROTO_TCP : 0};
    asio::generic::stream_protocol::socket owned{side->loop};
    std::shared_ptr<connection> made;
    auto is_owned = false;
    try {
        owned.assign(protocol, socket);
        is_owned = true;
        auto const& tls = side->shared->tls;
        made = std::make_shared<connection>(side, std::move(owned), peer, over_limit,
                                            is_internet && tls ? tls->current() : nullptr);
        made->start();
    } catch (std::exception const& failure) { // no memory, or no room in the epoll
        if (!is_owned)
            ::close(socket);
        if (!made && !over_limit) // else its destructor does it
            open.fetch_sub(1, std::memory_order_relaxed);
        side->trouble("accept_failed", failure.what());
    }
}

connection::connection(std::shared_ptr<loop_side> side, asio::generic::stream_protocol::socket socket,
                       address const& peer, bool over_limit, std::shared_ptr<asio::ssl::context> tls)
    : side_{std::move(side)},
      socket_{std::move(socket)},
      tls_context_{std::move(tls)},
      timer_{side_->loop},
      reader_{side_->bounds},
      peer_{peer},
      peer_text_{to_string(peer)},
      over_limit_{over_limit}
{
    side_->turned_away += over_limit_ ? 1U : 0U;
    side_->opened(*this);
}

connection::~connection()
{
    if (over_limit_)
        --side_->turned_away;
    else
        side_->shared->open.fetch_sub(1, std::memory_order_relaxed);
    side_->gone();
}

void connection::start()
{
    // The completion handler holds the connection too: the signal must outlive the coroutine that its slot belongs to.
    auto self = std::static_pointer_cast<connection>(shared_from_this());
    auto finished = [self](std::exception_ptr const& failure) {
        self->close();
        if (failure)
            self->side_->trouble("connection_failed", "an exception left the connection");
    };
    asio::co_spawn(side_->loop, run(), asio::bind_cancellation_slot(stop_.slot(), std::move(finished)));
}

asio::awaitable<void> connection::run()
{
    // The stop signal is meant for the handler. All other waits are ended by the socket.
    co_await asio::this_coro::throw_if_cancelled(false);
    if (tls_context_) {
        auto const begun = co_await handshake();
        if (!begun)
            co_return;
    }
    for (auto keep = true; keep;) {
        auto const arrived = co_await read_request();
        if (arrived == arrival::nothing) {
            if (over_limit_)
                co_await turn_away();
            if (over_limit_ || tls_)
                co_await linger(over_limit_ ? linger_refused : linger_answered);
            co_return;
        }
        if (arrived == arrival::refused) {
            co_await refuse();
            co_await linger(linger_refused);
            co_return;
        }
        auto const kept = co_await serve();
        keep = kept;
    }
    co_await linger(linger_answered);
}

std::chrono::milliseconds connection::time_for_head() const
{
    if (over_limit_)
        return turned_away_patience;
    return std::min(side_->bounds.header_timeout, side_->bounds.request_timeout);
}

asio::awaitable<connection::arrival> connection::read_request()
{
    auto const& bounds = side_->bounds;
    auto const for_head = time_for_head();
    auto const for_first_byte = over_limit_ ? for_head : bounds.idle_timeout;
    if (request_.headers.capacity() > kept_fields)
        request_.headers = {};
    auto got = reader_.next();
    begun_ = steady_clock::now();
    if (reader_.started())
        enter(phase::reading, begun_ + for_head);
    else
        enter(phase::idle, begun_ + (side_->shared->draining ? drain_grace : for_first_byte));
    while (got == request_reader::step::need_more) {
        if (reader_.take_continue())
            co_await send("HTTP/1.1 100 Continue\r\n\r\n", {});
        auto const was_in_body = reader_.in_body();
        if (was_in_body)
            enter(phase::reading, begun_ + (over_limit_ ? for_head : bounds.request_timeout));
        auto const count = co_await read_some();
        if (count == 0 && timed_out_ && phase_ == phase::reading) {
            refusal_ = {.status = 408,
                        .detail = was_in_body ? "The body is not complete." : "The head is not complete."};
            co_return arrival::refused;
        }
        if (count == 0)
            co_return arrival::nothing; // idle for too long, or the client has gone
        if (phase_ == phase::idle) {
            begun_ = steady_clock::now();
            enter(phase::reading, begun_ + for_head);
        }
        got = reader_.took(count);
    }
    refusal_ = reader_.why();
    co_return got == request_reader::step::ready ? arrival::request : arrival::refused;
}

/// @return 0 at the end of the stream, after an error, or when the phase's deadline has passed.
asio::awaitable<std::size_t> connection::read_some()
{
    if (timed_out_) // it has rung while the bytes before were on their way
        co_return 0;
    auto const room = reader_.room();
    auto const into = asio::buffer(room.data(), room.size());
    std::tuple<error_code, std::size_t> got;
    if (tls_)
        got = co_await tls_->async_read_some(into, no_throw);
    else
        got = co_await socket_.async_read_some(into, no_throw);
    auto const [error, count] = got;
    if (!error)
        co_return count;
    co_return phase_ == phase::idle&& timed_out_ ? read_what_came_last() : 0;
}

/// A request may have arrived while we decided to close: one last look, without waiting. Whatever comes after it meets
/// a closed connection without a single byte of an answer, which clients and proxies know to send again.
std::size_t connection::read_what_came_last()
{
    auto const room = reader_.room();
    timed_out_ = false;
    if (tls_) {
        error_code ignored;
        socket_.non_blocking(true, ignored); // else Asio would wait
        return tls_->read_some(asio::buffer(room.data(), room.size()), ignored);
    }
    auto const count = ::recv(socket_.native_handle(), room.data(), room.size(), MSG_DONTWAIT);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
}

/// Writes both in one call where the kernel takes them. @return whether all has been written; counts in sent_.
asio::awaitable<bool> connection::send(std::string_view first, std::string_view second)
{
    auto const patience = side_->bounds.write_timeout;
    auto const least = slowest_reader * static_cast<std::size_t>(patience.count()) / 1000;
    auto deadline = steady_clock::now() + patience;
    std::size_t written = 0;
    std::size_t in_time = 0; // since the deadline was set
    while (written < first.size() + second.size()) {
        enter(phase::writing, deadline);
        auto const first_left = first.substr(std::min(written, first.size()));
        auto const second_left = second.substr(written - (first.size() - first_left.size()));
        std::array<asio::const_buffer, 2> const left{asio::buffer(first_left), asio::buffer(second_left)};
        std::tuple<error_code, std::size_t> done;
        if (tls_)
            done = co_await tls_->async_write_some(left, no_throw);
        else
            done = co_await socket_.async_write_some(left, no_throw);
        auto const [error, count] = done;
        written += count;
        sent_ += count;
        in_time += count;
        if (error)
            co_return false;
        if (in_time >= least) {
            deadline = steady_clock::now() + patience;
            in_time = 0;
        }
    }
    co_return true;
}

asio::awaitable<void> connection::linger(std::chrono::milliseconds limit)
{
    if (closed_)
        co_return;
    enter(phase::lingering, steady_clock::now() + limit);
    if (tls_)
        co_await end_tls();
    error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
    for (std::size_t dropped = 0; dropped < linger_bytes;) {
        auto const count = co_await read_some();
        if (count == 0)
            co_return;
        dropped += count;
    }
}

void connection::enter(phase next, steady_time deadline)
{
    phase_ = next;
    deadline_ = deadline;
    timed_out_ = false;
    if (!armed_ || deadline < armed_for_)
        arm();
}

void connection::arm()
{
    armed_ = true;
    armed_for_ = deadline_;
    timer_.expires_at(deadline_);
    auto self = std::static_pointer_cast<connection>(shared_from_this());
    timer_.async_wait([self, arming = ++arming_](error_code) {
        if (arming != self->arming_ || self->closed_)
            return;
        try {
            self->ring();
        } catch (std::bad_alloc const&) { // no connection goes on without its timer
            self->close();
        }
    });
}

void connection::ring()
{
    armed_ = false;
    if (steady_clock::now() < deadline_) {
        arm();
        return;
    }
    timed_out_ = true;
    error_code ignored;
    if (phase_ == phase::running)
        stop(stop_reason::timeout);
    else
        socket_.cancel(ignored);
}

void connection::expect_last_request(steady_time by)
{
    if ((phase_ == phase::idle || phase_ == phase::handshaking) && !closed_)
        enter(phase_, std::min(deadline_, by));
}

void connection::stop(stop_reason why)
{
    if (phase_ != phase::running) {
        drained_ = why == stop_reason::drain;
        close();
    } else if (!stopped_) {
        stopped_ = why;
        stop_.emit(asio::cancellation_type::terminal);
    }
}

void connection::close()
{
    if (std::exchange(closed_, true))
        return;
    error_code ignored;
    timer_.cancel();
    socket_.close(ignored);
}

} // namespace bridgewatch::http
