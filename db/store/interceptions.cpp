#include "db/store/interceptions.hpp"

#include "db/sql/children.hpp"
#include "db/sql/rollup.hpp"
#include "db/store/count_beside.hpp"
#include "db/store/counting.hpp"
#include "db/store/transaction.hpp"

#include <algorithm>
#include <utility>

namespace bridgewatch::store {
namespace {

namespace asio = boost::asio;

std::vector<grammar::uuid> ids_of(pg::rows const& page, std::size_t shown)
{
    std::vector<grammar::uuid> ids(shown);
    for (std::size_t row = 0; row < shown; ++row)
        ids[row] = page.at(row, sql::interception_column::id).id();
    return ids;
}

/// Metadata is withheld on pages of any limit: there is no other way to read them.
std::int64_t widest_metadata(page_question const& question)
{
    constexpr std::int64_t most_rows = 1001;
    return question.slice_bytes / most_rows;
}

template <class Column>
bool lacks(pg::rows const& rows, Column metadata, std::optional<Column> text)
{
    for (std::size_t row = 0; row < rows.size(); ++row)
        if (rows.at(row, metadata).jsonb() == sql::withheld_json || (text && rows.at(row, *text).is_null()))
            return true;
    return false;
}

bool lacks_values(page_answer const& page)
{
    using sql::interception_column, sql::token_usage_column, sql::user_prompt_column, sql::tool_usage_column;
    return lacks<interception_column>(page.interceptions, interception_column::metadata, {}) ||
           lacks<token_usage_column>(page.token_usages, token_usage_column::metadata, {}) ||
           lacks(page.user_prompts, user_prompt_column::metadata, std::optional{user_prompt_column::prompt}) ||
           lacks(page.tool_usages, tool_usage_column::metadata, std::optional{tool_usage_column::input});
}

/// How a page is planned, and what is to be learnt of it.
struct page_plan {
    sql::planning how = sql::planning::kept;
    std::string ask_for{}; ///< key of the memory that this page fills; empty: none

    /// Of the statements whose plans do not end where a page is full.
    [[nodiscard]] sql::planning of_all() const
    {
        return how == sql::planning::kept ? sql::planning::kept : sql::planning::with_values;
    }
};

page_plan plan_of(schema::shape const& database, page_question const& question)
{
    using enum sql::planning;
    if (question.bounds.offset != 0)
        return {with_values};
    auto const how = sql::planning_of(question.where);
    if (how == kept || question.plans == nullptr || !sql::may_walk(question.where))
        return {how};
    auto key = plan_key(question.where, question.who, question.bounds, database);
    if (auto const known = question.plans->find(key, std::chrono::steady_clock::now()))
        return {*known};
    return {with_values, std::move(key)};
}

bool may_use_rollup(schema::shape const& database, page_question const& question)
{
    auto const* const by_log_until = question.count.by_log_until;
    return question.count.mode != count_mode::none && sql::is_rolled_up(question.where, database) &&
           (by_log_until == nullptr || std::chrono::steady_clock::now() >= *by_log_until);
}

/// Where the page is in page_steps. Its plan, where it is asked for, comes behind it.
std::size_t page_at(page_question const& question)
{
    return question.has_begun ? 1 : 2;
}

pg::batch page_steps(schema::shape const& database, page_question const& question, page_plan const& plan,
                     pg::steady_time deadline)
{
    pg::batch steps;
    if (!question.has_begun)
        steps.push_back(begin_snapshot());
    steps.push_back(limit_statements(within(question.count.statement_timeout, deadline), plan.how));
    auto bounds = question.bounds;
    ++bounds.limit; // tells whether there is a next page
    bounds.widest = widest_metadata(question);
    auto page = sql::page_of_interceptions(question.where, question.who, bounds, database);
    if (plan.ask_for.empty()) {
        steps.push_back(std::move(page).to_step());
    } else {
        steps.push_back(sql::statement{page}.to_step());
        steps.push_back(sql::explain_page(std::move(page)));
    }
    return steps;
}

void learn_plan(page_question const& question, page_plan& plan, pg::step_outcomes const& ran)
{
    if (plan.ask_for.empty())
        return;
    auto const& explained = *ran[page_at(question) + 1];
    auto const walks = !explained.empty() && sql::is_walk(explained.at(0, 0).bytes());
    question.plans->remember(std::move(plan.ask_for), walks ? sql::planning::kept_walk : sql::planning::with_values,
                             std::chrono::steady_clock::now());
}

constexpr std::size_t child_lists = 3;
constexpr std::chrono::seconds rollup_pause{1};

/// What is asked once the page's ids are known, and where in it the answers will be.
struct second_trip {
    pg::batch steps;
    std::size_t children_at = 0;
};

void add_children(second_trip& trip, schema::shape const& database, page_question const& question,
                  page_plan const& plan, page_answer const& page, pg::steady_time deadline)
{
    auto const ids = ids_of(page.interceptions, page.shown);
    if (plan.how == sql::planning::kept_walk)
        trip.steps.push_back(allow_sorts().to_step());
    // Children look the same for all filters: one kept plan serves them.
    if (plan.how == sql::planning::with_values)
        trip.steps.push_back(limit_statements(within(question.count.statement_timeout, deadline)));
    trip.children_at = trip.steps.size();
    auto const widest = widest_value(question.bounds.limit, question.slice_bytes);
    trip.steps.push_back(sql::token_usages_of(ids, database, widest).to_step());
    trip.steps.push_back(sql::user_prompts_of(ids, widest).to_step());
    trip.steps.push_back(sql::tool_usages_of(ids, sql::child_order::any, widest).to_step());
}

counting counting_of(bool rolled_up, schema::shape const& database, page_question const& question,
                     page_plan const& plan)
{
    if (rolled_up)
        return counting::at_once(question.count, [&](std::optional<std::int64_t> cap) {
            return sql::rolled_up_count(question.where, question.who, cap, database);
        });
    return {question.count, plan.of_all(), [&](std::optional<std::int64_t> cap) {
                return sql::count_of_interceptions(question.where, question.who, cap, database);
            }};
}

/// Asked only where a page after a cursor is empty: any row in it proves the cursor.
asio::awaitable<pg::outcome<bool>> cursor_exists(pg::lease& connection, page_question const& question,
                                                 pg::steady_time deadline)
{
    pg::batch steps{sql::cursor_exists(*question.bounds.after, question.who).to_step()};
    auto const ran = co_await connection.run(std::move(steps), deadline);
    if (ran.has_error())
        co_return ran.error();
    if (auto const failed = first_failure(*ran))
        co_return *failed;
    co_return !ran->back()->empty();
}

std::optional<pg::failure> take_children(pg::step_outcomes& from, std::size_t at, page_answer& answer)
{
    for (auto* children : {&answer.token_usages, &answer.user_prompts, &answer.tool_usages}) {
        auto& outcome = from[at++];
        if (outcome.has_error())
            return outcome.error();
        *children = std::move(*outcome);
    }
    return {};
}

/// The page and its count on one connection, one after the other.
/// @param rolled_up whether the rollup is to tell the count, which is then without one where that is not ready
asio::awaitable<pg::outcome<page_answer>> read_in_turn(pg::lease& connection, schema::shape const& database,
                                                       page_question const& question, bool rolled_up,
                                                       pg::steady_time deadline)
{
    page_answer answer;
    auto plan = plan_of(database, question);
    auto page = co_await connection.run(page_steps(database, question, plan, deadline), deadline);
    if (page.has_error())
        co_return page.error();
    if (auto const failed = first_failure(*page))
        co_return *failed;
    learn_plan(question, plan, *page);
    answer.interceptions = std::move(*(*page)[page_at(question)]);
    auto const limit = static_cast<std::size_t>(question.bounds.limit);
    answer.more = answer.interceptions.size() > limit;
    answer.shown = std::min(answer.interceptions.size(), limit);
    if (question.bounds.after && answer.interceptions.empty()) {
        auto const exists = co_await cursor_exists(connection, question, deadline);
        if (exists.has_error())
            co_return exists.error();
        answer.cursor_found = *exists;
        if (!answer.cursor_found) {
            auto const ended = co_await end_snapshot(connection, deadline);
            if (ended.has_error())
                co_return ended.error();
            co_return answer;
        }
    }

    second_trip trip;
    auto const with_children =
        !answer.interceptions.empty() && widest_value(question.bounds.limit, question.slice_bytes);
    if (with_children) {
        add_children(trip, database, question, plan, answer, deadline);
        // A count that may take its time must not keep the children from being sent.
        trip.steps.back().sync_after = question.count.mode != count_mode::none && !rolled_up;
    }
    auto count = counting_of(rolled_up, database, question, plan);
    count.add_to(trip.steps, deadline);
    bool has_children = false;
    pg::early_answers early;
    if (with_children && rolled_up && question.on_rows)
        early = {.steps = trip.children_at + child_lists, .use = [&](pg::step_outcomes& so_far) {
                     has_children = !take_children(so_far, trip.children_at, answer);
                     answer.was_told = has_children && !lacks_values(answer);
                     if (answer.was_told)
                         question.on_rows(answer);
                 }};
    auto rest = co_await connection.run(std::move(trip.steps), deadline, std::move(early));
    if (rest.has_error())
        co_return rest.error();
    if (with_children && !has_children) {
        if (auto const failed = take_children(*rest, trip.children_at, answer))
            co_return *failed;
    }
    answer.withheld = !answer.interceptions.empty() && (!with_children || lacks_values(answer));
    auto const counted = co_await count.finish(connection, *rest, deadline);
    if (counted.has_error())
        co_return counted.error();
    answer.count = *counted;
    co_return answer;
}

} // namespace

std::optional<std::int64_t> widest_value(std::int64_t limit, std::int64_t slice_bytes)
{
    constexpr std::int64_t largest_limit = 200;
    if (limit > largest_limit)
        return std::nullopt;
    auto const usual_children = 4 * limit + 124; // of one list
    return 4 * slice_bytes / usual_children;
}

asio::awaitable<pg::outcome<page_answer>> read_page(pg::lease& connection, schema::shape const& database,
                                                    page_question const& question, pg::steady_time deadline)
{
    if (may_use_rollup(database, question)) {
        auto answer = co_await read_in_turn(connection, database, question, true, deadline);
        if (answer.has_error() || !answer->count.not_ready)
            co_return answer;
        // Read anew, with a count of the log in its snapshot. To ask for the state before each count, and not in it,
        // would make all others slower; to find it so in each, all of these.
        if (question.count.by_log_until != nullptr)
            *question.count.by_log_until = std::chrono::steady_clock::now() + rollup_pause;
    } else if (may_count_beside(question.count)) {
        auto const shared = co_await share_snapshot(connection, *question.count.aside, deadline);
        if (shared.has_error())
            co_return shared.error();
        auto page = question;
        page.has_begun = true;
        if (!*shared) {
            auto answer = co_await read_in_turn(connection, database, page, false, deadline);
            co_return answer;
        }
        page.count.mode = count_mode::none;
        auto both =
            co_await beside(read_in_turn(connection, database, page, false, deadline),
                            count_in_snapshot(counting_of(false, database, question, plan_of(database, question)),
                                              question.count.aside->lease, deadline));
        co_return both;
    }
    auto answer = co_await read_in_turn(connection, database, question, false, deadline);
    co_return answer;
}

} // namespace bridgewatch::store
