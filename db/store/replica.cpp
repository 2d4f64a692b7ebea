#include "db/store/replica.hpp"

#include "db/sql/statement.hpp"
#include "db/store/transaction.hpp"

#include <utility>

namespace bridgewatch::store {

namespace {

/// The time of the last replayed transaction alone would grow where nothing is written.
sql::statement replica_question()
{
    sql::statement out{sql::question::replica};
    out << "SELECT pg_is_in_recovery(), CASE WHEN NOT pg_is_in_recovery() THEN NULL "
           "WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 "
           "ELSE (extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000)::bigint END";
    return out;
}

} // namespace

boost::asio::awaitable<pg::outcome<replica_state>>
read_replica_state(pg::lease& connection, std::chrono::milliseconds limit, pg::steady_time deadline)
{
    auto const rows = co_await ask(connection, replica_question(), limit, deadline);
    if (rows.has_error())
        co_return rows.error();
    replica_state out;
    if (rows->empty())
        co_return out;
    out.is_replica = rows->at(0, 0).boolean();
    constexpr double milliseconds = 1000;
    if (auto const lag = rows->at(0, 1); !lag.is_null())
        out.lag_seconds = static_cast<double>(lag.int64()) / milliseconds;
    co_return out;
}

} // namespace bridgewatch::store
