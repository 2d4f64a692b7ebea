#pragma once

#include "db/schema/shape.hpp"
#include "db/sql/statement.hpp"
#include "grammar/time.hpp"
#include "grammar/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// What is recorded under interceptions, read so that memory is bounded: how large it is, and a part of it at a time.
namespace bridgewatch::sql {

/// The lists of children of an interception, in the order in which an answer has them.
enum class child_list { token_usages, user_prompts, tool_usages };

/// Stands for a JSON value that was too wide to be read along. Should somebody store this very text, it is read once
/// more, and right.
inline constexpr std::string_view withheld_json = R"("bridgewatch: withheld")";

/// Writes `SELECT …`, the columns of a list of children; the table's alias is t, p or c.
/// @param widest bytes of a value from which on it is withheld: then the text that every row has (prompt, input) is
///               NULL, or the metadata withheld_json. Lengths are known without reading the value (PostgreSQL, TOAST).
void select_token_usages(statement& out, schema::shape const& database, std::optional<std::int64_t> widest);
void select_user_prompts(statement& out, std::optional<std::int64_t> widest);
void select_tool_usages(statement& out, std::optional<std::int64_t> widest);

/// Writes `, column`, or withheld_json in its place where it is wider.
void select_metadata(statement& out, literal column, std::optional<std::int64_t> widest);

/// Columns of sizes_of.
enum class size_column { list, interception_id, bytes, widest };

/// A row for each interception and each of its lists that has something in it: what it takes in bytes, and the widest
/// of its rows. `list` is -1 for the interception's own metadata, else a child_list. Nothing is read for it but rows
/// without their wide values, and JSON of more than 512 bytes as stored.
[[nodiscard]] statement sizes_of(std::vector<grammar::uuid> const& interceptions, schema::shape const& database);

/// Two columns: id and metadata of these interceptions, ordered by id.
[[nodiscard]] statement metadata_of(std::vector<grammar::uuid> const& interceptions, schema::shape const& database);

/// A place in the list of an interception's children.
struct child_position {
    grammar::sys_micro created_at;
    grammar::uuid id;
};

/// The next children of one interception, ordered by created_at, id, from the start or after a place: as many as take
/// up to `bytes`, and one more. None where the list has ended. Columns are those of the list.
[[nodiscard]] statement next_children(child_list list, grammar::uuid const& interception,
                                      std::optional<child_position> const& after, std::int64_t bytes,
                                      schema::shape const& database);

} // namespace bridgewatch::sql
