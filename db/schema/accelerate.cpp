#include "db/schema/accelerate.hpp"

#include "db/schema/migrate.hpp"
#include "db/schema/migrator_lock.hpp"
#include "db/schema/partitioned_index.hpp"
#include "db/schema/probe.hpp"
#include "db/schema/search_indexes.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace bridgewatch::schema {
namespace {

using boost::system::result;

/// pg_trgm: the schema it is in, quoted; whether it may be installed where it is not.
struct trigram_support {
    std::optional<std::string> schema;
    bool is_available = false;
};

constexpr std::string_view install_trigrams = "CREATE EXTENSION IF NOT EXISTS pg_trgm";

/// So that it is known for ours, and goes with us.
constexpr char const* mark_trigrams = "DO $$ BEGIN EXECUTE format('COMMENT ON EXTENSION pg_trgm IS %L', (SELECT "
                                      "comment FROM pg_available_extensions WHERE "
                                      "name = 'pg_trgm') || ' (installed by bridgewatch)'); END $$";

constexpr char const* find_trigrams =
    "SELECT (SELECT quote_ident(n.nspname)::text FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = "
    "e.extnamespace WHERE e.extname = 'pg_trgm'), EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = "
    "'pg_trgm')";

/// A row where there is an index of that name beside the table: whether it is finished.
constexpr char const* find_index =
    "SELECT x.indisvalid FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_class AS t ON t.oid = "
    "x.indrelid WHERE t.oid = to_regclass($1) AND i.relname = $2::text";

pg::outcome<trigram_support> look_for_trigrams(pg::blocking_session& database)
{
    auto const answer = database.query(find_trigrams);
    if (!answer)
        return answer.error();
    trigram_support out{.schema = {}, .is_available = answer->at(0, 1).boolean()};
    if (!answer->at(0, 0).is_null())
        out.schema = std::string{answer->at(0, 0).bytes()};
    return out;
}

/// Installs pg_trgm where it can be had. @return why it is missing, for a note
pg::outcome<std::string> provide_trigrams(pg::blocking_session& database, trigram_support& support)
{
    if (support.schema)
        return std::string{};
    if (!support.is_available)
        return std::string{"the server does not have the extension pg_trgm: searches in texts read whole tables"};
    if (auto const installed = database.script(std::string{install_trigrams} + ";" + mark_trigrams); !installed)
        return "the extension pg_trgm cannot be installed by this role (" + installed.error().diag.message +
               "): searches in texts read whole tables";
    auto found = look_for_trigrams(database);
    if (!found)
        return found.error();
    support = std::move(*found);
    return std::string{};
}

std::string definition_of(search_index const& index, std::string const& trigram_schema)
{
    std::string definition{index.definition};
    if (auto const at = definition.find(search_index::trigrams); at != std::string::npos)
        definition.replace(at, search_index::trigrams.size(), trigram_schema + ".gin_trgm_ops");
    return definition;
}

std::string create_statement(search_index const& index, std::string const& definition)
{
    return std::string{"CREATE INDEX CONCURRENTLY IF NOT EXISTS "}
        .append(index.name)
        .append(" ON ")
        .append(index.table)
        .append(" ")
        .append(definition);
}

/// What is left of a build that was interrupted is of no use, and in the way.
std::string drop_statement(search_index const& index)
{
    return "DROP INDEX CONCURRENTLY IF EXISTS " + std::string{index.name};
}

enum class index_state { missing, unfinished, finished };

pg::outcome<index_state> state_of(pg::blocking_session& database, search_index const& index)
{
    auto const answer = database.query(find_index, {pg::parameter{pg::type::text, std::string{index.table}},
                                                    pg::parameter{pg::type::text, std::string{index.name}}});
    if (!answer)
        return answer.error();
    if (answer->empty())
        return index_state::missing;
    return answer->at(0, 0).boolean() ? index_state::finished : index_state::unfinished;
}

struct planned_index {
    search_index const* index;
    index_state now;
};

/// The indexes that this database can have and does not have.
pg::outcome<std::vector<planned_index>> plan(pg::blocking_session& database, shape const& columns, bool has_trigrams)
{
    std::vector<planned_index> out;
    for (auto const& index : search_indexes()) {
        if (!index.has_columns(columns) || (index.needs_trigrams() && !has_trigrams))
            continue;
        auto const now = state_of(database, index);
        if (!now)
            return now.error();
        if (*now != index_state::finished)
            out.push_back({.index = &index, .now = *now});
    }
    return out;
}

/// What builds an index, or the rest of it, in order.
pg::outcome<std::vector<std::string>> build_statements(pg::blocking_session& database, planned_index const& one,
                                                       std::string const& trigram_schema)
{
    auto const definition = definition_of(*one.index, trigram_schema);
    auto out = partitioned_index_statements(database, *one.index, definition);
    if (!out || !out->empty())
        return out;
    if (one.now == index_state::unfinished)
        out->push_back(drop_statement(*one.index));
    out->push_back(create_statement(*one.index, definition));
    return out;
}

} // namespace

result<acceleration_report, std::string> accelerate(pg::blocking_session& database, build_observer const& observer)
{
    auto const lock = take_migrator_lock(database);
    if (!lock)
        return lock.error();
    if (auto const good = refuse_later_schema(database); !good)
        return good.error();
    auto const columns = probe(database);
    if (!columns)
        return columns.error();
    auto trigrams = look_for_trigrams(database);
    if (!trigrams)
        return trigrams.error().diag.message;
    acceleration_report report;
    auto const missing = provide_trigrams(database, *trigrams);
    if (!missing)
        return missing.error().diag.message;
    if (!missing->empty())
        report.notes.push_back(*missing);
    auto const todo = plan(database, *columns, trigrams->schema.has_value());
    if (!todo)
        return todo.error().diag.message;
    for (std::size_t i = 0; i < todo->size(); ++i) {
        auto const* const index = (*todo)[i].index;
        if (observer)
            observer(index->name, i + 1, todo->size());
        auto const steps = build_statements(database, (*todo)[i], trigrams->schema.value_or(""));
        if (!steps)
            return steps.error().diag.message;
        for (auto const& sql : *steps)
            if (auto const done = database.script(sql); !done)
                return "index " + std::string{index->name} + ": " + done.error().diag.message;
        report.built.emplace_back(index->name);
    }
    return report;
}

result<std::string, std::string> accelerate_dry_run(pg::blocking_session& database)
{
    auto const trigrams = look_for_trigrams(database);
    if (!trigrams)
        return {boost::system::in_place_error, trigrams.error().diag.message};
    auto const columns = probe(database);
    bool const can_have = trigrams->schema || trigrams->is_available;
    auto const todo = plan(database, columns.has_value() ? *columns : newest_shape(), can_have);
    if (!todo)
        return {boost::system::in_place_error, todo.error().diag.message};
    std::string out;
    if (!trigrams->schema && trigrams->is_available)
        out.append(install_trigrams).append(";\n");
    for (auto const& one : *todo) {
        auto const steps = build_statements(database, one, trigrams->schema.value_or("public"));
        if (!steps)
            return {boost::system::in_place_error, steps.error().diag.message};
        for (auto const& sql : *steps)
            out += sql + ";\n";
    }
    if (out.empty())
        out = "-- Nothing to do: all indexes for searches are there.\n";
    return {boost::system::in_place_value, std::move(out)};
}

} // namespace bridgewatch::schema
