#pragma once

#include "app/seed_data/random.hpp"

#include <string>
#include <string_view>

/// Texts that look like what people and their tools send to models: prose, code, quotes, backslashes, newlines and
/// letters of several scripts. Each function replaces `out`, so that a caller keeps one buffer.
namespace bridgewatch::app::seed_data {

/// About 450 bytes on average.
void make_prompt(std::string& out, random& from);

/// About 300 bytes.
void make_thought(std::string& out, random& from);

struct tool_call {
    std::string_view tool;
    std::string_view server_url; ///< empty for a tool of the client itself
};

[[nodiscard]] tool_call pick_tool(random& from);

/// The tool's arguments as JSON, about 580 bytes on average.
void make_tool_input(std::string& out, std::string_view tool, random& from);

} // namespace bridgewatch::app::seed_data
