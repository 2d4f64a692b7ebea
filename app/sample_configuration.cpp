#include "app/sample_configuration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace bridgewatch::app {
namespace {

/// The default where it can be written as a value. Some are sentences, and "none" and "off" may mean: not given.
std::string sample_value(option_description const& option)
{
    if (option.name == "database-url-file")
        return "/etc/bridgewatch/database-url";
    if (option.flag)
        return "false";
    auto const& shown = option.shown_default;
    auto const words = option.choices();
    bool const is_word = std::ranges::find(words, shown) != words.end();
    bool const is_value = shown.find(' ') == std::string::npos && shown != "none" && shown != "off";
    return is_word || is_value ? shown : "";
}

} // namespace

std::string sample_configuration(command_description const& command)
{
    auto out = fmt::format(
        "# Options of `bridgewatch {}`; see bridgewatch(1). A line counts where no # is before it.\n", command.name);
    for (auto const& option : command.options) {
        if (option.name == "config")
            continue;
        out += fmt::format("\n# {}\n# {}{}; default: {}\n", option.help, option.expected,
                           option.repeatable ? ", or several with commas" : "", option.shown_default);
        auto const value = sample_value(option);
        out += fmt::format("#{} ={}{}\n", option.name, value.empty() ? "" : " ", value);
    }
    return out;
}

} // namespace bridgewatch::app
