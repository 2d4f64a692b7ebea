#pragma once

#include "test/integration/search_rows.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// An audit log whose interceptions belong together: sessions of several tools, threads, prompts at times of their own.
namespace bridgewatch::test::sessions {

using grammar::sys_micro, grammar::uuid;
using search::dice, search::json;

struct prompt {
    uuid id;
    std::string text;
    sys_micro created_at;
};

struct usage {
    search::token_usage tokens;
    std::optional<json> metadata = {};
};

struct call {
    uuid id;
    search::tool_call what;
    std::string response_id;
    std::optional<json> metadata;
    sys_micro created_at;
};

struct thought {
    std::string text;
    sys_micro created_at;
};

/// An interception, and of its children what no query asks for too.
struct record {
    search::interception row;
    std::vector<prompt> prompts = {};
    std::vector<usage> usages = {};
    std::vector<call> calls = {};
    std::vector<thought> thoughts = {};
};

struct audit {
    std::vector<record> records;
    search::dataset searched; ///< the same rows in the same order, as queries see them
};

/// Who makes interceptions: users of the contract database, the last of them without a row there.
inline constexpr unsigned initiators[] = {1, 2, 3, 777};
inline constexpr unsigned nobody = 777;

[[nodiscard]] uuid initiator_id(unsigned number);

/// Some forty sessions. Starts and prompts share few points of time, in January 2025: before all that is said in a
/// query relative to now.
[[nodiscard]] audit random_audit(dice& random, std::size_t rows);

/// Puts all of it into a contract database without interceptions. Throws std::runtime_error.
void load(std::string const& conninfo, audit const& data);

} // namespace bridgewatch::test::sessions
