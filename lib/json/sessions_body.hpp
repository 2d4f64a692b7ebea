#pragma once

#include "db/store/sessions.hpp"

#include <string>

namespace bridgewatch::json {

/// The body of GET …/sessions: rows → bytes, keys in the contract's order. Pure.
[[nodiscard]] std::string sessions_body(store::sessions_answer const& page);

} // namespace bridgewatch::json
