#include "grammar/number.hpp"

#include "grammar/ascii.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace bridgewatch::grammar {
namespace {

bool all_digits(std::string_view text)
{
    return std::ranges::all_of(text, ascii::is_digit);
}

std::size_t count_digits(std::string_view text)
{
    return static_cast<std::size_t>(std::ranges::find_if_not(text, ascii::is_digit) - text.begin());
}

} // namespace

std::optional<std::int64_t> parse_integer(std::string_view text)
{
    std::int64_t out = 0;
    auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (failed != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return out;
}

std::optional<std::int64_t> parse_decimal(std::string_view text, unsigned places)
{
    auto const point = std::min(text.find('.'), text.size());
    auto const whole = text.substr(0, point);
    auto fraction = point < text.size() ? text.substr(point + 1) : std::string_view{"0"};
    auto const digits = whole.starts_with('-') ? whole.substr(1) : whole;
    if (fraction.empty() || !all_digits(fraction) || !all_digits(digits) || (digits.empty() && point == text.size()))
        return std::nullopt;
    fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
    if (fraction.size() > places)
        return std::nullopt;
    std::string scaled{whole};
    scaled.append(fraction).append(places - fraction.size(), '0');
    return parse_integer(scaled);
}

bool is_json_number(std::string_view text)
{
    if (text.starts_with('-'))
        text.remove_prefix(1);
    auto const whole = count_digits(text);
    if (whole == 0 || (whole > 1 && text.front() == '0'))
        return false;
    text.remove_prefix(whole);
    if (text.starts_with('.')) {
        auto const fraction = count_digits(text.substr(1));
        if (fraction == 0)
            return false;
        text.remove_prefix(1 + fraction);
    }
    if (text.empty())
        return true;
    if (ascii::lower(text.front()) != 'e')
        return false;
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+'))
        text.remove_prefix(1);
    // numeric takes 131072 digits before the point and 16383 behind it ("Arbitrary Precision Numbers"); a query has
    // 4096 bytes, so three digits of exponent stay far inside.
    return !text.empty() && text.size() <= 3 && all_digits(text);
}

} // namespace bridgewatch::grammar
