#include "db/store/interceptions.hpp"

#include "db/sql/children.hpp"
#include "db/sql/rollup.hpp"
#include "db/store/count_beside.hpp"
#include "db/store/counting.hpp"
#include "db/store/transaction.hpp"

#include <algorithm>
#include <span>
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
    bool is_short = false; ///< see learnt_plan
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
    // Nobody knows how far one user's own interceptions are apart, or those of a filter behind a cursor.
    if (how == kept || question.plans == nullptr || !sql::may_walk(question.where))
        return {how, how == kept && !question.who.only_initiator};
    auto key = plan_key(question.where, question.who, question.bounds, database);
    if (auto const known = question.plans->find(key, std::chrono::steady_clock::now()))
        return {known->how, known->is_short && !question.bounds.after};
    return {with_values, false, std::move(key)};
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
    // As much as a walk of some three hundred rows, which takes less than a round trip does.
    constexpr double least_worth_a_trip = 40;
    auto const& explained = *ran[page_at(question) + 1];
    auto const text = explained.empty() ? std::string_view{} : explained.at(0, 0).bytes();
    learnt_plan learnt;
    if (!text.empty() && sql::is_walk(text))
        learnt = {.how = sql::planning::kept_walk, .is_short = sql::cost_of(text) < least_worth_a_trip};
    question.plans->remember(std::move(plan.ask_for), learnt, std::chrono::steady_clock::now());
}

constexpr std::size_t child_lists = 3;
constexpr std::chrono::seconds rollup_pause{1};

/// What is sent at once, and where in it the answers will be.
struct round_trip {
    pg::batch steps;
    std::optional<std::size_t> page_at{}, noted_at{}, children_at{}; ///< none: not asked for here
    std::size_t taken = 0;                                           ///< answers of so many steps have been taken
};

void add_children(round_trip& trip, schema::shape const& database, page_question const& question, page_plan const& plan,
                  sql::parents of, pg::steady_time deadline)
{
    if (plan.how == sql::planning::kept_walk)
        trip.steps.push_back(allow_sorts().to_step());
    // Children look the same for all filters: one kept plan serves them.
    if (plan.how == sql::planning::with_values)
        trip.steps.push_back(limit_statements(within(question.count.statement_timeout, deadline)));
    trip.children_at = trip.steps.size();
    auto const widest = widest_value(question.bounds.limit, question.slice_bytes);
    // Token usages come last: while the server works at these, which have no texts, the texts can be written.
    trip.steps.push_back(sql::tool_usages_of(of, sql::child_order::any, widest).to_step());
    trip.steps.push_back(sql::user_prompts_of(of, widest).to_step());
    trip.steps.push_back(sql::token_usages_of(of, database, widest).to_step());
}

/// The page and its children, where one round trip less is worth some more work: who is alone gets the answer sooner if
/// the server finds the page once more for its children, where that is quick. Nothing where it is not.
std::optional<round_trip> all_at_once(pg::lease const& connection, schema::shape const& database,
                                      page_question const& question, page_plan const& plan, bool is_counted_quickly,
                                      pg::steady_time deadline)
{
    constexpr std::int64_t longest = 40;
    // Where all is planned anew, one more statement is dear; and a cursor that may be wrong is worth no exact count.
    if (!plan.is_short || question.bounds.limit > longest || !is_counted_quickly || !connection.keeps_plans() ||
        !connection.is_alone())
        return {};
    auto note = sql::note_page(question.where, question.who, question.bounds, database);
    if (!note)
        return {};
    round_trip trip{.steps = page_steps(database, question, plan, deadline), .page_at = page_at(question)};
    trip.noted_at = trip.steps.size();
    trip.steps.push_back(std::move(*note).to_step());
    add_children(trip, database, question, plan, sql::noted, deadline);
    return trip;
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

/// Tells an unknown cursor from the end of the list, where a page after one is empty: any row in it proves the cursor.
asio::awaitable<pg::outcome<void>> check_cursor(pg::lease& connection, page_question const& question,
                                                pg::steady_time deadline, page_answer& answer)
{
    if (!question.bounds.after || !answer.interceptions.empty())
        co_return pg::outcome<void>{};
    pg::batch steps{sql::cursor_exists(*question.bounds.after, question.who).to_step()};
    auto const ran = co_await connection.run(std::move(steps), deadline);
    if (ran.has_error())
        co_return ran.error();
    if (auto const failed = first_failure(*ran))
        co_return *failed;
    answer.cursor_found = !ran->back()->empty();
    co_return pg::outcome<void>{};
}

/// Takes the answers of the first steps, up to `end`, but for those that have been taken. @return why one is not there
std::optional<pg::failure> take_answers(round_trip& trip, pg::step_outcomes& from, std::size_t end,
                                        page_question const& question, page_answer& answer)
{
    if (auto const failed = first_failure(std::span{from}.first(end)))
        return failed;
    auto const is_new = [&](std::size_t at) { return at >= trip.taken && at < end; };
    if (trip.page_at && is_new(*trip.page_at)) {
        auto const limit = static_cast<std::size_t>(question.bounds.limit);
        answer.interceptions = std::move(*from[*trip.page_at]);
        answer.more = answer.interceptions.size() > limit;
        answer.shown = std::min(answer.interceptions.size(), limit);
    }
    if (trip.noted_at && is_new(*trip.noted_at)) {
        auto const& noted = *from[*trip.noted_at];
        answer.cursor_found = !answer.interceptions.empty() || noted.at(0, sql::noted_column::cursor_exists).boolean();
    }
    if (trip.children_at) {
        auto at = *trip.children_at;
        for (auto* children : {&answer.tool_usages, &answer.user_prompts, &answer.token_usages}) {
            if (is_new(at))
                *children = std::move(*from[at]);
            ++at;
        }
    }
    trip.taken = end;
    return {};
}

/// What is done with the first answers while the server works at the rest.
/// @param trip question, answer: outlive it
pg::early_answers early_use(round_trip& trip, page_question const& question, bool rolled_up, bool has_time,
                            page_answer& answer)
{
    if (!trip.children_at)
        return {};
    auto const tell = [&](auto const& whom, std::size_t end, bool& was_told) {
        return pg::early_answers{.steps = end, .use = [&, end](pg::step_outcomes& so_far) {
                                     bool const has_all = !take_answers(trip, so_far, end, question, answer);
                                     was_told = has_all && !answer.interceptions.empty() && !lacks_values(answer);
                                     if (was_told)
                                         whom(answer);
                                 }};
    };
    if (rolled_up && question.on_rows)
        return tell(question.on_rows, *trip.children_at + child_lists, answer.was_told);
    if (has_time && question.on_all_but_tokens)
        return tell(question.on_all_but_tokens, *trip.children_at + 2, answer.was_told_without_tokens);
    return {};
}

/// The first of two round trips: the page alone.
asio::awaitable<pg::outcome<void>> read_rows(pg::lease& connection, schema::shape const& database,
                                             page_question const& question, page_plan& plan, pg::steady_time deadline,
                                             page_answer& answer)
{
    auto ran = co_await connection.run(page_steps(database, question, plan, deadline), deadline);
    if (ran.has_error())
        co_return ran.error();
    round_trip trip{.steps = {}, .page_at = page_at(question)};
    if (auto const failed = take_answers(trip, *ran, ran->size(), question, answer))
        co_return *failed;
    learn_plan(question, plan, *ran);
    co_return pg::outcome<void>{};
}

/// What ends the transaction: the count, and what else is in this trip.
asio::awaitable<pg::outcome<void>> read_rest(pg::lease& connection, round_trip trip, counting count,
                                             page_question const& question, bool rolled_up, pg::steady_time deadline,
                                             page_answer& answer)
{
    auto const last = trip.steps.size();
    // A count that may take its time must not keep the children from being sent.
    if (trip.children_at)
        trip.steps.back().sync_after = question.count.mode != count_mode::none && !rolled_up;
    count.add_to(trip.steps, deadline);
    auto early = early_use(trip, question, rolled_up, connection.is_alone(), answer);
    auto ran = co_await connection.run(std::move(trip.steps), deadline, std::move(early));
    if (ran.has_error())
        co_return ran.error();
    if (trip.children_at) {
        if (auto const failed = take_answers(trip, *ran, last, question, answer))
            co_return *failed;
    }
    answer.withheld = !answer.interceptions.empty() && (!trip.children_at || lacks_values(answer));
    answer.was_told_without_tokens = answer.was_told_without_tokens && !answer.withheld;
    auto const counted = co_await count.finish(connection, *ran, deadline);
    if (counted.has_error())
        co_return counted.error();
    answer.count = *counted;
    co_return pg::outcome<void>{};
}

/// The page and its count on one connection, one after the other.
/// @param rolled_up whether the rollup is to tell the count, which is then without one where that is not ready
asio::awaitable<pg::outcome<page_answer>> read_in_turn(pg::lease& connection, schema::shape const& database,
                                                       page_question const& question, bool rolled_up,
                                                       pg::steady_time deadline)
{
    page_answer answer;
    auto plan = plan_of(database, question);
    bool const is_counted_quickly = rolled_up || question.count.mode != count_mode::exact;
    auto trip = all_at_once(connection, database, question, plan, is_counted_quickly, deadline);
    if (!trip) {
        auto read = co_await read_rows(connection, database, question, plan, deadline, answer);
        if (read.has_value())
            read = co_await check_cursor(connection, question, deadline, answer);
        if (read.has_value() && !answer.cursor_found) {
            read = co_await end_snapshot(connection, deadline);
            if (read.has_value())
                co_return answer;
        }
        if (read.has_error())
            co_return read.error();
        trip.emplace();
        if (!answer.interceptions.empty() && widest_value(question.bounds.limit, question.slice_bytes))
            add_children(*trip, database, question, plan, ids_of(answer.interceptions, answer.shown), deadline);
    }
    auto const rest = co_await read_rest(connection, std::move(*trip), counting_of(rolled_up, database, question, plan),
                                         question, rolled_up, deadline, answer);
    if (rest.has_error())
        co_return rest.error();
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
