#include "db/schema/acceleration_session.hpp"
#include "db/schema/acceleration_tables.hpp"

#include "db/schema/acceleration_sql.hpp"

#include <optional>
#include <string_view>

namespace bridgewatch::schema {
namespace {

using boost::system::in_place_error;
using boost::system::in_place_value;
using boost::system::result;

/// What a batch and the end share. The lock comes before the snapshot, so it has seen every fold before it; and from
/// here on folds wait, so nobody changes what is read.
constexpr std::string_view begin_batch = "BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL work_mem = '128MB'; SELECT "
                                         "@SCHEMA@.bridgewatch_fold(9223372036854775807);\n";

/// `i` is one of the batch; @RANGE@ says which. What was folded into these hours so far told only of changes.
constexpr std::string_view count_batch =
    "DELETE FROM @SCHEMA@.bridgewatch_counts AS c WHERE c.grain = 'o' AND @BUCKETS@;\n"
    "INSERT INTO @SCHEMA@.bridgewatch_counts SELECT b.*, @SCHEMA@.bridgewatch_hash(b.provider, b.provider_name, "
    "b.model, b.client) FROM (SELECT 'o'::\"char\", 'e'::\"char\", i.initiator_id, date_trunc('hour', i.started_at, "
    "'UTC') AS bucket, i.provider, @PROVIDER_NAME@ AS provider_name, i.model, @CLIENT@ AS client, count(*) AS n FROM "
    "@SCHEMA@.aibridge_interceptions AS i WHERE i.ended_at IS NOT NULL AND @RANGE@ GROUP BY 3, 4, 5, 6, 7, 8) AS b;\n";

/// Times move one way: a session whose interceptions are in several batches comes together.
constexpr std::string_view session_batch =
    "INSERT INTO @SCHEMA@.bridgewatch_sessions AS s (session_id, initiator_id, started_at, prompted_at, earliest_at, "
    "latest_at) SELECT i.session_id, i.initiator_id, min(i.started_at), max(p.last), least(min(i.started_at), "
    "min(p.first)), greatest(max(i.started_at), max(p.last)) FROM @SCHEMA@.aibridge_interceptions AS i CROSS JOIN "
    "LATERAL (SELECT min(p.created_at) AS first, max(p.created_at) AS last FROM @SCHEMA@.aibridge_user_prompts AS p "
    "WHERE p.interception_id = i.id) AS p WHERE i.ended_at IS NOT NULL AND @RANGE@ GROUP BY 1, 2 ON CONFLICT "
    "(session_id, initiator_id) DO UPDATE SET started_at = least(s.started_at, excluded.started_at), prompted_at = "
    "greatest(s.prompted_at, excluded.prompted_at), earliest_at = least(s.earliest_at, excluded.earliest_at), "
    "latest_at "
    "= greatest(s.latest_at, excluded.latest_at);\n";

constexpr std::string_view note_batch =
    "UPDATE @SCHEMA@.bridgewatch_acceleration SET filled_to = @TO@, filled = filled + (SELECT count(*) FROM "
    "@SCHEMA@.aibridge_interceptions AS i WHERE @RANGE@);\nCOMMIT";

/// Deletes, and does not truncate: a reader whose snapshot is older still finds what was there. The triggers are noted
/// before anything is read: what they miss from here on shows.
constexpr std::string_view start_anew =
    "BEGIN; DELETE FROM @SCHEMA@.bridgewatch_counts; DELETE FROM @SCHEMA@.bridgewatch_sessions; DELETE FROM "
    "@SCHEMA@.bridgewatch_session_counts; UPDATE @SCHEMA@.bridgewatch_acceleration SET state = 'filling', "
    " triggers = @SIGNATURE@, filled_to = NULL, filled = 0, closed_to = '-infinity', since = now(); COMMIT";

/// Ready only if it was not disproved, and its triggers not changed, since it was begun.
constexpr std::string_view end_fill =
    "SELECT @SCHEMA@.bridgewatch_close_hours(); DELETE FROM @SCHEMA@.bridgewatch_session_counts; INSERT INTO "
    "@SCHEMA@.bridgewatch_session_counts SELECT initiator_id, count(*) FROM @SCHEMA@.bridgewatch_sessions GROUP BY 1; "
    "UPDATE @SCHEMA@.bridgewatch_acceleration SET state = 'ready', since = now() WHERE state = 'filling' AND triggers "
    "= "
    "@SIGNATURE@ AND @ARE_ON@;\nCOMMIT";

class filling {
  public:
    filling(pg::blocking_session& in, std::string schema, std::uint64_t batch)
        : in_{in}, schema_{std::move(schema)}, batch_{batch}
    {
    }

    result<void, std::string> run(fill_observer const& observer)
    {
        if (auto const known = look_at_columns(); !known)
            return known;
        auto const of = expected();
        if (!of)
            return of.error();
        for (int restarts = 3;;) {
            auto const now = position();
            if (!now)
                return now.error();
            if (now->is_ready)
                return analyze();
            if (now->is_void) {
                if (restarts-- == 0)
                    return std::string{"triggers of the log's tables were changed, or a table truncated, while it was "
                                       "filled: run this again"};
                if (auto const begun = restart(); !begun)
                    return begun;
                continue;
            }
            if (observer)
                observer(now->done, std::max(*of, now->done));
            if (auto const done = now->is_last ? finish() : fill_batch(*now); !done)
                return done;
        }
    }

  private:
    /// Where a batch starts and ends, as SQL literals; none is the far end.
    struct place {
        std::optional<std::string> from, to;
        std::uint64_t done = 0;
        bool is_last = false; ///< nothing is left
        bool is_ready = false;
        bool is_void = false; ///< what is filled does not count: not begun, disproved, or triggers are not as they were
    };

    [[nodiscard]] std::string script(std::string_view text) const { return acceleration_script(text, schema_); }

    result<void, std::string> look_at_columns()
    {
        auto const found = in_.query(
            "SELECT bool_or(attname = 'provider_name'), bool_or(attname = 'client') FROM pg_attribute WHERE attrelid = "
            "to_regclass($1) AND attnum > 0 AND NOT attisdropped",
            {{pg::type::text, schema_ + ".aibridge_interceptions"}});
        if (!found)
            return found.error().diag.message;
        provider_name_ = found->at(0, 0).boolean() ? "coalesce(i.provider_name, '')" : "''";
        client_ = found->at(0, 1).boolean() ? "coalesce(i.client, 'Unknown')" : "'Unknown'";
        return {};
    }

    result<std::uint64_t, std::string> expected()
    {
        auto const told = in_.query("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass($1)",
                                    {{pg::type::text, schema_ + ".aibridge_interceptions"}});
        if (!told)
            return {in_place_error, told.error().diag.message};
        return {in_place_value, static_cast<std::uint64_t>(told->at(0, 0).int64())};
    }

    result<void, std::string> restart()
    {
        auto const lock = take_fold_lock(in_, schema_);
        if (!lock)
            return lock.error();
        return run_script(in_, script(with_triggers(std::string{start_anew})));
    }

    static std::string with_triggers(std::string text)
    {
        return replaced(replaced(std::move(text), "@SIGNATURE@", signature_of_log), "@ARE_ON@", triggers_are_on);
    }

    /// Batches end with whole hours, since those are what is counted by. Where the next one ends is found among times
    /// that an hour can be added to.
    result<place, std::string> position()
    {
        auto const told = in_.query(script(
            with_triggers("SELECT filled_to::text, filled, coalesce(filled_to = 'infinity', false), state = 'ready', "
                          "coalesce(state = 'disproved' OR triggers <> @SIGNATURE@ OR NOT @ARE_ON@, true), version = " +
                          std::to_string(acceleration_version) + " FROM @SCHEMA@.bridgewatch_acceleration")));
        if (!told)
            return {in_place_error, told.error().diag.message};
        if (told->empty())
            return {in_place_error, "bridgewatch_acceleration has no row: run migrate with --drop, then without"};
        if (!told->at(0, 5).boolean())
            return {in_place_error, "the tables for sessions and counts were made by another version"};
        place out{.from = {}, .to = {}, .done = static_cast<std::uint64_t>(told->at(0, 1).int64())};
        out.is_last = told->at(0, 2).boolean();
        out.is_void = told->at(0, 4).boolean();
        out.is_ready = told->at(0, 3).boolean() && !out.is_void;
        if (!told->at(0, 0).is_null())
            out.from = "'" + std::string{told->at(0, 0).bytes()} + "'::timestamptz";
        auto const from = out.from ? " AND i.started_at >= " + *out.from : "";
        auto const next =
            in_.query(script("SELECT (date_trunc('hour', i.started_at, 'UTC') + interval '1 hour')::text FROM "
                             "@SCHEMA@.aibridge_interceptions AS i WHERE i.started_at > '-infinity' AND i.started_at < "
                             "'294276-12-31Z'" +
                             from + " ORDER BY i.started_at OFFSET " + std::to_string(batch_) + " LIMIT 1"));
        if (!next)
            return {in_place_error, next.error().diag.message};
        if (!next->empty())
            out.to = "'" + std::string{next->at(0, 0).bytes()} + "'::timestamptz";
        return out;
    }

    result<void, std::string> fill_batch(place const& now)
    {
        auto const lock = take_fold_lock(in_, schema_);
        if (!lock)
            return lock.error();
        auto const bounds = [&now](std::string_view column) {
            std::string out = "true";
            if (now.from)
                out.append(" AND ").append(column).append(" >= ").append(*now.from);
            if (now.to)
                out.append(" AND ").append(column).append(" < ").append(*now.to);
            return out;
        };
        std::string text{begin_batch};
        text.append(count_batch).append(session_batch).append(note_batch);
        text = replaced(std::move(text), "@RANGE@", bounds("i.started_at"));
        text = replaced(std::move(text), "@BUCKETS@", bounds("c.bucket"));
        text = replaced(std::move(text), "@PROVIDER_NAME@", provider_name_);
        text = replaced(std::move(text), "@CLIENT@", client_);
        text = replaced(std::move(text), "@TO@", now.to.value_or("'infinity'"));
        return run_script(in_, script(text));
    }

    result<void, std::string> finish()
    {
        auto const lock = take_fold_lock(in_, schema_);
        if (!lock)
            return lock.error();
        return run_script(in_, script(with_triggers(std::string{begin_batch} + std::string{end_fill})));
    }

    result<void, std::string> analyze()
    {
        for (auto const table : {"counts", "sessions", "session_counts"})
            if (auto const done = run_script(in_, script("VACUUM ANALYZE @SCHEMA@.bridgewatch_" + std::string{table}));
                !done)
                return done;
        return {};
    }

    pg::blocking_session& in_;
    std::string schema_;
    std::uint64_t batch_;
    std::string provider_name_, client_;
};

} // namespace

result<void, std::string> fill_acceleration(pg::blocking_session& in, fill_observer const& observer,
                                            std::uint64_t batch)
{
    auto const schema = schema_of_log(in);
    if (!schema)
        return schema.error();
    auto const state = state_of_acceleration(in);
    if (!state)
        return state.error();
    if (*state == acceleration_state::ready)
        return {};
    filling work{in, *schema, batch};
    return work.run(observer);
}

} // namespace bridgewatch::schema
