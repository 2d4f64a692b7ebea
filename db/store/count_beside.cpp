#include "db/store/count_beside.hpp"

#include "db/store/transaction.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

namespace bridgewatch::store {

namespace asio = boost::asio;

namespace {

pg::step export_snapshot()
{
    return {.sql = "SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_export_snapshot() END", .parameters = {}};
}

/// The statement takes a literal and no parameter. The id is the server's own word; it is looked at all the same.
std::optional<pg::step> import_snapshot(std::string_view id)
{
    constexpr std::string_view allowed = "0123456789ABCDEF-";
    if (id.empty() || id.find_first_not_of(allowed) != std::string_view::npos)
        return {};
    return pg::step{.sql = "SET TRANSACTION SNAPSHOT '" + std::string{id} + "'", .parameters = {}, .prepare = false};
}

} // namespace

bool may_count_beside(count_question const& question)
{
    return question.mode == count_mode::exact && question.aside != nullptr && !question.aside->was_used;
}

asio::awaitable<pg::outcome<bool>> share_snapshot(pg::lease& first, spare_connection& spare, pg::steady_time deadline)
{
    constexpr std::chrono::milliseconds patience{250};
    spare.was_used = true;
    pg::batch exporting{begin_snapshot(), export_snapshot()};
    auto const exported = co_await first.run(std::move(exporting), deadline);
    if (exported.has_error())
        co_return exported.error();
    if (auto const failed = first_failure(*exported))
        co_return *failed;
    auto const& told = *exported->back();
    auto importing = told.empty() ? std::nullopt : import_snapshot(told.at(0, 0).bytes());
    if (!importing) {
        spare.was_late = true;
        co_return false;
    }
    pg::batch steps{begin_snapshot(), std::move(*importing)};
    auto const soon = std::min(deadline, std::chrono::steady_clock::now() + patience);
    auto const imported = co_await spare.lease.run(std::move(steps), soon);
    auto const failed = imported.has_error() ? std::optional{imported.error()} : first_failure(*imported);
    spare.was_late = failed && !pg::may_work_elsewhere(*failed); // a lost connection says nothing about the next
    co_return !failed;
}

asio::awaitable<pg::outcome<count_answer>> count_in_snapshot(counting count, pg::lease& on, pg::steady_time deadline)
{
    pg::batch steps;
    count.add_to(steps, deadline);
    auto const ran = co_await on.run(std::move(steps), deadline);
    if (ran.has_error())
        co_return ran.error();
    auto counted = co_await count.finish(on, *ran, deadline);
    co_return counted;
}

} // namespace bridgewatch::store
