#include "db/store/interceptions.hpp"

#include "db/store/transaction.hpp"

#include <algorithm>
#include <utility>

namespace bridgewatch::store {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr sql::literal hold_snapshot = "SAVEPOINT before_count";
constexpr sql::literal back_to_snapshot = "ROLLBACK TO SAVEPOINT before_count";

pg::step plain(sql::literal text)
{
    sql::statement out;
    out << text;
    return std::move(out).to_step();
}

std::vector<grammar::uuid> ids_of(pg::rows const& page)
{
    std::vector<grammar::uuid> ids(page.size());
    for (std::size_t row = 0; row < page.size(); ++row) {
        auto const bytes = page.at(row, static_cast<std::size_t>(sql::interception_column::id)).uuid();
        std::ranges::copy(bytes, ids[row].bytes.begin());
    }
    return ids;
}

sql::planning plan_of(page_question const& question)
{
    return question.bounds.offset == 0 ? sql::planning_of(question.where) : sql::planning::with_values;
}

pg::batch page_steps(schema::shape const& database, page_question const& question, pg::steady_time deadline)
{
    pg::batch steps{begin_snapshot(),
                    limit_statements(within(question.statement_timeout, deadline), plan_of(question))};
    steps.push_back(sql::page_of_interceptions(question.where, question.who, question.bounds, database).to_step());
    return steps;
}

/// What is asked once the page's ids are known, and where in it the answers will be.
struct second_trip {
    pg::batch steps;
    std::size_t children_at = 0, count_at = 0;
};

void add_children(second_trip& trip, schema::shape const& database, page_question const& question, pg::rows const& page,
                  pg::steady_time deadline)
{
    auto const ids = ids_of(page);
    if (plan_of(question) ==
        sql::planning::with_values) // children look the same for all filters: one kept plan serves them
        trip.steps.push_back(limit_statements(within(question.statement_timeout, deadline)));
    trip.children_at = trip.steps.size();
    trip.steps.push_back(sql::token_usages_of(ids, database).to_step());
    trip.steps.push_back(sql::user_prompts_of(ids).to_step());
    trip.steps.push_back(sql::tool_usages_of(ids).to_step());
    trip.steps.back().sync_after = true;
}

void add_count(second_trip& trip, schema::shape const& database, page_question const& question,
               pg::steady_time deadline)
{
    bool const exact = question.count == count_mode::exact;
    if (exact)
        trip.steps.push_back(plain(hold_snapshot));
    auto const limit = exact ? question.exact_count_timeout : question.statement_timeout;
    trip.steps.push_back(limit_statements(within(limit, deadline), plan_of(question)));
    trip.count_at = trip.steps.size();
    auto const cap = exact ? std::nullopt : std::optional{question.count_cap};
    trip.steps.push_back(sql::count_of_interceptions(question.where, question.who, cap, database).to_step());
    trip.steps.back().sync_after = true;
}

/// The children of the page, and the count as far as it fits into the same round trip.
second_trip plan_second_trip(schema::shape const& database, page_question const& question, pg::rows const& page,
                             pg::steady_time deadline)
{
    second_trip trip;
    if (!page.empty())
        add_children(trip, database, question, page, deadline);
    if (question.count != count_mode::none)
        add_count(trip, database, question, deadline);
    if (question.count != count_mode::exact) // an exact count past its limit is asked again, capped, in this snapshot
        trip.steps.push_back(commit());
    return trip;
}

std::int64_t counted(pg::rows const& answer)
{
    return answer.empty() ? 0 : answer.at(0, 0).int64();
}

/// Takes the count's outcome; one past its limit leaves the page uncounted. @return any other failure.
/// @param cap where counting stopped
std::optional<pg::failure> take_count(pg::outcome<pg::rows> const& outcome, std::optional<std::int64_t> cap,
                                      page_answer& answer)
{
    if (outcome.has_value()) {
        answer.count = counted(*outcome);
        answer.count_cap = cap;
    } else if (outcome.error().code != pg::errc::statement_timeout) {
        return outcome.error();
    }
    return {};
}

pg::outcome<void> finish(pg::outcome<pg::step_outcomes> const& ran)
{
    if (ran.has_error())
        return ran.error();
    if (auto const failed = first_failure(*ran))
        return *failed;
    return {};
}

/// The exact count took too long: the same question, capped, in the same snapshot.
asio::awaitable<pg::outcome<void>> count_capped(pg::lease& connection, schema::shape const& database,
                                                page_question const& question, page_answer& answer,
                                                pg::steady_time deadline)
{
    auto const limit = within(question.statement_timeout, deadline);
    pg::batch steps{plain(back_to_snapshot)};
    auto const asked = limit > milliseconds{0};
    if (asked) {
        steps.push_back(limit_statements(limit, plan_of(question)));
        steps.push_back(
            sql::count_of_interceptions(question.where, question.who, question.count_cap, database).to_step());
    }
    steps.back().sync_after = true;
    steps.push_back(commit());
    auto const ran = co_await connection.run(std::move(steps), deadline);
    if (ran.has_error())
        co_return ran.error();
    if (asked) {
        if (auto const failed = take_count((*ran)[2], question.count_cap, answer))
            co_return *failed;
    }
    co_return pg::outcome<void>{};
}

asio::awaitable<pg::outcome<void>> end_snapshot(pg::lease& connection, pg::steady_time deadline)
{
    pg::batch steps{commit()};
    auto const ran = co_await connection.run(std::move(steps), deadline);
    co_return finish(ran);
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

/// Ends the transaction of an exact count, which may have to be asked again.
asio::awaitable<pg::outcome<void>> end_exact_count(pg::lease& connection, schema::shape const& database,
                                                   page_question const& question,
                                                   pg::outcome<pg::rows> const& counted_rows, page_answer& answer,
                                                   pg::steady_time deadline)
{
    if (auto const failed = take_count(counted_rows, std::nullopt, answer))
        co_return *failed;
    if (counted_rows.has_value()) {
        auto const ended = co_await end_snapshot(connection, deadline);
        co_return ended;
    }
    auto const ended = co_await count_capped(connection, database, question, answer, deadline);
    co_return ended;
}

} // namespace

asio::awaitable<pg::outcome<page_answer>> read_page(pg::lease& connection, schema::shape const& database,
                                                    page_question const& question, pg::steady_time deadline)
{
    page_answer answer;
    auto page = co_await connection.run(page_steps(database, question, deadline), deadline);
    if (page.has_error())
        co_return page.error();
    if (auto const failed = first_failure(*page))
        co_return *failed;
    answer.interceptions = std::move(*page->back());
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

    auto trip = plan_second_trip(database, question, answer.interceptions, deadline);
    auto rest = co_await connection.run(std::move(trip.steps), deadline);
    if (rest.has_error())
        co_return rest.error();
    if (!answer.interceptions.empty()) {
        if (auto const failed = take_children(*rest, trip.children_at, answer))
            co_return *failed;
    }
    if (question.count == count_mode::exact) {
        auto const ended =
            co_await end_exact_count(connection, database, question, (*rest)[trip.count_at], answer, deadline);
        if (ended.has_error())
            co_return ended.error();
    } else if (question.count == count_mode::capped) {
        if (auto const failed = take_count((*rest)[trip.count_at], question.count_cap, answer))
            co_return *failed;
    }
    co_return answer;
}

} // namespace bridgewatch::store
