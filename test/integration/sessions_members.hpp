#pragma once

#include "test/integration/search_tree.hpp"
#include "test/integration/sessions_rows.hpp"

#include <string>
#include <utility>
#include <vector>

/// What the contract says of interceptions taken together: of a session, a thread, a page.
namespace bridgewatch::test::sessions {

/// Pointers into an audit. Never empty where they are summed up.
using members = std::vector<record const*>;

/// `session_id` and initiator.
using session_key = std::pair<std::string, uuid>;

[[nodiscard]] session_key key_of(record const& each);

/// From the earliest on: by `started_at`, then by id.
void sort_by_start(members& all);

[[nodiscard]] sys_micro first_start(members const& all);

/// Empty where none has ended.
[[nodiscard]] std::optional<sys_micro> last_end(members const& all);

/// By `created_at`, then by id. Null where there is none.
[[nodiscard]] prompt const* latest_prompt(members const& all);

/// The latest prompt's `created_at`, else the earliest `started_at`.
[[nodiscard]] sys_micro last_active_at(members const& all);

/// `"id":…` to `"models":…`, as lists and details start.
[[nodiscard]] std::string identity_fields(members const& all);

/// `"input_tokens":…` to `"cache_write_input_tokens":…`.
[[nodiscard]] std::string token_sums(members const& all);

/// The token usages' integers by dotted key, as an object.
[[nodiscard]] std::string metadata_sums(members const& all);

} // namespace bridgewatch::test::sessions
