#include "db/store/transaction.hpp"

#include "db/sql/statement.hpp"

#include <algorithm>

namespace bridgewatch::store {

pg::step begin_snapshot()
{
    return {.sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", .parameters = {}};
}

pg::step commit()
{
    return {.sql = "COMMIT", .parameters = {}, .prepare = true, .sync_after = true};
}

pg::step limit_statements(std::chrono::milliseconds limit, sql::planning how)
{
    sql::statement out;
    // At least 1: PostgreSQL reads 0 as no limit.
    auto const value = std::to_string(std::max<std::int64_t>(1, limit.count()));
    auto const mode = how == sql::planning::with_values ? "force_custom_plan" : "force_generic_plan";
    (out << "SELECT set_config('statement_timeout', ").bind(std::string_view{value})
        << ", true), set_config('plan_cache_mode', ";
    out.bind(std::string_view{mode}) << ", true)";
    // A plan that is kept knows no values, and could take a frequent one for rare: sort all that matches.
    if (how == sql::planning::kept_walk)
        out << ", set_config('enable_sort', 'off', true)";
    return std::move(out).to_step();
}

sql::statement allow_sorts()
{
    sql::statement out;
    out << "SELECT set_config('enable_sort', 'on', true)";
    return out;
}

std::chrono::milliseconds within(std::chrono::milliseconds limit, pg::steady_time deadline)
{
    using namespace std::chrono;
    constexpr milliseconds most{250};
    auto const left = duration_cast<milliseconds>(deadline - steady_clock::now());
    auto const margin = std::min(most, left / 4); // a caller's own limit may be shorter than that
    return std::clamp(left - margin, milliseconds{0}, limit);
}

boost::asio::awaitable<pg::outcome<pg::rows>> ask(pg::lease& connection, sql::statement question,
                                                  std::chrono::milliseconds limit, pg::steady_time deadline)
{
    // The two steps up to the Sync are one implicit transaction, to which the limit is local.
    pg::batch steps{limit_statements(within(limit, deadline)), std::move(question).to_step()};
    auto ran = co_await connection.run(std::move(steps), deadline);
    if (ran.has_error())
        co_return ran.error();
    if (auto const failed = first_failure(*ran))
        co_return *failed;
    co_return std::move(*ran->back());
}

boost::asio::awaitable<pg::outcome<void>> end_snapshot(pg::lease& connection, pg::steady_time deadline)
{
    pg::batch steps{commit()};
    auto const ran = co_await connection.run(std::move(steps), deadline);
    if (ran.has_error())
        co_return ran.error();
    if (auto const failed = first_failure(*ran))
        co_return *failed;
    co_return pg::outcome<void>{};
}

std::optional<pg::failure> first_failure(std::span<pg::outcome<pg::rows> const> outcomes)
{
    for (auto const& outcome : outcomes)
        if (outcome.has_error() && outcome.error().code != pg::errc::skipped)
            return outcome.error();
    return {};
}

} // namespace bridgewatch::store
