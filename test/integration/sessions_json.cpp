#include "test/integration/sessions_json.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace bridgewatch::test::sessions {

std::string quoted(grammar::uuid const& id)
{
    return '"' + grammar::to_string(id) + '"';
}

std::string quoted(grammar::sys_micro at)
{
    return '"' + grammar::to_rfc3339(at) + '"';
}

std::string shown(std::optional<search::json> const& value)
{
    return value ? search::written(*value, ", ", ": ") : "{}";
}

std::string array_of(std::vector<std::string> const& elements)
{
    return fmt::format("[{}]", fmt::join(elements, ","));
}

std::string text_of(search::wide number)
{
    auto const low = static_cast<int>(number % 10);
    auto const rest = number / 10;
    if (rest == 0)
        return std::to_string(low);
    return text_of(rest) + std::to_string(low < 0 ? -low : low);
}

std::string difference(std::string_view expected, std::string_view got)
{
    if (expected == got)
        return {};
    constexpr std::size_t before = 300, around = 700;
    auto const parting = std::ranges::mismatch(expected, got).in1 - expected.begin();
    auto const from = static_cast<std::size_t>(parting) - std::min(before, static_cast<std::size_t>(parting));
    return fmt::format("  they part at byte {}\n  expected: {}\n  got:      {}\n", parting,
                       expected.substr(from, around), got.substr(std::min(from, got.size()), around));
}

} // namespace bridgewatch::test::sessions
