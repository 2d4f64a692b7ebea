#pragma once

#include "grammar/uuid.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bridgewatch::app::seed_data {

struct person {
    std::string_view username, name;
    std::string_view role = "";         ///< empty: a member
    std::string_view status = "active"; ///< user_status
    bool deleted = false;
};

/// The users of the data set, the most active first: number 0 is the owner, number 1 the auditor.
[[nodiscard]] std::span<person const> people();

/// The same for every seed.
[[nodiscard]] grammar::uuid person_id(std::size_t number);

/// The id of the key that a person's tools used; no such key exists.
[[nodiscard]] std::string person_key(std::size_t number);

} // namespace bridgewatch::app::seed_data
