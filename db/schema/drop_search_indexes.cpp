#include "db/schema/accelerate.hpp"

#include "db/schema/acceleration_session.hpp"
#include "db/schema/search_indexes.hpp"

namespace bridgewatch::schema {
namespace {

using boost::system::result;

/// Ours, unfinished ones too; partitions' own go with their parent.
constexpr char const* find_indexes =
    "SELECT c.relkind = 'I', quote_ident(n.nspname) || '.' || "
    "quote_ident(c.relname) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN "
    "('i', "
    "'I') AND NOT c.relispartition AND n.oid = (SELECT t.relnamespace FROM pg_class AS t WHERE t.oid = "
    "to_regclass('aibridge_interceptions')) AND c.relname = ANY($1::text[])";

constexpr char const* has_our_trigrams =
    "SELECT EXISTS (SELECT 1 FROM pg_extension AS e WHERE e.extname = 'pg_trgm' AND obj_description(e.oid, "
    "'pg_extension') LIKE '%(installed by bridgewatch)')";

std::string names_of_indexes()
{
    std::string out = "{";
    for (auto const& index : search_indexes())
        out.append(out.size() > 1 ? "," : "").append(index.name);
    return out + "}";
}

} // namespace

result<dropped_indexes, std::string> drop_search_indexes(pg::blocking_session& database)
{
    dropped_indexes dropped;
    auto const found = database.query(find_indexes, {{pg::type::text, names_of_indexes()}});
    if (!found)
        return found.error().diag.message;
    for (std::size_t row = 0; row < found->size(); ++row) {
        // The index of a partitioned table cannot be dropped concurrently.
        auto const is_partitioned = found->at(row, 0).boolean();
        auto const name = std::string{found->at(row, 1).bytes()};
        if (auto const done =
                run_script(database, (is_partitioned ? "DROP INDEX " : "DROP INDEX CONCURRENTLY ") + name);
            !done)
            return "index " + name + ": " + done.error();
        ++dropped.indexes;
    }
    auto const trigrams = database.query(has_our_trigrams);
    if (!trigrams)
        return trigrams.error().diag.message;
    if (trigrams->at(0, 0).boolean())
        dropped.trigrams = run_script(database, "DROP EXTENSION pg_trgm").has_value();
    return dropped;
}

} // namespace bridgewatch::schema
