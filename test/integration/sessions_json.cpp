#include "test/integration/sessions_json.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace bridgewatch::test::sessions {
namespace {

std::string shown_value(search::json const& value)
{
    using enum search::json::kind;
    std::vector<std::string> inner;
    inner.reserve(value.values.size());
    for (std::size_t i = 0; i < value.values.size(); ++i)
        inner.push_back((value.is == object ? quoted(value.names[i]) + ": " : "") + shown_value(value.values[i]));
    switch (value.is) {
    case null:
        return "null";
    case string:
        return quoted(value.text);
    case array:
        return fmt::format("[{}]", fmt::join(inner, ", "));
    case object:
        return fmt::format("{{{}}}", fmt::join(inner, ", "));
    case boolean:
    case number:
        break;
    }
    return value.text;
}

} // namespace

std::string quoted(std::string_view text)
{
    std::string out = "\"";
    for (char const c : text) {
        if (c == '"' || c == '\\')
            out.append({'\\', c});
        else if (c == '\n' || c == '\t')
            out.append({'\\', c == '\n' ? 'n' : 't'});
        else
            out += c;
    }
    return out + '"';
}

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
    return value ? shown_value(*value) : "{}";
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
