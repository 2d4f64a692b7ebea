#include "db/store/session_plan.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace bridgewatch::store {
namespace {

// Microseconds, measured at 2 million interceptions with warm caches (README, "Benchmarks"); only their ratios matter.
constexpr double walked_prompt = 6.5;          ///< look its interception up, and see that it does not match
constexpr double walked_prompt_by_hash = 0.25; ///< from an index alone, against the hashed ids of the initiators
constexpr double hashed_interception = 0.2;    ///< one of those ids
constexpr double matching_prompt = 15;         ///< and see whether it is the latest of its session
constexpr double grouped_interception = 5;
constexpr double sorted_prompts = 0.8; ///< of one interception, where no index has them sorted

constexpr double visited_session = 4;   ///< of the table: read its interceptions, and see that none matches
constexpr double matching_session = 60; ///< likewise, and see which prompt is the last
constexpr double planner_unit = 1.5;    ///< of what the planner expects a query to cost

/// As in production: 6 interceptions a session, 2 prompts each.
constexpr double prompts_of_session = 12;

constexpr double least_budget = 1000, usual_budget = 20'000, largest_budget = 400'000;

std::int64_t within_bounds(double budget)
{
    return static_cast<std::int64_t>(std::clamp(budget, least_budget, largest_budget));
}

} // namespace

session_plan plan_of_all_sessions(std::int64_t wanted)
{
    // So far down the list all is grouped in less time.
    constexpr double far_down = 120'000;
    double const of_page = static_cast<double>(wanted) * prompts_of_session;
    if (of_page > far_down)
        return {};
    // Without an index on the prompts' times a walk sorts, and a short one is cheaper.
    return {.by = session_plan::way::walk,
            .budget = within_bounds(std::max(usual_budget, 4 * of_page)),
            .most = within_bounds(largest_budget)};
}

std::optional<session_plan> longer(session_plan const& walk)
{
    constexpr std::int64_t stride = 8;
    if (walk.by == session_plan::way::group || walk.budget >= walk.most)
        return {};
    return session_plan{.by = walk.by, .budget = std::min(walk.budget * stride, walk.most), .most = walk.most};
}

session_plan plan_of_sessions(session_estimates const& known, std::int64_t wanted, bool by_initiator)
{
    double const matching = std::max(1.0, known.matching);
    double const share = std::clamp(matching / std::max(1.0, known.interceptions), 1e-9, 1.0);
    double const of_page = static_cast<double>(wanted) * prompts_of_session;
    double const prompts = known.passed_over + of_page / share;

    double const grouping = matching * grouped_interception;
    double const start = known.prompts_sorted ? 0 : known.interceptions * sorted_prompts;
    double const walk = start + prompts * walked_prompt + of_page * matching_prompt;
    double const by_hash =
        start + prompts * walked_prompt_by_hash + matching * hashed_interception + of_page * matching_prompt;
    // One that is expected to go further than a walk may would be in vain.
    bool const can_walk = prompts <= largest_budget;
    if (can_walk && by_initiator && by_hash < walk && by_hash < grouping) { // reads all of its budget
        auto const most = within_bounds(std::max(2 * prompts, grouping / walked_prompt_by_hash));
        return {.by = session_plan::way::walk_of_initiators, .budget = within_bounds(1.5 * prompts), .most = most};
    }
    if (can_walk && walk < grouping) { // stops where the page is full
        auto const most = within_bounds(std::max(2 * prompts, grouping / walked_prompt));
        return {.by = session_plan::way::walk, .budget = most, .most = most};
    }
    return {};
}

session_plan plan_by_table(double range, planner_estimate const& matching, std::int64_t wanted)
{
    auto const share = std::clamp(matching.rows / std::max(1.0, range), 1e-9, 1.0);
    auto const visits = static_cast<double>(wanted) / share;
    auto const walk = visits * visited_session + static_cast<double>(wanted) * matching_session;
    auto const grouping = std::max(1.0, matching.rows) * grouped_interception + matching.cost * planner_unit;
    if (visits > largest_budget || walk > grouping)
        return {};
    // Interceptions that match may be in few sessions: then it goes further, up to where grouping would have been
    // cheaper.
    auto const most = within_bounds(std::max(4 * visits, grouping / visited_session));
    return {.by = session_plan::way::table, .budget = std::min(most, within_bounds(4 * visits)), .most = most};
}

planner_estimate read_estimate(pg::rows const& explained)
{
    if (explained.empty())
        return {};
    auto const text = explained.at(0, 0).bytes();
    boost::system::error_code failed;
    auto const told = boost::json::parse({text.data(), text.size()}, failed);
    if (failed)
        return {};
    auto const number = [&told](boost::json::string_view at) {
        boost::system::error_code missing;
        auto const* const found = told.find_pointer(at, missing);
        return found != nullptr && found->is_number() ? found->to_number<double>() : 0.0;
    };
    return {.rows = number("/0/Plan/Plan Rows"), .cost = number("/0/Plan/Total Cost")};
}

bool is_cheap(planner_estimate const& one)
{
    constexpr double some_pages = 100;
    return one.cost < some_pages;
}

} // namespace bridgewatch::store
