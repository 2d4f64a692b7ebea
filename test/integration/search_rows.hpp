#pragma once

#include "db/pg/blocking.hpp"
#include "grammar/time.hpp"
#include "grammar/uuid.hpp"
#include "test/integration/search_dice.hpp"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

/// Rows for the search language, of small domains so that random conditions find some of them.
namespace bridgewatch::test::search {

using grammar::sys_micro, grammar::uuid;

struct json {
    enum class kind { null, boolean, number, string, array, object };
    kind is = kind::null;
    std::string text = {};               ///< of a boolean, a number (as written) or a string
    std::vector<std::string> names = {}; ///< of an object, beside its values
    std::vector<json> values = {};       ///< of an object or an array
};

[[nodiscard]] std::string written(json const& value, std::string_view comma = ",", std::string_view colon = ":");

/// A JSON string. Precondition: no control character but newline and tab.
[[nodiscard]] std::string quoted(std::string_view text);

struct user {
    uuid id;
    std::string name;
    bool deleted = false;
    bool is_visible = true; ///< has a row in visible_users
};

struct token_usage {
    std::int64_t input = 0, output = 0, cache_read = 0, cache_write = 0;
    std::optional<std::int64_t> cost_micros = {};
};

struct tool_call {
    std::string name, input;
    std::optional<std::string> server_url, error;
    bool injected = false;
};

struct interception {
    uuid id, initiator;
    std::string provider, provider_name, model;
    std::optional<std::string> client, api_key_id, client_session_id, error_type = {}, error_message = {};
    sys_micro started_at;
    std::optional<sys_micro> ended_at = {};
    std::optional<uuid> thread_root = {};
    std::optional<json> metadata = {};
    json annotations;
    std::vector<token_usage> usages = {};
    std::vector<tool_call> calls = {};
    std::vector<std::string> prompts = {}, thoughts = {};

    /// The generated column.
    [[nodiscard]] std::string session_id() const;
};

/// All in one line, for a failure's message.
std::ostream& operator<<(std::ostream& out, interception const& row);

struct dataset {
    std::vector<user> users;
    std::vector<interception> rows = {};
    std::vector<interception> orphans = {}; ///< only their children are in the database
    uuid me = {};                           ///< one of the users
};

/// What error_type can be.
inline constexpr std::string_view error_types[] = {"bad_request",  "unauthorized", "rate_limited", "overloaded",
                                                   "server_error", "timeout",      "unknown"};

/// Started at about `now`, at the borders of its days and beside them.
[[nodiscard]] dataset random_dataset(dice& random, std::size_t rows, sys_micro now);

/// Puts all of it into a migrated, empty database. Throws std::runtime_error.
void load(pg::blocking_session& into, dataset const& data);

} // namespace bridgewatch::test::search
