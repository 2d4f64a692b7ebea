#pragma once

#include "db/pg/pool.hpp"
#include "db/schema/shape.hpp"
#include "grammar/time.hpp"
#include "grammar/uuid.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::store {

/// An API key as the database has it, with what its user may do. Holds the hash of a secret, never the secret.
struct key_record {
    std::string hashed_secret; ///< SHA-256, 32 bytes
    grammar::sys_micro expires_at;
    grammar::uuid user_id;
    bool user_exists = false;      ///< and is not deleted
    std::string user_status;       ///< "active", "suspended", "dormant"
    bool reads_everything = false; ///< owner or auditor
    bool has_scope = false;
};

/// @return nothing for an unknown id. Errors: those of lease::run, server_error, statement_timeout.
[[nodiscard]] boost::asio::awaitable<pg::outcome<std::optional<key_record>>>
find_key(pg::lease& connection, schema::shape const& database, std::string_view id, std::chrono::milliseconds limit,
         pg::steady_time deadline);

/// Reads rows of sql::users_by_name. A row whose ordinal is none of the names' is passed over.
[[nodiscard]] std::vector<std::optional<grammar::uuid>> users_in(pg::rows const& rows, std::size_t names);

/// The ids of users by name (any case, not deleted), one for each name, in order; nothing where nobody has it.
[[nodiscard]] boost::asio::awaitable<pg::outcome<std::vector<std::optional<grammar::uuid>>>>
find_users(pg::lease& connection, std::vector<std::string> const& names, std::chrono::milliseconds limit,
           pg::steady_time deadline);

} // namespace bridgewatch::store
