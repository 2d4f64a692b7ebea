#include "db/schema/probe.hpp"

#include "db/pg/blocking.hpp"
#include "db/schema/known_columns.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace bridgewatch::schema {
namespace {

/// Columns of the probe's answer, in the order of its SELECT list.
enum answer_column : std::size_t { table_name, column_name, may_read };

/// to_regclass looks along the search_path as a query would, and is NULL instead of an error for what is not there.
constexpr std::string_view before_tables =
    "SELECT wanted.name, a.attname::text, has_column_privilege(c.oid, a.attnum, 'SELECT') FROM unnest(ARRAY[";
constexpr std::string_view after_tables =
    "]) AS wanted(name) "
    "JOIN pg_catalog.pg_class AS c ON c.oid = to_regclass(wanted.name) "
    "JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid "
    "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped";

using column_set = std::set<std::pair<std::string_view, std::string_view>>;

struct answer_columns {
    column_set readable, hidden;
};

answer_columns sort_out(pg::rows const& answer)
{
    answer_columns out;
    for (std::size_t row = 0; row < answer.size(); ++row) {
        auto& set = answer.at(row, may_read).boolean() ? out.readable : out.hidden;
        set.emplace(answer.at(row, table_name).bytes(), answer.at(row, column_name).bytes());
    }
    return out;
}

bool has_table(column_set const& columns, std::string_view table)
{
    return std::ranges::any_of(columns, [table](auto const& column) { return column.first == table; });
}

/// Optional columns that may be missing and may not be hidden: they decide who may read, and what. Taking a hidden one
/// for a missing one would let every key in, or list what is in flight.
bool decides_access(std::string_view table, std::string_view column)
{
    return (table == "api_keys" && (column == "scope" || column == "scopes")) ||
           (table == "aibridge_interceptions" && column == "ended_at");
}

/// A list of columns in which a table that has none of its own stands once.
class name_list {
  public:
    void add(std::string_view table, std::string_view column, bool whole_table)
    {
        auto name = std::string{table} + (whole_table ? " (table)" : "." + std::string{column});
        if (std::ranges::find(names_, name) == names_.end())
            names_.push_back(std::move(name));
    }

    [[nodiscard]] std::string after(std::string_view introduction) const
    {
        std::string out;
        for (auto const& name : names_)
            out += (out.empty() ? std::string{introduction} : ", ") + name;
        return out;
    }

  private:
    std::vector<std::string> names_;
};

} // namespace

pg::step probe_statement()
{
    std::string sql{before_tables};
    std::string_view last;
    auto const append = [&](std::string_view table) {
        if (table != last)
            sql.append(last.empty() ? "'" : ", '").append(table).append("'");
        last = table;
    };
    std::ranges::for_each(known_tables(), append);
    for (auto const& known : acceleration_columns())
        append(known.table);
    sql += after_tables;
    return {.sql = std::move(sql), .parameters = {}, .prepare = false, .about = "probe"};
}

boost::system::result<shape, std::string> read_probe(pg::rows const& answer)
{
    auto const columns = sort_out(answer);
    shape found;
    name_list missing, unreadable;
    for (auto const& known : known_columns()) {
        bool const readable = columns.readable.contains({known.table, known.column});
        bool const hidden = columns.hidden.contains({known.table, known.column});
        bool const optional = known.flag != nullptr;
        if (optional)
            known.flag(found) = readable;
        if (hidden && (!optional || decides_access(known.table, known.column)))
            unreadable.add(known.table, known.column, !has_table(columns.readable, known.table));
        else if (!readable && !optional)
            missing.add(known.table, known.column,
                        !has_table(columns.readable, known.table) && !has_table(columns.hidden, known.table));
    }
    found.model_thoughts = std::ranges::all_of(thoughts_columns(), [&columns](std::string_view column) {
        return columns.readable.contains({thoughts_table, column});
    });
    found.acceleration =
        found.can_be_accelerated() && std::ranges::all_of(acceleration_columns(), [&columns](auto const& known) {
            return columns.readable.contains({known.table, known.column});
        });
    auto faults = missing.after("missing in the database: ");
    auto const denied = unreadable.after("not readable by this role: ");
    if (!denied.empty())
        faults += (faults.empty() ? "" : "; ") + denied;
    if (!faults.empty())
        return faults;
    return found;
}

boost::system::result<shape, std::string> probe(pg::blocking_session& database)
{
    auto const question = probe_statement();
    auto const answer = database.query(question.sql, question.parameters);
    if (!answer)
        return answer.error().diag.message;
    return read_probe(*answer);
}

} // namespace bridgewatch::schema
