#pragma once

#include "db/schema/shape.hpp"
#include "db/store/session.hpp"

#include <string>
#include <string_view>

namespace bridgewatch::json {

/// The body of GET …/sessions/{session_id}: rows → bytes, keys in the contract's order, fields omitted whose column the
/// database lacks. Pure. Precondition: the session was found, and the cursor.
[[nodiscard]] std::string session_body(store::session_answer const& session, schema::shape const& database);

/// How the hint of a credential is shown: one that is longer than upstream makes them, or that hides nothing, could be
/// the credential itself.
[[nodiscard]] std::string_view masked_hint(std::string_view hint);

} // namespace bridgewatch::json
