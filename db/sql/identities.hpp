#pragma once

#include "db/schema/shape.hpp"
#include "db/sql/statement.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The statements behind authentication and user look-up.
namespace bridgewatch::sql {

/// Columns of key_by_id. The user's are NULL where the user does not exist.
enum class key_column { hashed_secret, expires_at, user_id, user_exists, user_status, reads_everything, has_scope };

/// The API key with what is to be known about its user; no row for an unknown id.
[[nodiscard]] statement key_by_id(std::string_view id, schema::shape const& database);

/// Rows of (ordinal of the name from 1, user id) for those names, in any case, that a user has who is not deleted.
[[nodiscard]] statement users_by_name(std::vector<std::string> const& names);

} // namespace bridgewatch::sql
