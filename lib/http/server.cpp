#include "lib/http/server.hpp"

#include "lib/http/connection.hpp"
#include "lib/http/listener.hpp"
#include "lib/http/loop_side.hpp"
#include "lib/json/error_body.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <exception>
#include <limits>
#include <new>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bridgewatch::http {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr auto accept_pause = 50ms;
constexpr int accepts_at_once = 64; ///< so that a flood of connections does not starve those that are open

/// What a cancelled request may take to end before its connection is closed under it.
constexpr auto last_words = 1s;

std::vector<network> networks(std::vector<std::string> const& texts)
{
    std::vector<network> out;
    for (auto const& text : texts) {
        auto const one = parse_network(text);
        if (!one)
            throw std::invalid_argument{"not a network: " + text};
        out.push_back(*one);
    }
    return out;
}

/// Kept back for when there is no other descriptor left: with it a client can be told so, and need not wait in the
/// backlog until it gives up.
class spare_descriptor {
  public:
    spare_descriptor() { take(); }

    spare_descriptor(spare_descriptor const&) = delete;
    spare_descriptor& operator=(spare_descriptor const&) = delete;

    ~spare_descriptor() { give_up(); }

    [[nodiscard]] bool is_there() const { return number_ >= 0; }

    /// Where it is not there already.
    void take()
    {
        if (number_ < 0)
            number_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    }

    void give_up()
    {
        if (number_ >= 0)
            ::close(std::exchange(number_, -1));
    }

  private:
    int number_ = -1;
};

std::string answer_without_connection(loop_side& side)
{
    response const made{.status = 503,
                        .body = json::error_body("The server has too many open files.", {}),
                        .headers = {{"Retry-After", "1"}}};
    auto const id = side.ids.choose(std::nullopt);
    std::string out;
    write_head(out, made,
               {.date = side.date.at(std::time(nullptr)),
                .request_id = id,
                .content_length = made.body.size(),
                .close = true});
    return out + made.body;
}

/// Answers those that wait in the backlog with 503, unread. @return whether all of them, or as many as may be.
bool turn_away_some(loop_side& side, int listening, spare_descriptor& spare, int at_most)
{
    spare.take(); // another thread may have been quicker the last time
    for (auto turned = 0; turned < at_most && spare.is_there(); ++turned) {
        auto const said = answer_without_connection(side); // throws before there is a socket to lose
        spare.give_up();
        auto const socket = ::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        auto const why = errno;
        if (socket >= 0) {
            // Closing with unread bytes would reset the connection, and the client could lose the answer.
            std::array<char, 4096> unread{};
            (void)!::recv(socket, unread.data(), unread.size(), MSG_DONTWAIT);
            (void)!::send(socket, said.data(), said.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            ::shutdown(socket, SHUT_WR);
            ::close(socket);
        }
        spare.take();
        if (socket < 0)
            return why == EAGAIN || why == EWOULDBLOCK;
    }
    return spare.is_there();
}

/// @return why it ended: 0 at the limit, else an errno.
int accept_some(std::shared_ptr<loop_side> const& side, int listening, int at_most)
{
    for (auto taken = 0; taken < at_most; ++taken) {
        sockaddr_storage storage{};
        auto* const peer = reinterpret_cast<sockaddr*>(&storage);
        socklen_t length = sizeof storage;
        auto const socket = ::accept4(listening, peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0 && errno != EINTR)
            return errno;
        if (socket >= 0)
            serve_connection(side, socket, storage.ss_family, from_sockaddr(*peer));
    }
    return 0;
}

/// Accepts what waits. What fails comes back at once for as long as it lasts (EMFILE and its like, and no memory), and
/// never ends the listener.
/// @return whether to be quiet for a moment
bool accept_turn(std::shared_ptr<loop_side> const& side, int listening, spare_descriptor& spare)
{
    try {
        auto const why = accept_some(side, listening, accepts_at_once);
        if (why == 0 || why == EAGAIN || why == EWOULDBLOCK)
            return false;
        side->trouble("accept_failed", ::strerrorname_np(why) != nullptr ? ::strerrorname_np(why) : "unknown");
        bool const has_no_descriptor = why == EMFILE || why == ENFILE;
        return !has_no_descriptor || !turn_away_some(*side, listening, spare, accepts_at_once);
    } catch (std::bad_alloc const&) {
        return true;
    }
}

asio::awaitable<void> accept_loop(std::shared_ptr<loop_side> side, std::shared_ptr<listener> from,
                                  listener::impl& socket)
{
    asio::steady_timer pause{side->loop};
    spare_descriptor spare;
    while (socket.descriptor.is_open()) {
        auto const [error] = co_await socket.descriptor.async_wait(asio::posix::stream_descriptor::wait_read, no_throw);
        if (error)
            co_return; // closed by the drain
        if (!accept_turn(side, socket.descriptor.native_handle(), spare))
            continue;
        pause.expires_after(accept_pause);
        auto const [cancelled] = co_await pause.async_wait(no_throw);
        if (cancelled)
            co_return;
    }
}

} // namespace

std::shared_ptr<server_state> make_server_state(std::size_t buffered_bytes)
{
    auto state = std::make_shared<server_state>();
    state->buffers = std::make_shared<buffer_budget>(buffered_bytes);
    return state;
}

std::shared_ptr<buffer_budget> const& buffers_of(server_state const& state)
{
    return state.buffers;
}

std::size_t running_requests(server_state const& state)
{
    return state.running.load(std::memory_order_relaxed);
}

std::size_t open_connections(server_state const& state)
{
    return state.open.load(std::memory_order_relaxed);
}

void speak_tls(server_state& state, std::shared_ptr<tls_identity> as)
{
    state.tls = std::move(as);
}

struct server::impl {
    std::shared_ptr<loop_side> side;
    std::vector<std::shared_ptr<listener>> listeners; ///< shared with their accept loops

    asio::awaitable<void> wait_until_empty(steady_time deadline) const;
};

/// Returns early when its own coroutine is cancelled: then the deadline is now.
asio::awaitable<void> server::impl::wait_until_empty(steady_time deadline) const
{
    side->all_gone.expires_at(deadline);
    while (side->open() != 0) {
        auto const [cancelled] = co_await side->all_gone.async_wait(no_throw);
        auto const state = co_await asio::this_coro::cancellation_state;
        if (!cancelled || state.cancelled() != asio::cancellation_type::none)
            co_return;
    }
}

server::server(asio::io_context& loop, std::vector<listener> listeners, limits const& bounds,
               std::vector<std::string> const& trusted_proxies, std::shared_ptr<server_state> shared, handler answer,
               observer watch)
    : impl_{std::make_unique<impl>()}
{
    impl_->side = std::make_shared<loop_side>(loop, bounds, networks(trusted_proxies), std::move(shared),
                                              std::move(answer), std::move(watch));
    for (auto& one : listeners)
        impl_->listeners.push_back(std::make_shared<listener>(std::move(one)));
}

server::~server()
{
    for (auto const& one : impl_->listeners)
        one->impl_->close();
    impl_->side->for_each([](tracked& one) { one.close(); });
}

void server::start()
{
    for (auto const& one : impl_->listeners)
        asio::co_spawn(impl_->side->loop, accept_loop(impl_->side, one, *one->impl_),
                       [](std::exception_ptr const& failure) { // a loop that accepts nothing must not go on
                           if (failure)
                               std::rethrow_exception(failure);
                       });
}

asio::awaitable<void> server::drain(steady_time deadline)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    auto const side = impl_->side;
    side->shared->draining = true;
    for (auto const& one : impl_->listeners) {
        // Closing a listener resets what waits in its backlog.
        if (auto& socket = *one->impl_; socket.descriptor.is_open())
            accept_some(side, socket.descriptor.native_handle(), std::numeric_limits<int>::max());
        one->impl_->close();
    }
    auto const by = std::chrono::steady_clock::now() + drain_grace;
    side->for_each([by](tracked& one) { one.expect_last_request(by); });
    co_await impl_->wait_until_empty(deadline);
    if (side->open() == 0)
        co_return;
    side->for_each([](tracked& one) { one.stop(stop_reason::drain); });
    co_await impl_->wait_until_empty(std::chrono::steady_clock::now() + last_words);
    if (side->open() != 0)
        side->trouble("drain_incomplete", std::to_string(side->open()));
    side->for_each([](tracked& one) { one.close(); });
}

} // namespace bridgewatch::http
