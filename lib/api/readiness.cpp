#include "lib/api/readiness.hpp"

#include "db/sql/question.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace bridgewatch::api {

namespace asio = boost::asio;
using std::chrono::steady_clock;

struct readiness::state {
    std::optional<asio::steady_timer> answered = {}; ///< cancelled when the one who asks has its answer, or has left
    bool is_asked = false;
    std::uint64_t answers = 0;
    std::optional<std::string> last = {};

    /// While somebody asks; whatever becomes of its coroutine.
    class asking {
      public:
        explicit asking(std::shared_ptr<state> of) : of_{std::move(of)} { of_->is_asked = true; }

        asking(asking const&) = delete;
        asking& operator=(asking const&) = delete;

        ~asking()
        {
            of_->is_asked = false;
            if (of_->answered)
                of_->answered->cancel();
        }

      private:
        std::shared_ptr<state> of_;
    };
};

readiness::readiness(pg::pool& connections) : connections_{connections}, state_{std::make_shared<state>()} {}

asio::awaitable<std::optional<std::string>> readiness::why_not(pg::steady_time deadline)
{
    auto const shared = state_;
    auto const answers = shared->answers;
    if (!shared->answered)
        shared->answered.emplace(co_await asio::this_coro::executor, steady_clock::time_point::max());
    while (shared->is_asked) {
        co_await shared->answered->async_wait(asio::as_tuple(asio::use_awaitable)); // throws once we are cancelled
        if (shared->answers != answers)
            co_return shared->last;
    }
    state::asking const now{shared};
    auto answer = co_await ask(deadline);
    shared->last = std::move(answer);
    ++shared->answers;
    co_return shared->last;
}

asio::awaitable<std::optional<std::string>> readiness::ask(pg::steady_time deadline)
{
    constexpr std::chrono::milliseconds patience{1000}, patience_with_busy{250};
    auto const now = steady_clock::now();
    auto const until = std::min(now + patience, deadline);
    // Probes time out too, mostly after a second.
    auto const lent_by = connections_.stats().in_use > 0 ? std::min(now + patience_with_busy, until) : until;
    auto lease = co_await connections_.acquire(lent_by, pg::standing::under_way);
    if (lease.has_error()) {
        if (lease.error().code == pg::errc::pool_timeout && connections_.stats().in_use > 0)
            co_return std::nullopt;
        co_return "the database cannot be reached.";
    }
    pg::batch steps{{.sql = "SELECT 1", .parameters = {}, .about = sql::question::readiness}};
    auto const ran = co_await lease->run(std::move(steps), until);
    if (ran.has_error() || ran->back().has_error())
        co_return "the database does not answer.";
    co_return std::nullopt;
}

} // namespace bridgewatch::api
