#include "db/sql/acceleration.hpp"

namespace bridgewatch::sql {

statement acceleration_state()
{
    statement out;
    // The triggers are what they were: a row of the catalogue that was written since has another xmin. The schema's
    // migrator writes the same text (db/schema/acceleration_session.cpp).
    out << "SELECT EXISTS (SELECT 1 FROM bridgewatch_acceleration AS r WHERE r.version = 1 AND r.state = 'ready' AND "
           "r.triggers = (SELECT string_agg(concat_ws(' ', t.tgname, t.tgenabled, t.xmin), ', ' ORDER BY t.tgrelid, "
           "t.tgname) FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid IN ('aibridge_interceptions'::regclass, "
           "'aibridge_user_prompts'::regclass) AND t.tgname LIKE 'bridgewatch\\_%' AND t.tgparentid = 0)), (SELECT "
           "count(*) FROM (SELECT 1 FROM bridgewatch_journal LIMIT 1001) AS j)";
    static_assert(most_pending == 1000, "the statement counts one more");
    return out;
}

void append_pending_sessions(statement& out)
{
    out << "pending AS MATERIALIZED (SELECT j.session_id, j.initiator_id FROM bridgewatch_journal AS j WHERE "
           "j.session_id "
           "IS NOT NULL UNION SELECT i.session_id, i.initiator_id FROM bridgewatch_journal AS j JOIN "
           "aibridge_interceptions AS i ON i.id = j.interception_id AND i.ended_at IS NOT NULL WHERE j.session_id IS "
           "NULL)";
}

} // namespace bridgewatch::sql
