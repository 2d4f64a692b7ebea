#pragma once

#include <string>
#include <vector>

namespace bridgewatch::app {

/// What an option's table says of it.
struct option_description {
    std::string name, shown_default, help, expected;
    bool repeatable = false;
    bool flag = false; ///< takes no value on the command line

    /// The words that `expected` lists, as in "on or off"; empty where it names a form, as in "a path".
    [[nodiscard]] std::vector<std::string> choices() const;
    [[nodiscard]] bool takes_path() const;

    bool operator==(option_description const&) const = default;
};

/// What the help, the manual and the shells' completions are made from. --help itself is none of the options.
struct command_description {
    struct argument {
        std::string name, help;
    };

    std::string name, summary;
    std::vector<argument> arguments; ///< required, in order
    std::vector<option_description> options;
};

} // namespace bridgewatch::app
