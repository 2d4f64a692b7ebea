#include "db/store/table_walk.hpp"

#include "db/store/session_positions.hpp"

#include <algorithm>
#include <utility>

namespace bridgewatch::store {

namespace asio = boost::asio;
using positions = std::vector<sql::session_position>;
using std::chrono::microseconds;

table_walk::table_walk(snapshot& in, sql::session_search const& search, session_plan plan, std::int64_t wanted)
    : in_{in},
      search_{search},
      wanted_{wanted},
      budget_{plan.budget},
      most_{plan.most},
      below_{sql::top_of_walk(search)}
{
}

asio::awaitable<pg::outcome<std::optional<positions>>> table_walk::run()
{
    for (;;) {
        auto const went = co_await round();
        if (went.has_error())
            co_return went.error();
        if (is_proven())
            break;
        constexpr std::int64_t stride = 4;
        budget_ = std::min(budget_ * stride, most_ - spent_);
        if (budget_ <= 0)
            co_return std::optional<positions>{};
    }
    auto found = co_await result();
    if (found.has_error())
        co_return found.error();
    co_return std::optional{std::move(*found)};
}

asio::awaitable<pg::outcome<void>> table_walk::round()
{
    // Some more than the page: the last ones that are met are proven only by what comes after them.
    auto const in_reserve = wanted_ / 4 + 10;
    sql::table_walk const bounds{.matches = wanted_ + in_reserve, .budget = budget_, .below = below_};
    spent_ += budget_;
    std::vector<sql::statement> asked{sql::visited_sessions(search_, bounds), sql::behind_walk(search_, bounds)};
    bool const is_first = std::exchange(is_first_, false);
    if (is_first)
        asked.push_back(sql::sessions_outside_walk(search_, below_));
    auto const told = co_await in_.run(std::move(asked), sql::planning::with_values);
    if (told.has_error())
        co_return told.error();
    auto const& met = *(*told)[0];
    if (rest_) // those at the bound are met again
        std::erase_if(found_, [this](visited const& one) { return one.bound && *one.bound <= *rest_; });
    auto keys = read_positions(met);
    for (std::size_t row = 0; row < met.size(); ++row)
        found_.push_back({std::move(keys[row]), met.at(row, sql::visited_column::latest_at).timestamp()});
    rest_.reset();
    if (std::ssize(keys) == bounds.matches)
        rest_ = found_.back().bound;
    else if (!(*told)[1]->empty())
        rest_ = (*told)[1]->at(0, 0).timestamp();
    if (rest_ && *rest_ != grammar::sys_micro::max()) // else the next round starts where this one did
        below_ = *rest_ + microseconds{1};
    if (is_first)
        for (auto& one : read_positions(*told->back()))
            found_.push_back({std::move(one), {}});
    std::ranges::sort(found_, std::ranges::greater{}, [](visited const& one) { return one.at.last_active_at; });
    co_return pg::outcome<void>{};
}

bool table_walk::is_proven() const
{
    return !rest_ ||
           (std::ssize(found_) >= wanted_ && found_[static_cast<std::size_t>(wanted_ - 1)].at.last_active_at > *rest_);
}

/// Equal times are ordered by text, which the database does.
asio::awaitable<pg::outcome<positions>> table_walk::result()
{
    positions out;
    for (auto& one : found_)
        out.push_back(std::move(one.at));
    auto const ties = std::ranges::adjacent_find(out, {}, &sql::session_position::last_active_at);
    if (ties != out.end()) {
        auto const ordered = co_await in_.run(sql::ordered_sessions(out), sql::planning::with_values);
        if (ordered.has_error())
            co_return ordered.error();
        out = read_positions(*ordered);
    }
    if (std::ssize(out) > wanted_)
        out.resize(static_cast<std::size_t>(wanted_));
    co_return out;
}

} // namespace bridgewatch::store
