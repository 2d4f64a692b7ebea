#include "db/sql/children.hpp"

#include "db/sql/columns.hpp"

namespace bridgewatch::sql {
namespace {

/// Writes `, <text>`, or NULL in its place where a value of the row is too wide. `<also>` is a text that may be NULL.
void select_text(statement& out, literal text, std::optional<literal> also, std::optional<std::int64_t> widest)
{
    if (!widest) {
        out << ", " << text;
        return;
    }
    (out << ", CASE WHEN octet_length(" << text << ") <= ").bind(*widest);
    if (also)
        (out << " AND (" << *also << " IS NULL OR octet_length(" << *also << ") <= ").bind(*widest) << ")";
    out << " THEN " << text << " END";
}

/// Bytes of a JSON value. A short stored one may have been compressed, to a hundredth at most.
void add_json_size(statement& out, literal column)
{
    out << " + CASE WHEN pg_column_size(" << column << ") > 512 THEN octet_length(" << column
        << "::text) ELSE coalesce(pg_column_size(" << column << "), 0) END";
}

/// Bytes of a child: its texts, and what its other columns take in an answer.
void append_size(statement& out, child_list list)
{
    switch (list) {
    case child_list::token_usages:
        out << "300::bigint + octet_length(t.provider_response_id)";
        add_json_size(out, "t.metadata");
        break;
    case child_list::user_prompts:
        out << "200::bigint + octet_length(p.provider_response_id) + octet_length(p.prompt)";
        add_json_size(out, "p.metadata");
        break;
    case child_list::tool_usages:
        out << "300::bigint + octet_length(c.provider_response_id) + octet_length(c.tool) + octet_length(c.input) + "
               "coalesce(octet_length(c.server_url), 0) + coalesce(octet_length(c.invocation_error), 0)";
        add_json_size(out, "c.metadata");
        break;
    }
}

constexpr literal table_of(child_list list)
{
    switch (list) {
    case child_list::token_usages:
        return " FROM aibridge_token_usages AS t";
    case child_list::user_prompts:
        return " FROM aibridge_user_prompts AS p";
    case child_list::tool_usages:
        break;
    }
    return " FROM aibridge_tool_usages AS c";
}

std::string_view question_of(child_list list)
{
    switch (list) {
    case child_list::token_usages:
        return question::token_usages;
    case child_list::user_prompts:
        return question::user_prompts;
    case child_list::tool_usages:
        break;
    }
    return question::tool_usages;
}

constexpr literal alias_of(child_list list)
{
    switch (list) {
    case child_list::token_usages:
        return "t";
    case child_list::user_prompts:
        return "p";
    case child_list::tool_usages:
        break;
    }
    return "c";
}

void select_children(statement& out, child_list list, schema::shape const& database)
{
    switch (list) {
    case child_list::token_usages:
        select_token_usages(out, database, {});
        break;
    case child_list::user_prompts:
        select_user_prompts(out, {});
        break;
    case child_list::tool_usages:
        select_tool_usages(out, {});
        break;
    }
}

} // namespace

void select_metadata(statement& out, literal column, std::optional<std::int64_t> widest)
{
    if (!widest) {
        out << ", " << column;
        return;
    }
    // The literal is withheld_json.
    (out << ", CASE WHEN pg_column_size(" << column << ") > ").bind(*widest)
        << R"( THEN '"bridgewatch: withheld"'::jsonb ELSE )" << column << " END AS metadata";
}

void select_token_usages(statement& out, schema::shape const& database, std::optional<std::int64_t> widest)
{
    out << "SELECT t.id, t.interception_id, t.provider_response_id, t.input_tokens, t.output_tokens";
    optional_column(out, database.token_usages.cache_read_input_tokens, "t.cache_read_input_tokens", "NULL::bigint");
    optional_column(out, database.token_usages.cache_write_input_tokens, "t.cache_write_input_tokens", "NULL::bigint");
    select_metadata(out, "t.metadata", widest);
    out << ", t.created_at";
}

void select_user_prompts(statement& out, std::optional<std::int64_t> widest)
{
    out << "SELECT p.id, p.interception_id, p.provider_response_id";
    select_text(out, "p.prompt", {}, widest);
    select_metadata(out, "p.metadata", widest);
    out << ", p.created_at";
}

void select_tool_usages(statement& out, std::optional<std::int64_t> widest)
{
    out << "SELECT c.id, c.interception_id, c.provider_response_id, c.server_url, c.tool";
    select_text(out, "c.input", "c.invocation_error", widest);
    out << ", c.injected";
    if (widest)
        (out << ", CASE WHEN c.invocation_error IS NULL OR octet_length(c.invocation_error) <= ").bind(*widest)
            << " THEN c.invocation_error END";
    else
        out << ", c.invocation_error";
    select_metadata(out, "c.metadata", widest);
    out << ", c.created_at";
}

statement sizes_of(std::vector<grammar::uuid> const& interceptions, schema::shape const& database)
{
    using enum child_list;
    statement out{question::sizes};
    out << "SELECT s.list, s.interception_id, sum(s.bytes)::bigint AS bytes, max(s.bytes) AS widest FROM (";
    if (database.interceptions.metadata) {
        out << "SELECT -1::bigint AS list, i.id AS interception_id, 0::bigint";
        add_json_size(out, "i.metadata");
        (out << " AS bytes FROM aibridge_interceptions AS i WHERE i.id = ANY(").bind(interceptions) << ") UNION ALL ";
    }
    for (auto const list : {token_usages, user_prompts, tool_usages}) {
        if (list != token_usages)
            out << " UNION ALL ";
        (out << "SELECT ").bind(static_cast<std::int64_t>(list))
            << " AS list, " << alias_of(list) << ".interception_id, ";
        append_size(out, list);
        out << " AS bytes" << table_of(list) << " WHERE ";
        (out << alias_of(list) << ".interception_id = ANY(").bind(interceptions) << ")";
    }
    out << ") AS s GROUP BY s.list, s.interception_id";
    return out;
}

statement metadata_of(std::vector<grammar::uuid> const& interceptions, schema::shape const& database)
{
    statement out{question::metadata};
    out << "SELECT i.id";
    optional_column(out, database.interceptions.metadata, "i.metadata", "NULL::jsonb");
    (out << " FROM aibridge_interceptions AS i WHERE i.id = ANY(").bind(interceptions) << ") ORDER BY i.id";
    return out;
}

statement next_children(child_list list, grammar::uuid const& interception, std::optional<child_position> const& after,
                        std::int64_t bytes, schema::shape const& database)
{
    // Sorting and summing rows do not read their wide values. The inner limit bounds what is sorted.
    auto const of = alias_of(list);
    statement out{question_of(list)};
    select_children(out, list, database);
    out << " FROM (SELECT " << of << ".*, sum(" << of << ".bridgewatch_size) OVER (ORDER BY " << of << ".created_at, "
        << of << ".id ROWS UNBOUNDED PRECEDING) - " << of << ".bridgewatch_size AS bridgewatch_before FROM (SELECT "
        << of << ".*, ";
    append_size(out, list);
    out << " AS bridgewatch_size" << table_of(list) << " WHERE ";
    (out << of << ".interception_id = ").bind(interception);
    if (after) {
        (out << " AND (" << of << ".created_at, " << of << ".id) > (").bind(after->created_at) << ", ";
        out.bind(after->id) << ")";
    }
    out << " ORDER BY " << of << ".created_at, " << of << ".id LIMIT 4096) AS " << of << ") AS " << of << " WHERE ";
    (out << of << ".bridgewatch_before <= ").bind(bytes) << " ORDER BY " << of << ".created_at, " << of << ".id";
    return out;
}

} // namespace bridgewatch::sql
