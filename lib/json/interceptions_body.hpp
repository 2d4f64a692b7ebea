#pragma once

#include "db/schema/shape.hpp"
#include "db/sql/children.hpp"
#include "db/store/interceptions.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::json {

/// The body of GET …/interceptions: rows → bytes, keys in the contract's order, fields omitted whose column the
/// database lacks. Pure. @param size_hint bytes to reserve, e.g. what the last page took.
[[nodiscard]] std::string interceptions_body(store::page_answer const& page, schema::shape const& database,
                                             std::size_t size_hint);

/// The same body where token usages come last: all else is written before. A value type.
class interceptions_without_tokens {
  public:
    interceptions_without_tokens(store::page_answer const& page, schema::shape const& database, std::size_t size_hint);

    /// @param page the same, with its token usages and its count
    [[nodiscard]] std::string finish(store::page_answer const& page, schema::shape const& database) const;

  private:
    struct place {
        std::size_t token_usages = 0, end = 0;
    };

    std::string text_;
    std::vector<place> rows_; ///< in the text
};

/// The same body where its count comes last: the rows are written with room in front of them. A value type.
class interceptions_rows {
  public:
    interceptions_rows(store::page_answer const& page, schema::shape const& database, std::size_t size_hint);

    [[nodiscard]] std::string finish(store::count_answer const& count) &&;

  private:
    static constexpr std::size_t room_for_start = 96; ///< two integers of 20 characters, and their keys
    std::string text_;
};

/// The body of GET …/interceptions/{id}: the list's element. Precondition: the page shows one.
[[nodiscard]] std::string interception_body(store::page_answer const& page, schema::shape const& database);

/// What a body is made of that is written piece by piece: append_body_start, interceptions with commas between them,
/// body_end. An interception is either written whole, or as its fields, then each list from list_start on by
/// append_children to list_end, then interception_end.
void append_body_start(std::string& out, store::count_answer const& count);
inline constexpr std::string_view body_end = "]}";

/// Interceptions of a page, with commas between them; the page holds their children.
void append_interceptions(std::string& out, store::page_answer const& page, std::size_t first, std::size_t count,
                          schema::shape const& database);
void append_interception_fields(std::string& out, store::page_answer const& page, std::size_t row,
                                schema::shape const& database);
inline constexpr std::string_view interception_end = "}";

[[nodiscard]] std::string_view list_start(sql::child_list list);
inline constexpr std::string_view list_end = "]";
/// @param first whether they are the first of their list
void append_children(std::string& out, sql::child_list list, pg::rows const& rows, bool first,
                     schema::shape const& database);

} // namespace bridgewatch::json
