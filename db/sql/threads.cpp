#include "db/sql/threads.hpp"

#include "db/sql/columns.hpp"

namespace bridgewatch::sql {
namespace {

void append_members(statement& out, session_scope const& session)
{
    out << "FROM aibridge_interceptions AS i WHERE ";
    append_member_conditions(out, session);
}

void append_beyond(statement& out, literal comparison, grammar::uuid const& cursor)
{
    (out << " AND (i.started_at, i.id) " << comparison
         << " (SELECT c.started_at, c.id FROM aibridge_interceptions AS c WHERE c.id = ")
            .bind(cursor)
        << ")";
}

} // namespace

statement page_of_threads(session_scope const& session, thread_bounds const& bounds)
{
    statement out{question::session};
    out << "SELECT i.id ";
    append_members(out, session);
    out << " AND " << is_root(session.database);
    if (bounds.after)
        append_beyond(out, ">", *bounds.after);
    if (bounds.before)
        append_beyond(out, "<", *bounds.before);
    out << (bounds.before ? literal{" ORDER BY i.started_at DESC, i.id DESC LIMIT "}
                          : literal{" ORDER BY i.started_at, i.id LIMIT "});
    out.bind(bounds.limit);
    return out;
}

statement thread_exists(session_scope const& session, grammar::uuid const& thread)
{
    statement out{question::session};
    out << "SELECT true ";
    append_members(out, session);
    (out << " AND " << is_root(session.database) << " AND i.id = ").bind(thread);
    return out;
}

statement members_of_threads(session_scope const& session, std::vector<grammar::uuid> const& threads)
{
    auto const& has = session.database.interceptions;
    statement out{question::session};
    out << "SELECT " << (has.thread_root_id ? literal{"coalesce(i.thread_root_id, i.id)"} : literal{"i.id"})
        << " AS thread, i.id, i.provider, i.model";
    optional_column(out, has.credential_kind, "i.credential_kind::text", "NULL::text AS credential_kind");
    optional_column(out, has.credential_hint, "i.credential_hint", "NULL::text AS credential_hint");
    optional_column(out, has.error_type, "i.error_type::text", "NULL::text AS error_type");
    optional_column(out, has.error_message, "i.error_message", "NULL::text AS error_message");
    out << ", i.started_at";
    optional_column(out, has.ended_at, "i.ended_at", "NULL::timestamptz AS ended_at");
    out << " ";
    append_members(out, session);
    (out << " AND (i.id = ANY(").bind(threads) << ")";
    if (has.thread_root_id)
        (out << " AND i.thread_root_id IS NULL OR i.thread_root_id = ANY(").bind(threads) << ")";
    out << ") ORDER BY i.started_at, i.id";
    return out;
}

statement first_prompts_of(std::vector<grammar::uuid> const& interceptions)
{
    statement out{question::user_prompts};
    (out << "SELECT DISTINCT ON (p.interception_id) p.interception_id, p.prompt FROM aibridge_user_prompts AS p WHERE "
            "p.interception_id = ANY(")
            .bind(interceptions)
        << ") ORDER BY p.interception_id, p.created_at, p.id";
    return out;
}

statement thoughts_of(std::vector<grammar::uuid> const& interceptions)
{
    statement out{question::model_thoughts};
    (out << "SELECT h.interception_id, h.content FROM aibridge_model_thoughts AS h WHERE h.interception_id = ANY(")
            .bind(interceptions)
        << ") ORDER BY h.interception_id, h.created_at, h.content";
    return out;
}

} // namespace bridgewatch::sql
