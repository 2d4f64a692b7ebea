#pragma once

#include "grammar/span.hpp"
#include "grammar/time.hpp"
#include "grammar/uuid.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What a query means: checked keys and typed values, no text of the user but as values. The input of the
/// SQL generator. All conditions of a filter hold together.
namespace bridgewatch::grammar {

/// The columns that a plain text key compares with. `db/sql/columns.cpp` knows their names.
enum class text_field { provider, provider_name, model, client, session_id };

/// The column equals one of the values. A null client is the text `Unknown`.
struct text_is {
    text_field field{};
    std::vector<std::string> any_of; ///< never empty
    friend bool operator==(text_is const&, text_is const&) = default;
};

/// A value of `initiator`: an id (written so, or `me`), or a user name that the store has yet to look up.
struct user_reference {
    std::string name; ///< as written; empty where `id` is set
    std::optional<uuid> id;
    span where; ///< for the fault, should nobody have that name
    friend bool operator==(user_reference const&, user_reference const&) = default;
};

/// The initiator is one of these users.
struct initiator_is {
    std::vector<user_reference> any_of; ///< never empty
    friend bool operator==(initiator_is const&, initiator_is const&) = default;
};

enum class bound { at_or_after, at_or_before };

/// started_at is on this side of a point of time, which belongs to it.
struct started_bound {
    bound side{};
    sys_micro at;
    friend bool operator==(started_bound const&, started_bound const&) = default;
};

using condition = std::variant<text_is, initiator_is, started_bound>;

struct filter {
    std::vector<condition> all_of; ///< empty: matches everything
    friend bool operator==(filter const&, filter const&) = default;
};

} // namespace bridgewatch::grammar
