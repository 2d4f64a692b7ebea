#include "db/schema/verification.hpp"

#include "db/schema/acceleration_session.hpp"
#include "db/schema/acceleration_sql.hpp"

#include <string_view>
#include <utility>

namespace bridgewatch::schema {
namespace {

using boost::system::in_place_error;
using boost::system::result;

/// Each counts the groups in which what is kept and what is so do not add up to nothing.
constexpr std::string_view wrong_hours =
    "SELECT count(*) FROM (SELECT FROM (SELECT bucket, initiator_id, provider, provider_name, model, client, n FROM "
    "@SCHEMA@.bridgewatch_counts WHERE grain = 'o' OR grain = 'h' AND about = 'e' UNION ALL SELECT date_trunc('hour', "
    "at, "
    "'UTC'), "
    "initiator_id, provider, provider_name, model, client, delta FROM @SCHEMA@.bridgewatch_journal_entries WHERE delta "
    "<> 0 "
    "UNION ALL SELECT date_trunc('hour', i.started_at, 'UTC'), i.initiator_id, i.provider, "
    "coalesce(to_jsonb(i)->>'provider_name', ''), i.model, coalesce(to_jsonb(i)->>'client', 'Unknown'), -1 FROM "
    "@SCHEMA@.aibridge_interceptions AS i WHERE i.ended_at IS NOT NULL) AS each GROUP BY bucket, initiator_id, "
    "provider, provider_name, model, client HAVING sum(n) <> 0) AS wrong";

/// And initiators of hours whom readers would not know of.
constexpr std::string_view wrong_sums =
    "SELECT (SELECT count(*) FROM (SELECT FROM (SELECT grain, about, initiator_id, bucket, provider, provider_name, "
    "model, client, n FROM @SCHEMA@.bridgewatch_counts WHERE grain IN ('d', 'a') OR grain = 'h' AND about <> 'e' UNION "
    "ALL SELECT l.*, -h.n FROM @SCHEMA@.bridgewatch_counts AS h CROSS JOIN LATERAL "
    "@SCHEMA@.bridgewatch_sums(h.bucket, h.initiator_id, h.provider, h.provider_name, h.model, h.client) AS l WHERE "
    "h.grain = 'h' AND h.about = 'e') AS each GROUP BY grain, about, initiator_id, bucket, provider, provider_name, "
    "model, client HAVING sum(n) <> 0) AS wrong) + (SELECT count(*) FROM (SELECT initiator_id FROM "
    "@SCHEMA@.bridgewatch_counts WHERE grain = 'h' AND about = 'e' EXCEPT SELECT initiator_id FROM "
    "@SCHEMA@.bridgewatch_counts WHERE grain = 'a' AND about = 'i') AS unknown)";

/// Sessions that the journal names are read from the log by everybody, and may be anything here.
constexpr std::string_view wrong_sessions =
    "WITH pending AS (SELECT session_id, initiator_id FROM @SCHEMA@.bridgewatch_journal_entries WHERE session_id IS "
    "NOT NULL "
    "UNION SELECT i.session_id, i.initiator_id FROM @SCHEMA@.bridgewatch_journal_entries AS j JOIN "
    "@SCHEMA@.aibridge_interceptions AS i ON i.id = j.interception_id WHERE j.session_id IS NULL), kept AS (SELECT "
    "session_id, initiator_id, started_at, prompted_at, earliest_at, latest_at FROM @SCHEMA@.bridgewatch_sessions), "
    "real AS (SELECT i.session_id, i.initiator_id, min(i.started_at), max(p.last), least(min(i.started_at), "
    "min(p.first)), greatest(max(i.started_at), max(p.last)) FROM @SCHEMA@.aibridge_interceptions AS i CROSS JOIN "
    "LATERAL (SELECT min(p.created_at) AS first, max(p.created_at) AS last FROM @SCHEMA@.aibridge_user_prompts AS p "
    "WHERE p.interception_id = i.id) AS p WHERE i.ended_at IS NOT NULL GROUP BY 1, 2), wrong AS ((SELECT * FROM kept "
    "EXCEPT SELECT * FROM real) UNION ALL (SELECT * FROM real EXCEPT SELECT * FROM kept)) SELECT count(DISTINCT "
    "(w.session_id, w.initiator_id)) FROM wrong AS w WHERE NOT EXISTS (SELECT 1 FROM pending AS p WHERE p.session_id "
    "= w.session_id AND p.initiator_id = w.initiator_id)";

constexpr std::string_view wrong_session_counts =
    "SELECT count(*) FROM (SELECT FROM (SELECT initiator_id, n FROM @SCHEMA@.bridgewatch_session_counts UNION ALL "
    "SELECT initiator_id, -1 FROM @SCHEMA@.bridgewatch_sessions) AS each GROUP BY initiator_id HAVING sum(n) <> 0) "
    "AS wrong";

constexpr std::string_view pending_entries = "SELECT count(*) FROM @SCHEMA@.bridgewatch_journal_entries";

} // namespace

result<verification, std::string> verify_acceleration(pg::blocking_session& in)
{
    auto const schema = schema_of_log(in);
    if (!schema)
        return {in_place_error, schema.error()};
    auto const state = state_of_acceleration(in);
    if (!state)
        return {in_place_error, state.error()};
    verification out{.state = *state};
    if (*state != acceleration_state::ready)
        return out;
    if (auto const begun =
            run_script(in, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL work_mem = '128MB'");
        !begun)
        return {in_place_error, begun.error()};
    std::pair<std::string_view, std::uint64_t verification::*> const questions[] = {
        {wrong_hours, &verification::hours},       {wrong_sums, &verification::sums},
        {wrong_sessions, &verification::sessions}, {wrong_session_counts, &verification::session_counts},
        {pending_entries, &verification::pending},
    };
    for (auto const& [text, into] : questions) {
        auto const answer = in.query(acceleration_script(text, *schema));
        if (!answer) {
            (void)in.script("ROLLBACK");
            return {in_place_error, answer.error().diag.message};
        }
        out.*into = static_cast<std::uint64_t>(answer->at(0, 0).int64());
    }
    if (auto const ended = run_script(in, "COMMIT"); !ended)
        return {in_place_error, ended.error()};
    return out;
}

result<void, std::string> disprove_acceleration(pg::blocking_session& in)
{
    auto const schema = schema_of_log(in);
    if (!schema)
        return schema.error();
    return run_script(
        in, "UPDATE " + *schema +
                ".bridgewatch_acceleration SET state = 'disproved', since = now() WHERE state <> 'disproved'");
}

} // namespace bridgewatch::schema
