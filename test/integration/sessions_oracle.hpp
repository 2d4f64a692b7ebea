#pragma once

#include "test/integration/sessions_members.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// The list of sessions by the contract alone: without SQL and without the program's own grammar.
namespace bridgewatch::test::sessions {

/// Where a session stands in the list: what is greater comes first.
struct position {
    sys_micro last_active_at;
    std::string id;
    uuid initiator;
    friend auto operator<=>(position const&, position const&) = default;
};

struct listed_session {
    position at;
    std::string json;
};

/// Finds everything.
[[nodiscard]] inline search::query empty_query()
{
    return {.any_of = {{}}};
}

/// The sessions that a query finds, in order. The data outlives the call.
[[nodiscard]] std::vector<listed_session> sessions_found_by(search::query const& q, audit const& data);

/// @param count  as the body has it, with `count_cap` behind it
[[nodiscard]] std::string list_body(std::string const& count, std::span<listed_session const> page);

} // namespace bridgewatch::test::sessions
