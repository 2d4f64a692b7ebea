#include "db/sql/session_table.hpp"

#include "db/sql/acceleration.hpp"
#include "db/sql/columns.hpp"
#include "db/sql/session_keys.hpp"

#include <algorithm>
#include <chrono>
#include <variant>

namespace bridgewatch::sql {
namespace {

using grammar::sys_micro;

/// As a hashed set, which keeps the order of what is asked; a join could lose it.
constexpr literal and_not_pending =
    " AND (s.session_id, s.initiator_id) NOT IN (SELECT p.session_id, p.initiator_id FROM pending AS p)";

void append_initiators(statement& out, session_search const& search, literal column)
{
    if (auto const ids = known_initiators(search))
        (out << " AND " << column << " = ANY(").bind(*ids) << ")";
}

/// ` CROSS JOIN LATERAL (…) AS m`: where the search puts session `s`; no row where nothing of it matches.
void append_position(statement& out, session_search const& search)
{
    out << " CROSS JOIN LATERAL (SELECT g.last_active_at FROM (SELECT coalesce(max(l.at), min(i.started_at)) AS "
           "last_active_at FROM aibridge_interceptions AS i CROSS JOIN LATERAL (SELECT max(p.created_at) AS at FROM "
           "aibridge_user_prompts AS p WHERE p.interception_id = i.id) AS l WHERE "
        << session_of(search.database) << " = s.session_id AND i.initiator_id = s.initiator_id AND ";
    append_row_conditions(out, conditions_of(search.where), false, search.who, search.database);
    out << ") AS g WHERE g.last_active_at IS NOT NULL OFFSET 0) AS m";
}

/// `fresh AS MATERIALIZED (…)`: pending sessions as the search finds them in the log.
void append_fresh_sessions(statement& out, session_search const& search)
{
    out << "fresh AS MATERIALIZED (SELECT s.session_id, s.initiator_id, m.last_active_at FROM pending AS s";
    append_position(out, search);
    out << " JOIN visible_users AS v ON v.id = s.initiator_id WHERE true";
    append_initiators(out, search, "s.initiator_id");
    out << ")";
}

/// The table's own part of a page. The limit is written out too where it can be: see page_of_interceptions.
void append_limit(statement& out, std::int64_t limit, std::int64_t offset)
{
    constexpr std::int64_t most = 1001;
    if (offset == 0 && limit <= most)
        out << " LIMIT 1001";
    else
        (out << " LIMIT ").bind(limit + offset);
}

void append_table_page(statement& out, session_search const& search, std::int64_t limit, std::int64_t offset)
{
    auto const ids = known_initiators(search);
    if (!ids) {
        out << select_keys
            << "FROM bridgewatch_sessions AS s JOIN visible_users AS v ON v.id = s.initiator_id WHERE true";
    } else { // each initiator's newest are a stretch of an index
        (out << "SELECT s.session_id, s.initiator_id, s.last_active_at FROM unnest(").bind(*ids)
            << ") AS u (id) JOIN visible_users AS v ON v.id = u.id CROSS JOIN LATERAL (" << select_keys
            << "FROM bridgewatch_sessions AS s WHERE s.initiator_id = u.id";
    }
    append_after(out, search, " AND ");
    out << and_not_pending << in_list_order;
    append_limit(out, limit, offset);
    if (ids)
        out << ") AS s";
}

/// Of candidates `s` of a walk.
void append_candidate_conditions(statement& out, session_search const& search)
{
    append_initiators(out, search, "s.initiator_id");
    for (auto const& one : search.where.root.nodes) {
        auto const* const within = start_range(one);
        if (within != nullptr && within->from)
            (out << " AND s.latest_at >= ").bind(*within->from);
    }
}

void append_walk(statement& out, session_search const& search, table_walk const& walk)
{
    out << "FROM bridgewatch_sessions AS s WHERE true";
    if (walk.below)
        (out << " AND s.latest_at < ").bind(*walk.below);
    append_candidate_conditions(out, search);
    out << " ORDER BY s.latest_at DESC";
}

/// ` UNION ALL …`: sessions at work at that time. Those that end within a day after it are a stretch of one index, the
/// others are in another that has only long ones.
void append_sessions_at(statement& out, session_search const& search, sys_micro top)
{
    constexpr std::chrono::hours usual_length{24};
    auto const ended = top > sys_micro::max() - usual_length ? sys_micro::max() : top + usual_length;
    auto const append = [&](bool is_long) {
        out << " UNION ALL SELECT s.session_id, s.initiator_id FROM bridgewatch_sessions AS s WHERE s.earliest_at <= ";
        out.bind(top);
        if (is_long)
            (out
             << " AND CASE WHEN isfinite(s.earliest_at) AND isfinite(s.latest_at) THEN s.latest_at - s.earliest_at > "
                "'24:00:00' ELSE true END AND s.latest_at > ")
                .bind(ended);
        else
            ((out << " AND s.latest_at >= ").bind(top) << " AND s.latest_at <= ").bind(ended);
        append_candidate_conditions(out, search);
        out << and_not_pending;
    };
    append(false);
    append(true);
}

} // namespace

bool is_in_table(session_search const& search)
{
    auto const& nodes = search.where.root.nodes;
    return nodes.empty() || (nodes.size() == 1 && !search.who.only_initiator &&
                             std::holds_alternative<grammar::initiator_is>(nodes.front().value));
}

statement page_of_table(session_search const& search, std::int64_t limit, std::int64_t offset)
{
    statement out{question::sessions_page};
    out << "WITH ";
    append_pending_sessions(out);
    out << ", ";
    append_fresh_sessions(out, search);
    out << " " << select_keys << "FROM ((";
    append_table_page(out, search, limit, offset);
    out << ") UNION ALL (" << select_keys << "FROM fresh AS s WHERE true";
    append_after(out, search, " AND ");
    (out << ")) AS s" << in_list_order << " LIMIT ").bind(limit);
    if (offset != 0)
        (out << " OFFSET ").bind(offset);
    return out;
}

statement count_of_table(session_search const& search, std::optional<std::int64_t> cap)
{
    statement out{question::sessions_count};
    out << "WITH ";
    append_pending_sessions(out);
    out << " SELECT ";
    if (cap)
        (out << "least(").bind(*cap) << ", ";
    out << "(coalesce((SELECT sum(c.n) FROM bridgewatch_session_counts AS c JOIN visible_users AS v ON v.id = "
           "c.initiator_id WHERE true";
    append_initiators(out, search, "c.initiator_id");
    out << "), 0) + coalesce((SELECT sum(EXISTS (SELECT 1 FROM aibridge_interceptions AS i WHERE "
        << session_of(search.database)
        << " = p.session_id AND i.initiator_id = p.initiator_id AND i.ended_at IS NOT NULL)::integer - EXISTS (SELECT "
           "1 "
           "FROM bridgewatch_sessions AS s WHERE s.session_id = p.session_id AND s.initiator_id = "
           "p.initiator_id)::integer) FROM pending AS p JOIN visible_users AS v ON v.id = p.initiator_id WHERE true";
    append_initiators(out, search, "p.initiator_id");
    out << "), 0))::bigint" << (cap ? literal{")"} : literal{""});
    return out;
}

std::optional<sys_micro> top_of_walk(session_search const& search)
{
    auto top = started_before(search);
    if (search.after)
        top = top ? std::min(*top, search.after->last_active_at) : search.after->last_active_at;
    return top;
}

statement sessions_outside_walk(session_search const& search, std::optional<sys_micro> top)
{
    statement out{question::sessions_page};
    out << "WITH ";
    append_pending_sessions(out);
    out << " SELECT s.session_id, s.initiator_id, m.last_active_at FROM (SELECT p.session_id, p.initiator_id FROM "
           "pending "
           "AS p";
    if (top)
        append_sessions_at(out, search, *top);
    out << ") AS s";
    append_position(out, search);
    out << " JOIN visible_users AS v ON v.id = s.initiator_id WHERE true";
    append_after(out, search, " AND ", "m.last_active_at");
    return out;
}

statement visited_sessions(session_search const& search, table_walk const& walk)
{
    statement out{question::sessions_page};
    out << "WITH ";
    append_pending_sessions(out);
    out << " SELECT s.session_id, s.initiator_id, m.last_active_at, s.latest_at FROM (SELECT s.session_id, "
           "s.initiator_id, s.latest_at ";
    append_walk(out, search, walk);
    (out << " FETCH FIRST ").bind(walk.budget) << " ROWS WITH TIES) AS s";
    append_position(out, search);
    out << " JOIN visible_users AS v ON v.id = s.initiator_id WHERE true" << and_not_pending;
    (out << " ORDER BY s.latest_at DESC LIMIT ").bind(walk.matches);
    return out;
}

statement behind_walk(session_search const& search, table_walk const& walk)
{
    statement out{question::sessions_page};
    out << "SELECT s.latest_at ";
    append_walk(out, search, walk);
    (out << " OFFSET ").bind(walk.budget) << " LIMIT 1";
    return out;
}

statement estimate_of_range(session_search const& search)
{
    statement out{question::sessions_estimate};
    out << "EXPLAIN (FORMAT JSON) SELECT 1 FROM aibridge_interceptions AS i WHERE true";
    for (auto const& one : search.where.root.nodes)
        if (start_range(one) != nullptr)
            append_conditions(out, {&one}, search.database);
    return out;
}

} // namespace bridgewatch::sql
