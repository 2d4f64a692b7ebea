#include "db/sql/sessions.hpp"

#include "db/sql/arms.hpp"
#include "db/sql/columns.hpp"
#include "db/sql/session_keys.hpp"

#include <algorithm>
#include <variant>

namespace bridgewatch::sql {
namespace {

/// The conditions of a matching row `i`, its initiator's visibility aside.
void append_row(statement& out, session_search const& search)
{
    append_row_conditions(out, conditions_of(search.where), search.where.includes_inflight, search.who,
                          search.database);
}

void append_walked_prompts(statement& out, session_search const& search)
{
    out << "FROM aibridge_user_prompts AS p";
    if (search.after)
        (out << " WHERE p.created_at <= ").bind(search.after->last_active_at);
    out << " ORDER BY p.created_at DESC";
}

/// With ties: else a session whose time is also that of the last row could be missing, and nobody would know.
void append_budget(statement& out, walk_bounds const& bounds)
{
    (out << " FETCH FIRST ").bind(bounds.budget) << " ROWS WITH TIES)";
}

/// What is behind the budget.
void append_beyond(statement& out, walk_bounds const& bounds)
{
    (out << " OFFSET ").bind(bounds.budget) << " LIMIT 1";
}

/// `(SELECT id, created_at, interception_id …)`: the newest prompts, as many as the budget allows.
void append_prompts(statement& out, session_search const& search, walk_bounds const& bounds)
{
    out << "(SELECT p.id, p.created_at, p.interception_id ";
    append_walked_prompts(out, search);
    append_budget(out, bounds);
}

/// Likewise, and only those of the initiators. Both sides are read from an index alone and hashed: OFFSET 0 keeps the
/// planner from looking each prompt's interception up.
void append_prompts_of_initiators(statement& out, session_search const& search, walk_bounds const& bounds)
{
    out << "(SELECT p.id, p.created_at, p.interception_id FROM ";
    append_prompts(out, search, bounds);
    out << " AS p JOIN (SELECT i.id FROM aibridge_interceptions AS i WHERE i.initiator_id = ANY(";
    out.bind(known_initiators(search).value()) << ") AND i.ended_at IS NOT NULL OFFSET 0) AS i ON i.id = "
                                                  "p.interception_id ORDER BY p.created_at DESC OFFSET 0)";
}

/// ` CROSS JOIN LATERAL … AS m JOIN visible_users AS v …`: session and initiator of the row whose id is given, where it
/// matches. OFFSET 0 keeps the walk's order: without it the planner may join the other way round and sort.
void append_matching_by_id(statement& out, session_search const& search, literal id)
{
    out << " CROSS JOIN LATERAL (SELECT " << session_of(search.database)
        << " AS session_id, i.initiator_id FROM aibridge_interceptions AS i WHERE i.id = " << id << " AND ";
    append_row(out, search);
    out << " OFFSET 0) AS m JOIN visible_users AS v ON v.id = m.initiator_id";
}

/// A matching row `i` of the same session as `s`.
void append_same_session(statement& out, session_search const& search)
{
    out << session_of(search.database) << " = s.session_id AND i.initiator_id = s.initiator_id AND ";
    append_row(out, search);
}

void append_walked_interceptions(statement& out, session_search const& search, std::optional<grammar::sys_micro> since,
                                 bool by_initiator)
{
    out << "FROM aibridge_interceptions AS i WHERE true";
    if (search.after)
        (out << " AND i.started_at <= ").bind(search.after->last_active_at);
    if (since)
        (out << " AND i.started_at >= ").bind(*since);
    if (by_initiator) // in the words of the index on initiators
        (out << " AND i.ended_at IS NOT NULL AND i.initiator_id = ANY(").bind(known_initiators(search).value()) << ")";
    out << " ORDER BY i.started_at DESC";
}

/// Every matching interception once: `id, session_id, initiator_id, started_at`.
/// @param session only of this one
void append_matching_rows(statement& out, session_search const& search, std::optional<std::string_view> session = {},
                          std::optional<grammar::uuid> const& initiator = {})
{
    arms const from{search.where, search.database};
    for (auto const& arm : from.each()) {
        out << (&arm == from.each().data() ? literal{"SELECT i.id, "} : literal{" UNION SELECT i.id, "})
            << session_of(search.database) << " AS session_id, i.initiator_id, i.started_at ";
        append_matching(out, arm, search.where.includes_inflight, search.who, search.database);
        if (session)
            (out << " AND " << session_of(search.database) << " = ").bind(*session);
        if (initiator)
            (out << " AND i.initiator_id = ").bind(*initiator);
    }
}

/// `(SELECT session_id, initiator_id, last_active_at …) AS s`, from all that matches. The latest prompt of each row is
/// one descent of the index on (interception_id, created_at DESC); as a join of all prompts it was three times as slow.
void append_grouped(statement& out, session_search const& search, std::optional<std::string_view> session = {},
                    std::optional<grammar::uuid> const& initiator = {})
{
    out << "SELECT m.session_id, m.initiator_id, coalesce(max(l.at), min(m.started_at)) AS last_active_at FROM (";
    append_matching_rows(out, search, session, initiator);
    out << ") AS m CROSS JOIN LATERAL (SELECT max(p.created_at) AS at FROM aibridge_user_prompts AS p WHERE "
           "p.interception_id = m.id) AS l GROUP BY m.session_id, m.initiator_id) AS s";
}

} // namespace

bool has_session_index(session_search const& search)
{
    auto const& has = search.database.interceptions;
    return has.session_id && has.ended_at && !search.where.includes_inflight;
}

statement walk_of_prompts(session_search const& search, walk_bounds const& bounds)
{
    statement out{question::sessions_page};
    out << select_keys
        << "FROM (SELECT m.session_id, m.initiator_id, p.created_at AS last_active_at, p.id AS prompt_id FROM ";
    if (bounds.by_initiator)
        append_prompts_of_initiators(out, search, bounds);
    else
        append_prompts(out, search, bounds);
    out << " AS p";
    append_matching_by_id(out, search, "p.interception_id");
    out << ") AS s WHERE NOT EXISTS (SELECT 1 FROM aibridge_interceptions AS i JOIN aibridge_user_prompts AS p ON "
           "p.interception_id = i.id WHERE ";
    append_same_session(out, search);
    out << " AND (p.created_at, p.id) > (s.last_active_at, s.prompt_id) OFFSET 0)";
    append_after(out, search, " AND ");
    (out << in_list_order << " LIMIT ").bind(bounds.wanted);
    return out;
}

statement prompts_beyond(session_search const& search, walk_bounds const& bounds)
{
    statement out{question::sessions_page};
    out << "SELECT true ";
    append_walked_prompts(out, search);
    append_beyond(out, bounds);
    return out;
}

statement walk_of_interceptions(session_search const& search, walk_bounds const& bounds,
                                std::optional<grammar::sys_micro> since)
{
    statement out{question::sessions_page};
    out << select_keys
        << "FROM (SELECT m.session_id, m.initiator_id, w.started_at AS last_active_at, w.id FROM (SELECT i.id, "
           "i.started_at ";
    append_walked_interceptions(out, search, since, bounds.by_initiator);
    append_budget(out, bounds);
    out << " AS w";
    append_matching_by_id(out, search, "w.id");
    // Most have a prompt, which an index tells: they start no session without one.
    out << " WHERE NOT EXISTS (SELECT 1 FROM aibridge_user_prompts AS p WHERE p.interception_id = w.id OFFSET 0)) AS s "
           "WHERE NOT EXISTS (SELECT 1 FROM aibridge_interceptions AS i WHERE ";
    append_same_session(out, search);
    out << " AND ((i.started_at, i.id) < (s.last_active_at, s.id) OR EXISTS (SELECT 1 FROM aibridge_user_prompts AS p "
           "WHERE p.interception_id = i.id)) OFFSET 0)";
    append_after(out, search, " AND ");
    (out << in_list_order << " LIMIT ").bind(bounds.wanted);
    return out;
}

statement interceptions_beyond(session_search const& search, walk_bounds const& bounds,
                               std::optional<grammar::sys_micro> since)
{
    statement out{question::sessions_page};
    out << "SELECT true ";
    append_walked_interceptions(out, search, since, bounds.by_initiator);
    append_beyond(out, bounds);
    return out;
}

statement grouped_sessions(session_search const& search, std::int64_t limit, std::int64_t offset)
{
    statement out{question::sessions_page};
    out << select_keys << "FROM (";
    append_grouped(out, search);
    append_after(out, search, " WHERE ");
    (out << in_list_order << " LIMIT ").bind(limit);
    if (offset != 0)
        (out << " OFFSET ").bind(offset);
    return out;
}

statement ordered_sessions(std::vector<session_position> const& which)
{
    std::vector<std::string> sessions(which.size());
    std::vector<grammar::uuid> initiators(which.size());
    std::vector<grammar::sys_micro> times(which.size());
    std::ranges::transform(which, sessions.begin(), &session_position::session_id);
    std::ranges::transform(which, initiators.begin(), &session_position::initiator_id);
    std::ranges::transform(which, times.begin(), &session_position::last_active_at);
    statement out{question::sessions_page};
    (out << "SELECT s.session_id, s.initiator_id, s.last_active_at FROM unnest(").bind(sessions) << ", ";
    out.bind(initiators) << ", ";
    out.bind(times) << ") AS s (session_id, initiator_id, last_active_at)" << in_list_order;
    return out;
}

statement position_of_session(session_search const& search, std::string_view session_id,
                              std::optional<grammar::uuid> const& initiator, of_several which)
{
    statement out{question::session};
    out << select_keys << "FROM (";
    append_grouped(out, search, session_id, initiator);
    out << (which == of_several::most_recent ? literal{" ORDER BY s.last_active_at DESC, s.initiator_id DESC LIMIT 1"}
                                             : literal{" ORDER BY s.last_active_at, s.initiator_id LIMIT 1"});
    return out;
}

statement count_of_sessions(session_search const& search, std::optional<std::int64_t> cap)
{
    statement out{question::sessions_count};
    out << "SELECT count(*) FROM (SELECT m.session_id, m.initiator_id FROM (";
    append_matching_rows(out, search);
    out << ") AS m GROUP BY m.session_id, m.initiator_id";
    if (cap)
        (out << " LIMIT ").bind(*cap);
    out << ") AS s";
    return out;
}

statement estimate_of_matching(session_search const& search)
{
    statement out{question::sessions_estimate};
    out << "EXPLAIN (FORMAT JSON) ";
    append_matching_rows(out, search);
    return out;
}

statement estimate_of_interceptions()
{
    statement out{question::sessions_estimate};
    out << "EXPLAIN (FORMAT JSON) SELECT 1 FROM aibridge_interceptions";
    return out;
}

statement estimate_of_newest_prompt()
{
    statement out{question::sessions_estimate};
    out << "EXPLAIN (FORMAT JSON) SELECT p.id FROM aibridge_user_prompts AS p ORDER BY p.created_at DESC LIMIT 1";
    return out;
}

statement estimate_of_prompts_since(session_search const& search, grammar::sys_micro since)
{
    statement out{question::sessions_estimate};
    (out << "EXPLAIN (FORMAT JSON) SELECT 1 FROM aibridge_user_prompts AS p WHERE p.created_at >= ").bind(since);
    if (search.after)
        (out << " AND p.created_at <= ").bind(search.after->last_active_at);
    return out;
}

std::optional<std::vector<grammar::uuid>> known_initiators(session_search const& search)
{
    if (search.who.only_initiator)
        return std::vector{*search.who.only_initiator};
    for (auto const& one : search.where.root.nodes) {
        auto const* const named = std::get_if<grammar::initiator_is>(&one.value);
        if (named == nullptr)
            continue;
        std::vector<grammar::uuid> ids;
        for (auto const& user : named->any_of) // by name and by id it may be the same one
            if (std::ranges::find(ids, user.id.value()) == ids.end())
                ids.push_back(*user.id);
        return ids;
    }
    return {};
}

std::optional<grammar::sys_micro> started_before(session_search const& search)
{
    std::optional<grammar::sys_micro> out;
    for (auto const& one : search.where.root.nodes) {
        auto const* const within = start_range(one);
        if (within != nullptr && within->before)
            out = out ? std::min(*out, *within->before) : *within->before;
    }
    return out;
}

} // namespace bridgewatch::sql
