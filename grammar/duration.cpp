#include "grammar/duration.hpp"

#include "grammar/ascii.hpp"
#include "grammar/limits.hpp"
#include "grammar/number.hpp"

#include <algorithm>
#include <cstdint>

namespace bridgewatch::grammar {
namespace {

struct unit {
    std::string_view name;
    std::int64_t micros;
};

/// Descending.
constexpr unit units[] = {{"w", 604'800'000'000}, {"d", 86'400'000'000}, {"h", 3'600'000'000},
                          {"m", 60'000'000},      {"s", 1'000'000},      {"ms", 1'000}};

std::string_view take_while(std::string_view& text, auto const& belongs)
{
    auto const end = std::ranges::find_if_not(text, belongs);
    auto const out = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(out.size());
    return out;
}

/// number · unit, exactly. Empty where it is no number, not whole microseconds, or too large.
std::optional<std::int64_t> in_micros(std::string_view number, unit const& of)
{
    auto const millionths = parse_decimal(number, 6);
    if (!millionths)
        return std::nullopt;
    // In two parts, for the product of both may not fit.
    auto const whole = *millionths / 1'000'000;
    auto const rest = *millionths % 1'000'000 * of.micros; // less than 6.1e17
    if (rest % 1'000'000 != 0 || whole > limits::duration_micros / of.micros)
        return std::nullopt;
    return whole * of.micros + rest / 1'000'000;
}

} // namespace

std::optional<std::chrono::microseconds> parse_duration(std::string_view text)
{
    auto const folded = ascii::lower(text);
    std::string_view rest{folded};
    std::int64_t total = 0;
    auto next = std::begin(units);
    if (rest.empty())
        return std::nullopt;
    while (!rest.empty()) {
        auto const number = take_while(rest, [](char c) { return ascii::is_digit(c) || c == '.'; });
        auto const name = take_while(rest, [](char c) { return c >= 'a' && c <= 'z'; });
        auto const of = std::find_if(next, std::end(units), [name](unit const& u) { return u.name == name; });
        if (of == std::end(units))
            return std::nullopt;
        auto const micros = in_micros(number, *of);
        if (!micros)
            return std::nullopt;
        total += *micros;
        if (total > limits::duration_micros)
            return std::nullopt;
        next = of + 1;
    }
    return std::chrono::microseconds{total};
}

} // namespace bridgewatch::grammar
