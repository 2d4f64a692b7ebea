#include "lib/observe/otlp_exporter.hpp"

#include "lib/observe/otlp_client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace bridgewatch::observe {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

} // namespace

std::optional<otlp_target> otlp_target::parse(std::string_view url)
{
    auto const parsed = boost::urls::parse_uri(url);
    if (parsed.has_error() || parsed->host().empty() || parsed->has_userinfo() || parsed->has_query() ||
        parsed->has_fragment() || (parsed->scheme() != "http" && parsed->scheme() != "https"))
        return std::nullopt;
    bool const is_tls = parsed->scheme() == "https";
    auto path = std::string{parsed->encoded_path()};
    while (path.ends_with('/'))
        path.pop_back();
    return otlp_target{.host = parsed->host_address(),
                       .port = parsed->has_port() ? std::string{parsed->port()}
                               : is_tls           ? "443"
                                                  : "80",
                       .path = path + "/v1/traces",
                       .is_tls = is_tls};
}

struct otlp_exporter::impl {
    impl(otlp_settings with, std::function<void(std::string const&)> tell)
        : settings{std::move(with)}, on_failure{std::move(tell)}
    {
        asio::co_spawn(loop, run(), asio::detached);
        thread = std::thread{[this] { run_loop(); }};
    }

    /// @return whether the thread has ended. It may be held by a name server that does not answer.
    bool end_in_time()
    {
        asio::post(loop, [this] {
            is_ending = true;
            end_by = steady_clock::now() + settings.time_to_end * 3 / 4;
            wake.cancel();
        });
        std::unique_lock lock{mutex};
        if (!ended.wait_for(lock, settings.time_to_end, [this] { return has_ended; }))
            return false;
        lock.unlock();
        thread.join();
        return true;
    }

    void run_loop()
    {
        loop.run();
        std::lock_guard const lock{mutex};
        has_ended = true;
        ended.notify_all();
    }

    std::vector<traced_request> take_batch()
    {
        std::lock_guard const lock{mutex};
        auto const count = static_cast<std::ptrdiff_t>(std::min(queue.size(), settings.batch_requests));
        std::vector<traced_request> out(std::make_move_iterator(queue.begin()),
                                        std::make_move_iterator(queue.begin() + count));
        queue.erase(queue.begin(), queue.begin() + count);
        return out;
    }

    asio::awaitable<void> pause(std::chrono::milliseconds length)
    {
        wake.expires_after(length);
        auto const [stopped] = co_await wake.async_wait(no_throw);
        static_cast<void>(stopped);
    }

    asio::awaitable<void> run()
    {
        for (;;) {
            if (!is_ending && !has_batch())
                co_await pause(settings.pause);
            auto const batch = take_batch();
            if (!batch.empty())
                co_await try_to_send(batch);
            bool const is_over = is_ending && (batch.empty() || steady_clock::now() >= end_by);
            if (is_over)
                co_return;
        }
    }

    [[nodiscard]] bool has_batch()
    {
        std::lock_guard const lock{mutex};
        return queue.size() >= settings.batch_requests;
    }

    /// Where there is no memory for it, the batch is lost, and the thread goes on.
    asio::awaitable<void> try_to_send(std::vector<traced_request> const& batch)
    {
        std::uint64_t spans = 0;
        for (auto const& one : batch)
            spans += one.spans();
        try {
            co_await send(batch, spans);
        } catch (std::exception const&) {
            spans_dropped_export += spans;
        }
    }

    void tell(std::string const& why)
    {
        std::lock_guard const lock{mutex};
        if (!is_abandoned)
            on_failure(why);
    }

    asio::awaitable<void> send(std::vector<traced_request> const& batch, std::uint64_t spans)
    {
        auto const body = otlp_json(batch, settings.from);
        for (unsigned attempt = 1;; ++attempt) {
            auto deadline = steady_clock::now() + settings.timeout;
            if (is_ending)
                deadline = std::min(deadline, end_by);
            auto const sent = co_await post_otlp(settings.to, body, deadline);
            if (sent.has_value()) {
                spans_exported += spans;
                ++exports_ok;
                was_told = false;
                co_return;
            }
            auto const failed = sent.error();
            ++exports_failed;
            if (!std::exchange(was_told, true))
                tell(failed.why);
            if (!failed.may_pass || attempt >= settings.attempts || is_ending)
                break;
            co_await pause(settings.pause * (1 << (attempt - 1)));
        }
        spans_dropped_export += spans;
    }

    otlp_settings const settings;
    std::function<void(std::string const&)> on_failure;
    std::mutex mutex;
    std::deque<traced_request> queue; ///< under the mutex
    bool is_abandoned = false;        ///< under the mutex: nobody is there any more to be told
    std::atomic<std::uint64_t> spans_exported{0}, spans_dropped_queue{0}, spans_dropped_export{0}, exports_ok{0},
        exports_failed{0};
    asio::io_context loop{1};
    asio::steady_timer wake{loop};
    bool is_ending = false, was_told = false; ///< on its thread
    steady_clock::time_point end_by{};
    std::condition_variable ended;
    bool has_ended = false; ///< under the mutex
    std::thread thread;
};

otlp_exporter::otlp_exporter(otlp_settings settings, std::function<void(std::string const&)> on_failure)
    : impl_{std::make_unique<impl>(std::move(settings), std::move(on_failure))}
{
}

otlp_exporter::~otlp_exporter()
{
    try {
        if (impl_->end_in_time())
            return;
        std::lock_guard const lock{impl_->mutex};
        impl_->is_abandoned = true;
        impl_->thread.detach();
    } catch (std::exception const&) { // NOLINT(bugprone-empty-catch): as where it does not end
    }
    // The process is about to end, and takes the thread along.
    [[maybe_unused]] auto const* const left_to_the_end = impl_.release();
}

void otlp_exporter::add(traced_request one)
{
    auto& me = *impl_;
    auto const spans = one.spans();
    bool is_full = false, is_batch = false;
    {
        std::lock_guard const lock{me.mutex};
        is_full = me.queue.size() >= me.settings.queue_requests;
        if (!is_full)
            me.queue.push_back(std::move(one));
        is_batch = me.queue.size() == me.settings.batch_requests;
    }
    if (is_full)
        me.spans_dropped_queue += spans;
    if (is_batch)
        asio::post(me.loop, [&me] { me.wake.cancel(); });
}

otlp_counts otlp_exporter::counts() const
{
    auto const& me = *impl_;
    return {.spans_exported = me.spans_exported,
            .spans_dropped_queue = me.spans_dropped_queue,
            .spans_dropped_export = me.spans_dropped_export,
            .exports_ok = me.exports_ok,
            .exports_failed = me.exports_failed};
}

} // namespace bridgewatch::observe
