#include "db/sql/session_rows.hpp"

#include "db/sql/columns.hpp"

#include <algorithm>

namespace bridgewatch::sql {
namespace {

/// `, i.column` for what the database has of the columns that conditions and results look at.
void append_known_columns(statement& out, schema::shape const& database)
{
    auto const& has = database.interceptions;

    struct known {
        bool exists;
        literal column;
    };

    known const columns[] = {
        {has.metadata, ", i.metadata"},           {has.ended_at, ", i.ended_at"},
        {has.api_key_id, ", i.api_key_id"},       {has.client, ", i.client"},
        {has.session_id, ", i.session_id"},       {has.client_session_id, ", i.client_session_id"},
        {has.provider_name, ", i.provider_name"}, {has.thread_root_id, ", i.thread_root_id"},
        {has.error_type, ", i.error_type"},       {has.error_message, ", i.error_message"},
        {has.annotations, ", i.annotations"},
    };
    out << "i.id, i.initiator_id, i.provider, i.model, i.started_at";
    for (auto const& [exists, column] : columns)
        out << (exists ? column : literal{""});
}

/// `WITH members AS …`: read once, where they would be searched for once for each session of the page, and in vain.
void append_members_first(statement& out, session_search const& search, std::vector<std::string> const& sessions)
{
    if (has_session_index(search))
        return;
    out << "WITH members AS MATERIALIZED (SELECT ";
    append_known_columns(out, search.database);
    (out << " FROM aibridge_interceptions AS i WHERE " << session_of(search.database) << " = ANY(").bind(sessions)
        << ")) ";
}

/// `FROM … WHERE …`: the interceptions `i` of session `k`.
void append_members(statement& out, session_search const& search, condition_list const& conditions)
{
    out << (has_session_index(search) ? literal{"FROM aibridge_interceptions"} : literal{"FROM members"})
        << " AS i WHERE " << session_of(search.database) << " = k.session_id AND i.initiator_id = k.initiator_id AND ";
    append_row_conditions(out, conditions, search.where.includes_inflight, search.who, search.database);
}

literal end_of(schema::shape const& database)
{
    return database.interceptions.ended_at ? literal{"max(i.ended_at)"} : literal{"NULL::timestamptz"};
}

void append_columns(statement& out, schema::shape const& database)
{
    out << "SELECT k.session_id, k.initiator_id, v.username";
    optional_column(out, database.visible_users.name, "v.name", "''::text AS name");
    out << ", v.avatar_url, a.providers, a.models, f.client, f.metadata, m.started_at, m.ended_at, m.threads, "
           "u.input_tokens, u.output_tokens, u.cache_read_input_tokens, u.cache_write_input_tokens, l.prompt ";
}

void append_sums(statement& out, schema::shape const& database)
{
    out << "coalesce(sum(t.input_tokens), 0)::text AS input_tokens, coalesce(sum(t.output_tokens), 0)::text AS "
           "output_tokens";
    optional_column(out, database.token_usages.cache_read_input_tokens,
                    "coalesce(sum(t.cache_read_input_tokens), 0)::text AS cache_read_input_tokens",
                    "'0'::text AS cache_read_input_tokens");
    optional_column(out, database.token_usages.cache_write_input_tokens,
                    "coalesce(sum(t.cache_write_input_tokens), 0)::text AS cache_write_input_tokens",
                    "'0'::text AS cache_write_input_tokens");
}

/// ` CROSS JOIN LATERAL (…) AS f`: what comes from the earliest interception.
void append_first(statement& out, session_search const& search)
{
    auto const& has = search.database.interceptions;
    out << " CROSS JOIN LATERAL (SELECT " << (has.client ? literal{"i.client"} : literal{"NULL::text AS client"});
    optional_column(out, has.metadata, "i.metadata", "NULL::jsonb AS metadata");
    out << " ";
    append_members(out, search, {});
    out << " ORDER BY i.started_at, i.id LIMIT 1) AS f";
}

/// The rest of the CTE that metadata is summed by. Its first part gives `thread, interception, path, value`, where path
/// is NULL for a whole document.
void append_leaves(statement& out)
{
    // jsonb_each is given an object in every case: nothing says that PostgreSQL looks at a WHERE before it calls it.
    out << " UNION ALL SELECT d.thread, d.interception, CASE WHEN d.path IS NULL THEN e.key ELSE d.path || '.' || "
           "e.key END, e.value FROM documents AS d, jsonb_each(CASE WHEN jsonb_typeof(d.value) = 'object' THEN d.value "
           "ELSE '{}' END) AS e WHERE jsonb_typeof(d.value) = 'object'), leaves AS (SELECT d.thread, d.interception, "
           "d.path, CASE WHEN jsonb_typeof(d.value) = 'number' THEN d.value::numeric END AS value FROM documents AS d "
           "WHERE d.path IS NOT NULL) ";
}

} // namespace

statement rows_of_sessions(session_search const& search, std::vector<session_position> const& which)
{
    std::vector<std::string> sessions(which.size());
    std::vector<grammar::uuid> initiators(which.size());
    std::ranges::transform(which, sessions.begin(), &session_position::session_id);
    std::ranges::transform(which, initiators.begin(), &session_position::initiator_id);
    auto const& database = search.database;

    statement out{question::sessions_rows};
    append_members_first(out, search, sessions);
    append_columns(out, database);
    (out << "FROM unnest(").bind(sessions) << ", ";
    out.bind(initiators) << ") WITH ORDINALITY AS k (session_id, initiator_id, number) JOIN visible_users AS v ON v.id "
                            "= k.initiator_id CROSS JOIN LATERAL (SELECT min(i.started_at) AS started_at, "
                         << end_of(database) << " AS ended_at, count(*) FILTER (WHERE " << is_root(database)
                         << ") AS threads ";
    append_members(out, search, conditions_of(search.where));
    out << ") AS m CROSS JOIN LATERAL (SELECT array_agg(i.id) AS ids, array_to_json(array_agg(DISTINCT i.provider "
           "ORDER "
           "BY i.provider))::text AS providers, array_to_json(array_agg(DISTINCT i.model ORDER BY i.model))::text AS "
           "models ";
    append_members(out, search, {});
    out << ") AS a";
    append_first(out, search);
    out << " CROSS JOIN LATERAL (SELECT ";
    append_sums(out, database);
    // The latest prompt is found in an index first: its text is read once.
    out << " FROM aibridge_token_usages AS t WHERE t.interception_id = ANY(a.ids)) AS u LEFT JOIN LATERAL (SELECT "
           "q.prompt FROM aibridge_user_prompts AS q WHERE q.id = (SELECT p.id FROM aibridge_user_prompts AS p WHERE "
           "p.interception_id = ANY(a.ids) ORDER BY p.created_at DESC, p.id DESC LIMIT 1)) AS l ON true ORDER BY "
           "k.number";
    return out;
}

statement token_sums_of(thread_members const& of, schema::shape const& database)
{
    statement out{question::session_sums};
    out << "SELECT g.thread, g.interception, ";
    append_sums(out, database);
    (out << " FROM unnest(").bind(of.threads) << ", ";
    out.bind(of.interceptions) << ") AS g (thread, interception) JOIN aibridge_token_usages AS t ON t.interception_id "
                                  "= g.interception GROUP BY "
                                  "GROUPING SETS ((g.thread), (g.thread, g.interception))";
    return out;
}

statement metadata_sums_of(thread_members const& of)
{
    statement out{question::session_sums};
    (out
     << "WITH RECURSIVE documents AS (SELECT g.thread, g.interception, NULL::text AS path, t.metadata AS value FROM "
        "unnest(")
            .bind(of.threads)
        << ", ";
    out.bind(of.interceptions)
        << ") AS g (thread, interception) JOIN aibridge_token_usages AS t ON t.interception_id = g.interception";
    append_leaves(out);
    out << "SELECT f.thread, f.interception, f.path, sum(f.value)::text FROM leaves AS f WHERE scale(f.value) = 0 "
           "GROUP BY GROUPING SETS "
           "((f.thread, f.path), (f.thread, f.interception, f.path)) ORDER BY f.path COLLATE \"C\"";
    return out;
}

statement metadata_sums_of_session(session_scope const& session)
{
    statement out{question::session_sums};
    out << "WITH RECURSIVE documents AS (SELECT NULL::uuid AS thread, NULL::uuid AS interception, NULL::text AS path, "
           "t.metadata AS value FROM aibridge_interceptions AS i JOIN aibridge_token_usages AS t ON t.interception_id "
           "= i.id WHERE ";
    append_member_conditions(out, session);
    append_leaves(out);
    out << "SELECT NULL::uuid, NULL::uuid, f.path, sum(f.value)::text FROM leaves AS f WHERE scale(f.value) = 0 GROUP "
           "BY f.path ORDER BY f.path "
           "COLLATE \"C\"";
    return out;
}

void append_member_conditions(statement& out, session_scope const& session)
{
    (out << session_of(session.database) << " = ").bind(std::string_view{session.of.session_id});
    (out << " AND i.initiator_id = ").bind(session.of.initiator_id) << " AND ";
    append_row_conditions(out, {}, false, session.who, session.database);
}

} // namespace bridgewatch::sql
