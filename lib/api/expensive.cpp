#include "db/sql/rollup.hpp"
#include "db/store/plan_memory.hpp"
#include "lib/api/service.hpp"

#include <bit>
#include <utility>

// Questions that may take long: which they are, and how they come by their share of the pool.
namespace bridgewatch::api {

namespace asio = boost::asio;
using std::chrono::steady_clock;

service::doubt service::doubt_of(visit const& guest, list_parameters const& asked, grammar::filter const& where,
                                 bool goes_on, grammar::subject about) const
{
    auto const& database = *guest.database;
    bool const of_sessions = about == grammar::subject::sessions;
    bool const walks = of_sessions ? where.matches_everything() && database.acceleration
                                   : sql::planning_of(where) == sql::planning::kept;
    auto const is_counted_already = [&] {
        return of_sessions ? where.matches_everything() && database.acceleration : sql::is_rolled_up(where, database);
    };
    doubt out{.page = !walks || asked.offset > 0,
              .count = asked.count == store::count_mode::exact && !is_counted_already(),
              .key = {}};
    if (!out.page && !out.count)
        return out;
    // Of the same filter, what stands a little deeper costs about the same.
    auto const depth = std::bit_width(static_cast<std::uint64_t>(asked.offset));
    sql::page_bounds const bounds{.limit = asked.limit, .offset = 0, .after = {}};
    out.key = store::plan_key(where, sight_of(guest.who), bounds, database);
    for (auto const part : {static_cast<int>(of_sessions), static_cast<int>(goes_on), static_cast<int>(asked.count),
                            static_cast<int>(depth)})
        out.key.append(1, '\0').append(std::to_string(part));
    return out;
}

asio::awaitable<service::either<void>> service::make_way(visit& guest, doubt& about, store::count_mode& mode)
{
    auto const now = steady_clock::now();
    if (about.key.empty() || cheap_.knows(about.key, now))
        co_return either<void>{};
    guest.expensive = expensive_.try_enter(guest.notes.caller);
    if (guest.expensive)
        co_return either<void>{};
    guest.connection.reset(); // who waits holds none
    auto const until = std::min(now + settings_.pool_timeout, in_time_to_answer(guest.request.deadline, now));
    auto place = co_await expensive_.enter(guest.notes.caller, until);
    guest.notes.pool_wait += std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - now);
    guest.expensive = std::move(place);
    if (guest.expensive)
        co_return either<void>{};
    if (about.page)
        co_return overload("pool: too many expensive questions");
    mode = store::count_mode::capped;
    about.key.clear(); // what this one takes tells nothing of an exact count
    co_return either<void>{};
}

void service::settle(visit& guest, doubt const& about, std::chrono::microseconds before, lesson learnt)
{
    guest.expensive.reset();
    guest.expensive_aside.reset();
    if (about.key.empty() || learnt == lesson::nothing)
        return;
    // One that was cut off would have taken longer, and nobody knows how much.
    auto const took = learnt == lesson::took ? guest.notes.database - before : std::chrono::microseconds::max();
    cheap_.learn(about.key, took, steady_clock::now());
}

} // namespace bridgewatch::api
