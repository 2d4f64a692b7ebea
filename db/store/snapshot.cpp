#include "db/store/snapshot.hpp"

#include "db/store/transaction.hpp"

#include <utility>

namespace bridgewatch::store {

snapshot::snapshot(pg::lease& connection, std::chrono::milliseconds limit, pg::steady_time deadline, bool begun)
    : connection_{connection}, limit_{limit}, deadline_{deadline}, begun_{begun}
{
}

boost::asio::awaitable<pg::outcome<pg::step_outcomes>> snapshot::run(std::vector<sql::statement> statements,
                                                                     sql::planning plan)
{
    pg::batch steps;
    if (!std::exchange(begun_, true))
        steps.push_back(begin_snapshot());
    steps.push_back(limit_statements(within(limit_, deadline_), plan));
    for (auto& one : statements)
        steps.push_back(std::move(one).to_step());
    auto const before = static_cast<std::ptrdiff_t>(steps.size() - statements.size());
    auto ran = co_await connection_.run(std::move(steps), deadline_);
    if (ran.has_error())
        co_return ran.error();
    if (auto const failed = first_failure(*ran))
        co_return *failed;
    ran->erase(ran->begin(), ran->begin() + before);
    co_return std::move(*ran);
}

boost::asio::awaitable<pg::outcome<pg::rows>> snapshot::run(sql::statement one, sql::planning plan)
{
    std::vector<sql::statement> alone;
    alone.push_back(std::move(one));
    auto ran = co_await run(std::move(alone), plan);
    if (ran.has_error())
        co_return ran.error();
    co_return std::move(*ran->front());
}

} // namespace bridgewatch::store
