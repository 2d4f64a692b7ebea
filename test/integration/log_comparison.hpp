#pragma once

#include "db/pg/blocking.hpp"
#include "grammar/filter.hpp"
#include "grammar/time.hpp"

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

/// What the tables for sessions and counts say, beside what plain SQL finds in the log in the same snapshot.
namespace bridgewatch::test {

/// A search, and the same in SQL, of a row i. In it {} is the time that the query is relative to, as a literal.
struct compared_search {
    std::string_view query, condition;
};

inline std::ostream& operator<<(std::ostream& out, compared_search const& s)
{
    return out << '"' << s.query << '"';
}

/// Of each way to sessions and counts. Users are those of the contract database.
[[nodiscard]] std::vector<compared_search> const& compared_searches();

/// Without faults, names looked up.
[[nodiscard]] grammar::filter filter_of(compared_search const& s, grammar::sys_micro now);

/// "session initiator", a line each, in list order; the first so many, or all.
[[nodiscard]] std::string plain_sessions(compared_search const& s, grammar::sys_micro now,
                                         std::optional<std::int64_t> limit = {}, std::int64_t offset = 0);

/// Statements with one number each.
[[nodiscard]] std::string plain_count_of_sessions(compared_search const& s, grammar::sys_micro now);
[[nodiscard]] std::string plain_count(compared_search const& s, grammar::sys_micro now);

/// Opens a snapshot of a session and compares in it all that the search may be answered by: pages, counts, capped
/// counts, and what a walk meets. @return what differs, a line each; empty where nothing does. Throws
/// std::runtime_error where a statement fails.
[[nodiscard]] std::vector<std::string> differences(pg::blocking_session& in, compared_search const& s,
                                                   grammar::sys_micro now);

} // namespace bridgewatch::test
