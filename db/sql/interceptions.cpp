#include "db/sql/interceptions.hpp"

namespace bridgewatch::sql {
namespace {

/// `, column`, or a NULL of its type in its place where this database does not have it.
void optional_column(statement& out, bool exists, literal column, literal absent)
{
    out << ", " << (exists ? column : absent);
}

void append_select_list(statement& out, schema::shape const& database)
{
    auto const& has = database.interceptions;
    out << "SELECT i.id";
    optional_column(out, has.api_key_id, "i.api_key_id", "NULL::text AS api_key_id");
    out << ", i.initiator_id, v.username";
    optional_column(out, database.visible_users.name, "v.name", "''::text AS name");
    out << ", v.avatar_url, i.provider, i.model";
    optional_column(out, has.provider_name, "i.provider_name", "NULL::text AS provider_name");
    optional_column(out, has.client, "i.client", "NULL::text AS client");
    optional_column(out, has.session_id, "i.session_id", "NULL::text AS session_id");
    optional_column(out, has.metadata, "i.metadata", "NULL::jsonb AS metadata");
    out << ", i.started_at";
    optional_column(out, has.ended_at, "i.ended_at", "NULL::timestamptz AS ended_at");
    out << " ";
}

} // namespace

statement page_of_interceptions(grammar::filter const& where, visibility const& who, page_bounds const& bounds,
                                schema::shape const& database)
{
    statement out;
    // The inner LIMIT is the largest that a caller may ask for, written out: with `LIMIT $n` alone a generic plan
    // expects a tenth of the table and may choose to sort it. Both limits end the same index walk.
    bool const nested = bounds.offset == 0;
    if (nested)
        out << "SELECT * FROM (";
    append_select_list(out, database);
    append_matching(out, where, who, database);
    if (bounds.after) {
        // A row comparison, which one descent of the index on (started_at DESC, id DESC) answers; the
        // spelled-out OR form reads everything before the cursor.
        out << " AND (i.started_at, i.id) < (SELECT c.started_at, c.id FROM aibridge_interceptions AS c WHERE c.id = ";
        out.bind(*bounds.after);
        if (who.only_initiator)
            (out << " AND c.initiator_id = ").bind(*who.only_initiator);
        out << ")";
    }
    out << " ORDER BY i.started_at DESC, i.id DESC";
    if (nested)
        out << " LIMIT 1000) AS page ORDER BY started_at DESC, id DESC";
    (out << " LIMIT ").bind(bounds.limit);
    if (!nested)
        (out << " OFFSET ").bind(bounds.offset);
    return out;
}

statement count_of_interceptions(grammar::filter const& where, visibility const& who, std::optional<std::int64_t> cap,
                                 schema::shape const& database)
{
    statement out;
    if (!cap) {
        out << "SELECT count(*) ";
        append_matching(out, where, who, database);
        return out;
    }
    out << "SELECT count(*) FROM (SELECT 1 ";
    append_matching(out, where, who, database);
    (out << " LIMIT ").bind(*cap) << ") AS capped";
    return out;
}

statement cursor_exists(grammar::uuid const& id, visibility const& who)
{
    statement out;
    (out << "SELECT true FROM aibridge_interceptions AS i WHERE i.id = ").bind(id);
    if (who.only_initiator)
        (out << " AND i.initiator_id = ").bind(*who.only_initiator);
    return out;
}

statement token_usages_of(std::vector<grammar::uuid> const& interceptions, schema::shape const& database)
{
    statement out;
    out << "SELECT t.id, t.interception_id, t.provider_response_id, t.input_tokens, t.output_tokens";
    optional_column(out, database.token_usages.cache_read_input_tokens, "t.cache_read_input_tokens", "NULL::bigint");
    optional_column(out, database.token_usages.cache_write_input_tokens, "t.cache_write_input_tokens", "NULL::bigint");
    (out << ", t.metadata, t.created_at FROM aibridge_token_usages AS t WHERE t.interception_id = ANY(")
        .bind(interceptions);
    out << ") ORDER BY t.interception_id, t.created_at, t.id";
    return out;
}

statement user_prompts_of(std::vector<grammar::uuid> const& interceptions)
{
    statement out;
    out << "SELECT p.id, p.interception_id, p.provider_response_id, p.prompt, p.metadata, p.created_at "
           "FROM aibridge_user_prompts AS p WHERE p.interception_id = ANY(";
    out.bind(interceptions) << ") ORDER BY p.interception_id, p.created_at, p.id";
    return out;
}

statement tool_usages_of(std::vector<grammar::uuid> const& interceptions)
{
    statement out;
    out << "SELECT c.id, c.interception_id, c.provider_response_id, c.server_url, c.tool, c.input, c.injected, "
           "c.invocation_error, "
           "c.metadata, c.created_at FROM aibridge_tool_usages AS c WHERE c.interception_id = ANY(";
    out.bind(interceptions) << ") ORDER BY c.interception_id, c.created_at, c.id";
    return out;
}

} // namespace bridgewatch::sql
