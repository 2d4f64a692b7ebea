#include "db/sql/interceptions.hpp"

#include "db/sql/arms.hpp"
#include "db/sql/children.hpp"
#include "db/sql/columns.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>
#include <variant>

namespace bridgewatch::sql {
namespace {

void append_select_list(statement& out, page_bounds const& bounds, schema::shape const& database)
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
    if (has.metadata)
        select_metadata(out, "i.metadata", bounds.widest);
    else
        out << ", NULL::jsonb AS metadata";
    out << ", i.started_at";
    optional_column(out, has.ended_at, "i.ended_at", "NULL::timestamptz AS ended_at");
    out << " ";
}

/// ` AND …`: strictly after the cursor. A row comparison, which one descent of the index on (started_at DESC, id DESC)
/// answers; the spelled-out OR form reads everything before the cursor.
void append_after(statement& out, page_bounds const& bounds, visibility const& who)
{
    if (!bounds.after)
        return;
    out << " AND (i.started_at, i.id) < (SELECT c.started_at, c.id FROM aibridge_interceptions AS c WHERE c.id = ";
    out.bind(*bounds.after);
    if (who.only_initiator)
        (out << " AND c.initiator_id = ").bind(*who.only_initiator);
    out << ")";
}

/// The page as the best of the arms' own pages. Rows are joined last: what the arms carry is small.
void append_union_page(statement& out, arms const& from, grammar::filter const& where, visibility const& who,
                       page_bounds const& bounds, schema::shape const& database)
{
    append_select_list(out, bounds, database);
    out << "FROM (SELECT a.id FROM (";
    for (auto const& arm : from.each()) {
        out << (&arm == from.each().data() ? literal{"("} : literal{" UNION ("}) << "SELECT i.id, i.started_at ";
        append_matching(out, arm, where.includes_inflight, who, database);
        append_after(out, bounds, who);
        (out << " ORDER BY i.started_at DESC, i.id DESC LIMIT ").bind(bounds.offset + bounds.limit) << ")";
    }
    (out << ") AS a ORDER BY a.started_at DESC, a.id DESC LIMIT ").bind(bounds.limit);
    (out << " OFFSET ").bind(bounds.offset);
    out << ") AS page JOIN aibridge_interceptions AS i ON i.id = page.id JOIN visible_users AS v ON v.id = "
           "i.initiator_id ORDER BY i.started_at DESC, i.id DESC";
}

/// A row where the cursor names an interception that the caller may see.
void append_cursor(statement& out, grammar::uuid const& id, visibility const& who)
{
    (out << "SELECT true FROM aibridge_interceptions AS i WHERE i.id = ").bind(id);
    if (who.only_initiator)
        (out << " AND i.initiator_id = ").bind(*who.only_initiator);
}

enum class page_columns { all, id };

/// The page of one arm.
void append_page(statement& out, condition_list const& arm, grammar::filter const& where, visibility const& who,
                 page_bounds const& bounds, schema::shape const& database, page_columns columns)
{
    // The inner LIMIT is the largest that a caller may ask for, and one more, written out: with `LIMIT $n` alone a
    // generic plan expects a tenth of the table and may choose to sort it. Both limits end the same index walk.
    bool const nested = bounds.offset == 0 && planning_of(where) == planning::kept;
    if (nested)
        out << (columns == page_columns::all ? literal{"SELECT * FROM ("} : literal{"SELECT id FROM ("});
    if (columns == page_columns::all)
        append_select_list(out, bounds, database);
    else
        out << (nested ? literal{"SELECT i.id, i.started_at "} : literal{"SELECT i.id "});
    append_matching(out, arm, where.includes_inflight, who, database);
    append_after(out, bounds, who);
    out << " ORDER BY i.started_at DESC, i.id DESC";
    if (nested)
        out << " LIMIT 1001) AS page ORDER BY started_at DESC, id DESC";
    (out << " LIMIT ").bind(bounds.limit);
    if (bounds.offset != 0)
        (out << " OFFSET ").bind(bounds.offset);
}

bool compares_categories(grammar::node const& one);

bool compare_categories(std::vector<grammar::node> const& nodes)
{
    return std::ranges::all_of(nodes, compares_categories);
}

/// Whether the condition needs no other table, and no column whose values are hardly ever the same.
bool compares_categories(grammar::node const& one)
{
    using grammar::text_field;
    if (auto const* const all = std::get_if<grammar::all_of>(&one.value))
        return compare_categories(all->nodes);
    if (auto const* const any = std::get_if<grammar::any_of>(&one.value))
        return compare_categories(any->nodes);
    if (auto const* const other = std::get_if<grammar::complement>(&one.value))
        return compare_categories(other->of);
    if (auto const* const text = std::get_if<grammar::text_is>(&one.value))
        return text->field != text_field::session_id && text->field != text_field::api_key_id;
    if (auto const* const within = std::get_if<grammar::time_within>(&one.value))
        return within->field == grammar::time_field::started;
    return std::holds_alternative<grammar::initiator_is>(one.value);
}

} // namespace

bool may_walk(grammar::filter const& where)
{
    return !where.includes_inflight && compare_categories(where.root.nodes);
}

pg::step explain_page(statement page)
{
    return explained(std::move(page).to_step(), question::page_plan);
}

bool is_walk(std::string_view plan)
{
    // Values stand in the plan too, but with their quotes escaped.
    return plan.find(R"("Node Type": "Sort")") == std::string_view::npos &&
           plan.find(R"("Node Type": "Incremental Sort")") == std::string_view::npos;
}

double cost_of(std::string_view plan)
{
    constexpr std::string_view before = R"("Total Cost": )"; // the first is that of the whole
    auto cost = std::numeric_limits<double>::infinity();
    if (auto const at = plan.find(before); at != std::string_view::npos) {
        plan.remove_prefix(at + before.size());
        std::from_chars(plan.data(), plan.data() + plan.size(), cost);
    }
    return cost;
}

planning planning_of(grammar::filter const& where)
{
    auto const is_start = [](grammar::node const& one) { return start_range(one) != nullptr; };
    return std::ranges::all_of(where.root.nodes, is_start) ? planning::kept : planning::with_values;
}

statement page_of_interceptions(grammar::filter const& where, visibility const& who, page_bounds const& bounds,
                                schema::shape const& database)
{
    statement out{question::page};
    arms const from{where, database};
    if (from.each().size() > 1) {
        append_union_page(out, from, where, who, bounds, database);
        return out;
    }
    append_page(out, from.each().front(), where, who, bounds, database, page_columns::all);
    return out;
}

std::optional<statement> note_page(grammar::filter const& where, visibility const& who, page_bounds const& bounds,
                                   schema::shape const& database)
{
    arms const from{where, database};
    if (from.each().size() > 1)
        return {};
    statement out{question::page_ids};
    out << "SELECT set_config('bridgewatch.page', ARRAY(";
    append_page(out, from.each().front(), where, who, bounds, database, page_columns::id);
    out << ")::text, true)";
    if (bounds.after) {
        out << ", EXISTS (";
        append_cursor(out, *bounds.after, who);
        out << ")";
    } else {
        out << ", true";
    }
    return out;
}

statement count_of_interceptions(grammar::filter const& where, visibility const& who, std::optional<std::int64_t> cap,
                                 schema::shape const& database)
{
    statement out{question::count};
    arms const from{where, database};
    bool const is_union = from.each().size() > 1;
    auto const append_arm = [&](condition_list const& conditions) {
        append_matching(out, conditions, where.includes_inflight, who, database);
        if (cap)
            (out << " LIMIT ").bind(*cap);
    };
    if (!is_union && !cap) {
        out << "SELECT count(*) ";
        append_arm(from.each().front());
    } else if (!is_union) {
        out << "SELECT count(*) FROM (SELECT 1 ";
        append_arm(from.each().front());
        out << ") AS capped";
    } else {
        out << "SELECT count(*) FROM (";
        for (auto const& arm : from.each()) {
            out << (&arm == from.each().data() ? literal{"("} : literal{" UNION ("}) << "SELECT i.id ";
            append_arm(arm);
            out << ")";
        }
        if (cap)
            (out << " LIMIT ").bind(*cap);
        out << ") AS matched";
    }
    return out;
}

statement cursor_exists(grammar::uuid const& id, visibility const& who)
{
    statement out{question::cursor};
    append_cursor(out, id, who);
    return out;
}

void parents::append_to(statement& out) const
{
    out << "ANY(";
    if (ids_ != nullptr)
        out.bind_packed(*ids_);
    else
        // The planner reads it too, also where none are noted: for the plan of a slow statement.
        out << "NULLIF(current_setting('bridgewatch.page', true), '')::uuid[]";
    out << ")";
}

statement token_usages_of(parents of, schema::shape const& database, std::optional<std::int64_t> widest)
{
    statement out{question::token_usages};
    select_token_usages(out, database, widest);
    out << " FROM aibridge_token_usages AS t WHERE t.interception_id = ";
    of.append_to(out);
    return out;
}

statement user_prompts_of(parents of, std::optional<std::int64_t> widest)
{
    statement out{question::user_prompts};
    select_user_prompts(out, widest);
    out << " FROM aibridge_user_prompts AS p WHERE p.interception_id = ";
    of.append_to(out);
    return out;
}

statement tool_usages_of(parents of, child_order by, std::optional<std::int64_t> widest)
{
    statement out{question::tool_usages};
    select_tool_usages(out, widest);
    out << " FROM aibridge_tool_usages AS c WHERE c.interception_id = ";
    of.append_to(out);
    if (by == child_order::parent)
        out << " ORDER BY c.interception_id, c.created_at, c.id";
    return out;
}

} // namespace bridgewatch::sql
