#include "db/store/counting.hpp"

#include "db/store/transaction.hpp"

#include <utility>

namespace bridgewatch::store {

namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

constexpr sql::literal hold_snapshot = "SAVEPOINT before_count";
constexpr sql::literal back_to_snapshot = "ROLLBACK TO SAVEPOINT before_count";

pg::step plain(sql::literal text)
{
    sql::statement out;
    out << text;
    return std::move(out).to_step();
}

/// One past its limit leaves the page uncounted. @param cap where counting stopped
pg::outcome<count_answer> read_count(pg::outcome<pg::rows> const& counted, std::optional<std::int64_t> cap)
{
    if (counted.has_value()) {
        auto const count = counted->at(0, 0);
        return count.is_null() ? count_answer{.count = -1, .cap = {}, .not_ready = true}
                               : count_answer{.count = count.int64(), .cap = cap, .not_ready = false};
    }
    if (counted.error().code != pg::errc::statement_timeout)
        return counted.error();
    return count_answer{};
}

} // namespace

counting::counting(count_question const& question, sql::planning plan, statement_maker make)
    : question_{question}, plan_{plan}, make_{std::move(make)}
{
}

counting counting::at_once(count_question const& question, statement_maker make)
{
    counting out{question, sql::planning::kept, std::move(make)};
    out.is_quick_ = true;
    return out;
}

void counting::add_to(pg::batch& steps, pg::steady_time deadline)
{
    if (question_.mode == count_mode::none)
        return steps.push_back(commit());
    bool const exact = question_.mode == count_mode::exact;
    bool const may_take_too_long = exact && !is_quick_;
    if (may_take_too_long)
        steps.push_back(plain(hold_snapshot));
    auto const limit = may_take_too_long ? question_.exact_count_timeout : question_.statement_timeout;
    if (!is_quick_)
        steps.push_back(limit_statements(within(limit, deadline), plan_));
    at_ = steps.size();
    steps.push_back(make_(exact ? std::nullopt : std::optional{question_.cap}).to_step());
    steps.back().sync_after = !is_quick_; // the rare one that fails leaves a transaction open, which the pool ends
    if (!may_take_too_long)               // such an exact count past its limit is asked again, capped, in this snapshot
        steps.push_back(commit());
}

asio::awaitable<pg::outcome<count_answer>> counting::finish(pg::lease& connection, pg::step_outcomes const& ran,
                                                            pg::steady_time deadline)
{
    if (question_.mode == count_mode::none)
        co_return count_answer{};
    if (question_.mode == count_mode::exact && is_quick_)
        co_return read_count(ran[at_], std::nullopt);
    if (question_.mode == count_mode::capped)
        co_return read_count(ran[at_], question_.cap);
    auto const counted = read_count(ran[at_], std::nullopt);
    if (counted.has_error())
        co_return counted.error();
    if (counted->count < 0) {
        auto const capped = co_await count_capped(connection, deadline);
        co_return capped;
    }
    auto const ended = co_await end_snapshot(connection, deadline);
    if (ended.has_error())
        co_return ended.error();
    co_return counted;
}

pg::batch counting::capped_steps(milliseconds limit) const
{
    pg::batch steps{plain(back_to_snapshot)};
    if (limit > milliseconds{0}) {
        steps.push_back(limit_statements(limit, plan_));
        steps.push_back(make_(question_.cap).to_step());
    }
    steps.back().sync_after = true;
    steps.push_back(commit());
    return steps;
}

/// The exact count took too long: the same question, capped, in the same snapshot.
asio::awaitable<pg::outcome<count_answer>> counting::count_capped(pg::lease& connection, pg::steady_time deadline)
{
    constexpr std::size_t count_at = 2;
    auto const limit = within(question_.statement_timeout, deadline);
    auto const ran = co_await connection.run(capped_steps(limit), deadline);
    if (ran.has_error())
        co_return ran.error();
    if (limit <= milliseconds{0})
        co_return count_answer{};
    co_return read_count((*ran)[count_at], question_.cap);
}

} // namespace bridgewatch::store
