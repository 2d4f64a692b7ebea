#pragma once

#include "db/pg/pool.hpp"
#include "db/schema/shape.hpp"
#include "db/sql/children.hpp"
#include "db/store/interceptions.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

/// A page whose children are too large to be read at once, read slice by slice. Each slice comes from a snapshot of its
/// own, later than the page's: rows of completed interceptions do not change, but retention may have deleted some.
namespace bridgewatch::store {

/// What an interception takes in memory, in bytes.
struct interception_size {
    std::int64_t metadata = 0; ///< its own
    std::int64_t children = 0; ///< of all lists
    std::int64_t widest = 0;   ///< the widest child
    friend bool operator==(interception_size const&, interception_size const&) = default;
};

/// What is read at one time.
struct slice {
    std::size_t first = 0, count = 0; ///< interceptions, by their place in the page
    std::int64_t bytes = 0;           ///< what it takes at most
    bool in_parts = false;            ///< one interception, too large itself: next_children reads its lists by parts
    friend bool operator==(slice const&, slice const&) = default;
};

/// Cuts a page into slices: as many interceptions in a row as take no more than `most`; a larger one is alone, and read
/// in parts of `most` bytes and one child more. Precondition: sizes as sizes_in gives them.
[[nodiscard]] std::vector<slice> plan_slices(std::span<interception_size const> sizes, std::int64_t most);

/// The limits of one read. The deadline shrinks them.
struct read_limits {
    std::chrono::milliseconds statement_timeout{10000};
};

/// Reads rows of sql::sizes_of. A size that cannot be one, as it is negative or more than 1 TiB, becomes the nearest
/// that can. @return sizes in the order of the ids; zeros for one that has no row
[[nodiscard]] std::vector<interception_size> sizes_in(pg::rows const& rows,
                                                      std::span<grammar::uuid const> interceptions);

/// @return sizes in the order of the ids. Errors: those of lease::run, statement_timeout, server_error.
struct sizes_question {
    std::vector<grammar::uuid> interceptions;
    read_limits limits;
};

[[nodiscard]] boost::asio::awaitable<pg::outcome<std::vector<interception_size>>>
read_sizes(pg::lease& connection, schema::shape const& database, sizes_question const& question,
           pg::steady_time deadline);

/// All children of some interceptions, and the metadata of those that had it withheld.
struct slice_question {
    std::vector<grammar::uuid> interceptions, without_metadata;
    read_limits limits;
};

/// Errors: as above.
[[nodiscard]] boost::asio::awaitable<pg::outcome<children_answer>> read_slice(pg::lease& connection,
                                                                              schema::shape const& database,
                                                                              slice_question const& question,
                                                                              pg::steady_time deadline);

/// A part of one list of one interception.
struct part_question {
    sql::child_list list{};
    grammar::uuid interception;
    std::optional<sql::child_position> after;
    std::int64_t bytes = 0; ///< the part takes so many, and one child more
    read_limits limits;
};

/// @return no rows at the end of the list. Errors: as above.
[[nodiscard]] boost::asio::awaitable<pg::outcome<pg::rows>> read_part(pg::lease& connection,
                                                                      schema::shape const& database,
                                                                      part_question const& question,
                                                                      pg::steady_time deadline);

/// Where a list goes on after these rows. Precondition: there are some.
[[nodiscard]] sql::child_position position_after(sql::child_list list, pg::rows const& part);

/// Ids of interceptions of a page, in [first, first + count).
[[nodiscard]] std::vector<grammar::uuid> ids_of(pg::rows const& page, std::size_t first, std::size_t count);

/// Those of them whose metadata was withheld.
[[nodiscard]] std::vector<grammar::uuid> ids_without_metadata(pg::rows const& page, std::size_t first,
                                                              std::size_t count);

} // namespace bridgewatch::store
