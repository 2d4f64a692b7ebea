#include "db/schema/partitioned_index.hpp"

namespace bridgewatch::schema {
namespace {

constexpr char const* find_parent =
    "SELECT (SELECT quote_ident(n.nspname) || '.' || quote_ident(i.relname) FROM pg_index AS x "
    "JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_namespace AS n ON n.oid = i.relnamespace "
    "WHERE x.indrelid = t.oid AND i.relname = $2::text), "
    "(SELECT quote_ident(nspname) FROM pg_namespace WHERE oid = t.relnamespace) || '.' || quote_ident($2) "
    "FROM pg_class AS t WHERE t.oid = to_regclass($1) AND t.relkind = 'p'";

/// Partitions whose index is not attached: their name, what their index is called, and whether an index of that name is
/// there and finished (null: it is not there). The name holds the partition's OID: its own name could be too long.
constexpr char const* find_partitions =
    "SELECT quote_ident(n.nspname) || '.' || quote_ident(p.relname), "
    "quote_ident(n.nspname), quote_ident($2 || '_' || p.oid), "
    "(SELECT x.indisvalid FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid "
    "WHERE x.indrelid = p.oid AND i.relname = $2 || '_' || p.oid) "
    "FROM pg_inherits AS h JOIN pg_class AS p ON p.oid = h.inhrelid JOIN pg_namespace AS n ON n.oid = p.relnamespace "
    "WHERE h.inhparent = to_regclass($1) AND NOT EXISTS (SELECT 1 FROM pg_inherits AS a "
    "JOIN pg_index AS child ON child.indexrelid = a.inhrelid JOIN pg_index AS parent ON parent.indexrelid = "
    "a.inhparent "
    "JOIN pg_class AS i ON i.oid = parent.indexrelid "
    "WHERE child.indrelid = p.oid AND parent.indrelid = h.inhparent AND i.relname = $2::text) ORDER BY p.oid";

void append_partition(std::vector<std::string>& out, pg::rows const& found, std::size_t row, std::string const& parent,
                      std::string_view definition)
{
    std::string const table{found.at(row, 0).bytes()}, name{found.at(row, 2).bytes()};
    auto const qualified = std::string{found.at(row, 1).bytes()} + "." + name;
    bool const exists = !found.at(row, 3).is_null();
    bool const is_finished = exists && found.at(row, 3).boolean();
    if (exists && !is_finished)
        out.push_back("DROP INDEX CONCURRENTLY IF EXISTS " + qualified);
    if (!is_finished)
        out.push_back("CREATE INDEX CONCURRENTLY IF NOT EXISTS " + name + " ON " + table + " " +
                      std::string{definition});
    out.push_back("ALTER INDEX " + parent + " ATTACH PARTITION " + qualified);
}

} // namespace

pg::outcome<std::vector<std::string>>
partitioned_index_statements(pg::blocking_session& database, search_index const& index, std::string_view definition)
{
    std::vector<pg::parameter> const names{{pg::type::text, std::string{index.table}},
                                           {pg::type::text, std::string{index.name}}};
    std::vector<std::string> out;
    auto const parent = database.query(find_parent, names);
    if (!parent)
        return parent.error();
    if (parent->empty())
        return out;
    auto const partitions = database.query(find_partitions, names);
    if (!partitions)
        return partitions.error();
    if (parent->at(0, 0).is_null())
        out.push_back(std::string{"CREATE INDEX IF NOT EXISTS "}
                          .append(index.name)
                          .append(" ON ONLY ")
                          .append(index.table)
                          .append(" ")
                          .append(definition));
    std::string const qualified{parent->at(0, 1).bytes()};
    for (std::size_t row = 0; row < partitions->size(); ++row)
        append_partition(out, *partitions, row, qualified, definition);
    return out;
}

} // namespace bridgewatch::schema
