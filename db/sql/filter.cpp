#include "db/sql/filter.hpp"

#include "db/sql/columns.hpp"

#include <algorithm>
#include <variant>

namespace bridgewatch::sql {
namespace {

constexpr std::string_view unknown_client = "Unknown";

void append(statement& out, grammar::text_is const& condition)
{
    auto const column = column_of(condition.field);
    if (condition.field != grammar::text_field::client) {
        (out << column << " = ANY(").bind(condition.any_of) << ")";
        return;
    }
    // coalesce(client, 'Unknown') would read the same and could not use the index on client.
    bool const wants_null = std::ranges::find(condition.any_of, unknown_client) != condition.any_of.end();
    (out << "(" << column << " = ANY(").bind(condition.any_of) << ") OR " << column << " IS NULL AND ";
    out.bind(wants_null) << ")";
}

void append(statement& out, grammar::initiator_is const& condition)
{
    std::vector<grammar::uuid> ids;
    ids.reserve(condition.any_of.size());
    for (auto const& user : condition.any_of)
        ids.push_back(user.id.value());
    (out << "i.initiator_id = ANY(").bind(ids) << ")";
}

void append(statement& out, grammar::started_bound const& condition)
{
    out << (condition.side == grammar::bound::at_or_after ? literal{"i.started_at >= "} : literal{"i.started_at <= "});
    out.bind(condition.at);
}

} // namespace

void append_filter(statement& out, grammar::filter const& where)
{
    for (auto const& condition : where.all_of) {
        out << " AND ";
        std::visit([&out](auto const& c) { append(out, c); }, condition);
    }
}

void append_matching(statement& out, grammar::filter const& where, visibility const& who, schema::shape const& database)
{
    out << "FROM aibridge_interceptions AS i JOIN visible_users AS v ON v.id = i.initiator_id WHERE ";
    out << (database.interceptions.ended_at ? literal{"i.ended_at IS NOT NULL"} : literal{"true"});
    if (who.only_initiator)
        (out << " AND i.initiator_id = ").bind(*who.only_initiator);
    append_filter(out, where);
}

} // namespace bridgewatch::sql
