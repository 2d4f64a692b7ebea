#pragma once

#include "test/integration/sessions_members.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

/// One session with its threads by the contract alone.
namespace bridgewatch::test::sessions {

struct thread_page {
    std::optional<uuid> after = {}, before = {}; ///< not both; a thread of the session
    std::size_t limit = 50;
};

/// Its completed interceptions.
[[nodiscard]] members session_of(audit const& data, session_key const& key);

/// The roots of its threads, oldest first.
[[nodiscard]] members roots_of(members const& session);

/// The detail. Precondition: a session that is not empty.
[[nodiscard]] std::string session_body(members const& session, thread_page const& page);

} // namespace bridgewatch::test::sessions
