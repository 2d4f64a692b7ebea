#pragma once

#include "app/command_description.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::app {

/// One subcommand: reads its options, runs, gives the exit status (0 done, 1 failed at run time, 2 wrong usage).
struct command {
    std::string_view name, summary;
    int (*run)(std::vector<std::string> const& arguments);
    command_description (*describe)(); ///< its options, without reading any
};

/// All of them, in the order of the help.
[[nodiscard]] std::span<command const> commands();

} // namespace bridgewatch::app
