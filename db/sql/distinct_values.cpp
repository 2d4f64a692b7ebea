#include "db/sql/distinct_values.hpp"

#include "db/sql/values.hpp"

#include <algorithm>

namespace bridgewatch::sql {
namespace {

/// The completed interceptions that the caller may see.
void append_rows(statement& out, visibility const& who, schema::shape const& database)
{
    out << "FROM aibridge_interceptions AS i WHERE ";
    append_row_conditions(out, {}, false, who, database);
}

/// `WITH RECURSIVE found (value) AS …`: each value by way of the one before it.
void append_loose_scan(statement& out, literal column, visibility const& who, schema::shape const& database)
{
    out << "WITH RECURSIVE found (value) AS ((SELECT " << column << "::text ";
    append_rows(out, who, database);
    out << " AND " << column << " IS NOT NULL ORDER BY " << column << " LIMIT 1) UNION ALL SELECT (SELECT " << column
        << "::text ";
    append_rows(out, who, database);
    out << " AND " << column << " > f.value ORDER BY " << column
        << " LIMIT 1) FROM found AS f WHERE f.value IS NOT NULL)";
}

/// One initiator's rows have an index, and no order by value: they are read.
void append_plain_scan(statement& out, literal column, visibility const& who, schema::shape const& database)
{
    out << "WITH found (value) AS (SELECT DISTINCT " << column << "::text ";
    append_rows(out, who, database);
    out << ")";
}

} // namespace

statement distinct_values(value_list which, std::vector<std::string> const& prefixes, visibility const& who,
                          std::int64_t limit, std::int64_t offset, schema::shape const& database)
{
    literal const column = which == value_list::models ? literal{"i.model"} : literal{"i.client"};
    statement out{question::values};
    if (who.only_initiator)
        append_plain_scan(out, column, who, database);
    else
        append_loose_scan(out, column, who, database);
    out << " SELECT d.value FROM (SELECT f.value FROM found AS f WHERE f.value IS NOT NULL";
    if (which == value_list::clients) {
        out << " UNION SELECT 'Unknown' WHERE EXISTS (SELECT 1 ";
        append_rows(out, who, database);
        out << " AND i.client IS NULL)";
    }
    out << ") AS d";
    if (!prefixes.empty()) {
        std::vector<std::string> patterns(prefixes.size());
        std::ranges::transform(prefixes, patterns.begin(), prefix_pattern);
        (out << " WHERE d.value LIKE ANY(").bind(patterns) << ")";
    }
    (out << " ORDER BY d.value LIMIT ").bind(limit);
    (out << " OFFSET ").bind(offset);
    return out;
}

} // namespace bridgewatch::sql
