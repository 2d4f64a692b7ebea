#include "db/sql/acceleration.hpp"

#include "db/schema/acceleration_sql.hpp"

namespace bridgewatch::sql {

void append_is_ready(statement& out)
{
    out << "EXISTS (SELECT 1 FROM bridgewatch_acceleration AS r WHERE r.version = 4 AND r.state = 'ready' AND "
           "r.triggers = "
        << literal{schema::signature_of_log} << ")";
    static_assert(schema::acceleration_version == 4, "the statement names it");
}

statement acceleration_state()
{
    statement out{question::acceleration_state};
    out << "SELECT ";
    append_is_ready(out);
    out << ", (SELECT count(*) FROM (SELECT 1 FROM bridgewatch_journal_entries LIMIT 1001) AS j)";
    static_assert(most_pending == 1000, "the statement counts one more");
    return out;
}

void append_pending_sessions(statement& out)
{
    // The limit is none, but keeps the planner from starting workers, which took four times as long as the page.
    out << "pending AS MATERIALIZED (SELECT j.session_id, j.initiator_id FROM bridgewatch_journal_entries AS j WHERE "
           "j.session_id IS NOT NULL UNION SELECT i.session_id, i.initiator_id FROM (SELECT j.interception_id FROM "
           "bridgewatch_journal_entries AS j WHERE j.session_id IS NULL LIMIT 9223372036854775807) AS j JOIN "
           "aibridge_interceptions AS i ON i.id = j.interception_id AND i.ended_at IS NOT NULL)";
}

} // namespace bridgewatch::sql
