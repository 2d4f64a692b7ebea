#include "app/command_description.hpp"

#include <algorithm>
#include <string_view>

namespace bridgewatch::app {

std::vector<std::string> option_description::choices() const
{
    std::vector<std::string> out;
    std::string_view rest = expected;
    while (!rest.empty()) {
        auto const end = std::min(rest.find(", "), rest.find(" or "));
        out.emplace_back(rest.substr(0, end));
        if (end == std::string_view::npos)
            break;
        rest.remove_prefix(end + (rest[end] == ',' ? 2 : 4));
    }
    bool const are_words =
        std::ranges::all_of(out, [](std::string const& piece) { return piece.find(' ') == std::string::npos; });
    if (!are_words || out.size() < 2)
        out.clear();
    return out;
}

bool option_description::takes_path() const
{
    return expected == "a path";
}

} // namespace bridgewatch::app
