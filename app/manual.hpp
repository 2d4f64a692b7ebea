#pragma once

#include "app/command_description.hpp"

#include <span>
#include <string>
#include <string_view>

namespace bridgewatch::app {

/// The page bridgewatch(1), for man and mandoc: plain ASCII, in the macros of man(7).
/// @param version as in "0.1.0"
[[nodiscard]] std::string manual(std::span<command_description const> commands, std::string_view version);

} // namespace bridgewatch::app
