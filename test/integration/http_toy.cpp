#include "test/integration/http_toy.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace bridgewatch::test {

namespace asio = boost::asio;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

http::listener open_or_throw(asio::io_context& loop, http::endpoint const& at)
{
    auto made = http::listener::open(loop, at);
    if (!made)
        throw std::runtime_error{made.error()};
    return std::move(*made);
}

[[noreturn]] void fail(char const* what)
{
    throw std::system_error{errno, std::generic_category(), what};
}

} // namespace

toy_server::toy_server(http::limits bounds, std::vector<std::string> const& trusted, http::endpoint const& at)
    : gate_{std::make_unique<asio::steady_timer>(loop_, asio::steady_timer::time_point::max())}
{
    std::vector<http::listener> listeners;
    listeners.push_back(open_or_throw(loop_, at));
    at_ = http::parse_endpoint(listeners.front().address()).value();
    http::observer watch;
    watch.on_access = [this](http::access_event const& event) {
        std::lock_guard const lock{guard_};
        seen_.push_back({.target = event.what != nullptr ? std::string{event.what->target} : "",
                         .remote = std::string{event.remote},
                         .request_id = std::string{event.request_id},
                         .traceparent = std::string{event.traceparent},
                         .ended = std::string{event.ended},
                         .error = event.notes->error,
                         .status = event.status,
                         .bytes_sent = event.bytes_sent});
        changed_.notify_all();
    };
    watch.on_trouble = [this](std::string_view event, std::string_view detail, bool is_news) {
        if (!is_news)
            return;
        std::lock_guard const lock{guard_};
        troubles_.push_back(std::string{event}.append(" ").append(detail));
        changed_.notify_all();
    };
    auto handler = [this](http::request const& what, http::request_notes& notes) { return answer(what, notes); };
    server_ = std::make_unique<http::server>(loop_, std::move(listeners), bounds, trusted, state_, handler, watch);
    server_->start();
    thread_ = std::thread{[this] {
        auto const work = asio::make_work_guard(loop_);
        loop_.run();
    }};
}

toy_server::~toy_server()
{
    loop_.stop();
    thread_.join();
    server_.reset();
}

http::endpoint toy_server::at() const
{
    return at_;
}

std::string toy_server::address() const
{
    return at_.host + ":" + std::to_string(at_.port);
}

/// Pieces of an odd size, so that they end anywhere.
class toy_server::stream final : public http::body_source {
  public:
    enum class then { end, fail, raise, wait };

    stream(toy_server& of, std::size_t size, then last) : of_{of}, left_{text(size)}, last_{last} {}

    asio::awaitable<bool> next(std::string& into, http::steady_time /*deadline*/, http::request_notes& notes) override
    {
        constexpr std::size_t piece = 70'001;
        into = left_.substr(0, piece);
        left_.erase(0, into.size());
        if (!into.empty() || last_ == then::end)
            co_return true;
        if (last_ == then::raise)
            throw std::runtime_error{"thrown by the source"};
        if (last_ == then::wait)
            co_await of_.wait_for_release();
        notes.error = "failed by the source";
        co_return last_ == then::wait;
    }

  private:
    toy_server& of_;
    std::string left_;
    then last_;
};

asio::awaitable<http::response> toy_server::answer(http::request const& what, http::request_notes& notes)
{
    notes.route = "toy";
    http::response out;
    if (what.target == "/throw")
        throw std::runtime_error{"thrown by the handler"};
    if (what.target == "/big")
        out.body.assign(std::size_t{8} * 1024 * 1024, 'x');
    if (what.target == "/text")
        out.body = text(1'000'000);
    if (what.target.starts_with("/sized/"))
        out.body = text(std::stoul(std::string{what.target.substr(7)}));
    if (what.target.starts_with("/stream/"))
        out.source = std::make_unique<stream>(*this, std::stoul(std::string{what.target.substr(8)}), stream::then::end);
    if (what.target == "/stream-fails")
        out.source = std::make_unique<stream>(*this, 100'000, stream::then::fail);
    if (what.target == "/stream-throws")
        out.source = std::make_unique<stream>(*this, 100'000, stream::then::raise);
    if (what.target == "/stream-waits")
        out.source = std::make_unique<stream>(*this, 100'000, stream::then::wait);
    if (what.target == "/hello")
        out.body = R"({"hello":"world"})";
    if (what.target == "/wait")
        co_await wait_for_release();
    if (what.target == "/stubborn") {
        co_await asio::this_coro::throw_if_cancelled(false);
        co_await wait_for_release();
        auto const state = co_await asio::this_coro::cancellation_state;
        out.status = state.cancelled() != asio::cancellation_type::none ? 500 : 200;
    }
    co_return out;
}

std::string toy_server::text(std::size_t size)
{
    std::string out;
    for (std::size_t i = 0; out.size() < size; ++i)
        out.append(R"({"number":)").append(std::to_string(i * i)).append(R"(,"text":"the same words again"})");
    out.resize(size);
    return out;
}

asio::awaitable<void> toy_server::wait_for_release()
{
    {
        std::lock_guard const lock{guard_};
        ++waiting_;
        changed_.notify_all();
    }
    co_await gate_->async_wait(no_throw);
    {
        std::lock_guard const lock{guard_};
        --waiting_;
        changed_.notify_all();
    }
    co_await asio::post(asio::use_awaitable); // throws when cancelled
}

template <class Ready>
void toy_server::wait_until(Ready ready, char const* what)
{
    std::unique_lock lock{guard_};
    if (!changed_.wait_for(lock, patience, ready))
        throw std::runtime_error{std::string{"waited in vain for "} + what};
}

seen_request toy_server::next_seen()
{
    wait_until([this] { return !seen_.empty(); }, "a request to end");
    std::lock_guard const lock{guard_};
    auto out = std::move(seen_.front());
    seen_.pop_front();
    return out;
}

std::string toy_server::next_trouble()
{
    wait_until([this] { return !troubles_.empty(); }, "trouble");
    std::lock_guard const lock{guard_};
    auto out = std::move(troubles_.front());
    troubles_.pop_front();
    return out;
}

void toy_server::wait_for_waiting(std::size_t count)
{
    wait_until([this, count] { return waiting_ == count; }, "handlers to wait");
}

void toy_server::wait_for_open(std::size_t count)
{
    auto const until = std::chrono::steady_clock::now() + patience;
    while (open_connections() != count) {
        if (std::chrono::steady_clock::now() > until)
            throw std::runtime_error{"waited in vain for connections, " + std::to_string(open_connections()) +
                                     " are open"};
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
}

void toy_server::release()
{
    asio::post(loop_, [this] { gate_->cancel(); });
}

std::future<void> toy_server::drain(std::chrono::milliseconds limit, std::function<void()> at_once)
{
    auto done = std::make_shared<std::promise<void>>();
    auto out = done->get_future();
    asio::co_spawn(loop_, run_drain(limit, std::move(at_once), std::move(done)), asio::detached);
    return out;
}

asio::awaitable<void> toy_server::run_drain(std::chrono::milliseconds limit, std::function<void()> at_once,
                                            std::shared_ptr<std::promise<void>> done)
{
    at_once();
    co_await server_->drain(std::chrono::steady_clock::now() + limit);
    done->set_value();
}

std::string reply::field(std::string_view name) const
{
    auto const start = head.find(std::string{"\r\n"}.append(name).append(": "));
    if (start == std::string::npos)
        return {};
    auto const value = start + name.size() + 4;
    return head.substr(value, head.find("\r\n", value) - value);
}

raw_client::raw_client(http::endpoint const& at)
    : at_{at}, socket_{::socket(at.unix_path.empty() ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)}
{
    if (socket_ < 0)
        fail("socket");
    timeval const limit{.tv_sec = patience.count(), .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

raw_client::~raw_client()
{
    close();
}

raw_client& raw_client::connect()
{
    sockaddr_storage storage{};
    socklen_t length = 0;
    if (at_.unix_path.empty()) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(at_.port);
        inet_pton(AF_INET, at_.host.c_str(), &in.sin_addr);
        std::memcpy(&storage, &in, length = sizeof in);
    } else {
        sockaddr_un local{};
        local.sun_family = AF_UNIX;
        at_.unix_path.copy(local.sun_path, sizeof local.sun_path - 1);
        std::memcpy(&storage, &local, length = sizeof local);
    }
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&storage), length) != 0)
        fail("connect");
    return *this;
}

raw_client& raw_client::send(std::string_view bytes)
{
    while (!bytes.empty()) {
        auto const count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0)
            fail("send");
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return *this;
}

bool raw_client::read_more()
{
    std::array<char, 65536> piece{};
    errno = 0; // the end of a stream is no error
    auto const count = ::recv(socket_, piece.data(), piece.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        throw std::runtime_error{"waited in vain for the server, which has sent: " + bytes_.substr(0, 500)};
    if (count > 0)
        bytes_.append(piece.data(), static_cast<std::size_t>(count));
    return count > 0;
}

reply raw_client::receive(bool to_head)
{
    auto const need = [this](bool have) {
        if (!have && !read_more())
            throw std::runtime_error{"the connection ended within: " + bytes_.substr(0, 500)};
        return !have;
    };
    while (need(bytes_.find("\r\n\r\n") != std::string::npos)) {
    }
    reply out;
    auto const end = bytes_.find("\r\n\r\n");
    out.head = bytes_.substr(0, end);
    auto const number = std::string_view{out.head}.substr(9, 3);
    std::from_chars(number.data(), number.data() + number.size(), out.status);
    auto const length = to_head || out.status < 200 ? 0 : std::stoul(out.field("Content-Length"));
    while (need(bytes_.size() >= end + 4 + length)) {
    }
    out.body = bytes_.substr(end + 4, length);
    bytes_.erase(0, end + 4 + length);
    return out;
}

std::string raw_client::receive_until_closed()
{
    while (read_more()) {
    }
    if (errno == ECONNRESET)
        fail("recv");
    return std::move(bytes_);
}

bool raw_client::is_closed()
{
    return bytes_.empty() && !read_more();
}

void raw_client::shrink_receive_buffer()
{
    int const least = 4096;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
}

void raw_client::half_close()
{
    ::shutdown(socket_, SHUT_WR);
}

void raw_client::reset()
{
    linger const at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

void raw_client::close()
{
    if (socket_ >= 0)
        ::close(socket_);
    socket_ = -1;
}

reply ask(toy_server const& server, std::string_view bytes)
{
    raw_client client{server};
    return client.connect().send(bytes).receive();
}

std::string get(std::string_view path, std::string_view fields)
{
    return std::string{"GET "}.append(path).append(" HTTP/1.1\r\nHost: x\r\n").append(fields).append("\r\n");
}

} // namespace bridgewatch::test
