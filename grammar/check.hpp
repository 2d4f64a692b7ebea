#pragma once

#include "grammar/ast.hpp"
#include "grammar/fault.hpp"
#include "grammar/filter.hpp"
#include "grammar/keys.hpp"
#include "grammar/time.hpp"

#include <string_view>
#include <vector>

namespace bridgewatch::grammar {

/// What the checker cannot know by itself.
struct check_context {
    subject about = subject::interceptions;
    uuid me{};               ///< what `initiator:me` means; nil: `me` is a user name like any other
    sys_micro now{};         ///< what `today`, `24h` and the like are relative to
    recorded_set recorded{}; ///< what this database has columns for
};

/// A filter of all that is right and every fault, both in the order of the query. The filter may be used only
/// where there are no faults; it is there all the same so that the store can look its user names up and add
/// their faults to the list.
struct checked_query {
    ast::query tree;
    filter meaning;
    std::vector<fault> faults;
};

/// Text → AST → filter: keys, types, limits. Pure; any thread.
[[nodiscard]] checked_query check(std::string_view query, check_context const& context);

/// The fault of a user name that nobody has (contract: "unknown user").
[[nodiscard]] fault unknown_user(user_reference const& user);

/// Puts faults into the order of the query; those without a place come first. Stable.
void sort_faults(std::vector<fault>& faults);

} // namespace bridgewatch::grammar
