#include "lib/http/loop_side.hpp"

#include "lib/core/random.hpp"

#include <chrono>
#include <exception>
#include <utility>

namespace bridgewatch::http {

using namespace std::chrono_literals;

namespace {

constexpr auto look_every = 100ms;
constexpr auto quiet_for = 1s;

} // namespace

loop_side::loop_side(boost::asio::io_context& on, limits const& with, std::vector<network> proxies,
                     std::shared_ptr<server_state> state, handler to_answer, observer to_watch)
    : loop{on},
      bounds{with},
      trusted{std::move(proxies)},
      shared{std::move(state)},
      answer{std::move(to_answer)},
      watch{std::move(to_watch)},
      ids{core::random_seed()},
      all_gone{on},
      look_{on}
{
}

void loop_side::opened(tracked& one)
{
    all_.push_back(one);
    ++open_;
}

void loop_side::gone()
{
    if (--open_ == 0)
        all_gone.cancel();
}

void loop_side::runs(tracked& one)
{
    running_.push_back(one);
    if (!looking_)
        look_later();
}

void loop_side::look_later()
{
    look_.expires_after(look_every);
    look_.async_wait([weak = weak_from_this()](boost::system::error_code) {
        if (auto const self = weak.lock())
            self->look_after_clients();
    });
    looking_ = true;
}

/// One poll for all running requests, and none where a request is quicker than the pause. Waiting for readability on
/// each socket would cost every request two system calls and could not see past a pipelined request.
///
/// POLLRDHUP is a FIN: the client may only have closed its side and still read. It counts as gone all the same, as it
/// does for nginx and HAProxy: no client of HTTP closes half, and a dead client mostly shows nothing else.
void loop_side::look_after_clients()
{
    looking_ = false;
    if (running_.empty())
        return;
    polled_.clear();
    for (auto& one : running_)
        polled_.push_back({.fd = one.descriptor(), .events = POLLRDHUP, .revents = 0});
    if (::poll(polled_.data(), polled_.size(), 0) > 0) {
        auto state = polled_.begin();
        for (auto const& one : copy(running_))
            if ((state++)->revents != 0)
                one->stop(stop_reason::client_gone);
    }
    if (!running_.empty())
        look_later();
}

void loop_side::trouble(std::string_view event, std::string_view detail) noexcept
try {
    auto const now = std::chrono::steady_clock::now();
    auto const [last, is_first] = last_trouble_.try_emplace(event, now);
    bool const is_news = is_first || now - last->second >= quiet_for;
    if (is_news)
        last->second = now;
    if (watch.on_trouble)
        watch.on_trouble(event, detail, is_news);
} catch (std::exception const&) {
    return; // no memory, and a line less: those who tell of trouble have other things to end
}

} // namespace bridgewatch::http
