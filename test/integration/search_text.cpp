#include "test/integration/search_text.hpp"

#include <algorithm>
#include <optional>

namespace bridgewatch::test::search {
namespace {

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/// Takes digits off the front.
std::string_view take_digits(std::string_view& text)
{
    auto const end = std::ranges::find_if_not(text, is_digit);
    auto const out = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(out.size());
    return out;
}

bool take(std::string_view& text, std::string_view any_of)
{
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos)
        return false;
    text.remove_prefix(1);
    return true;
}

/// digits × 10^exponent, the digits without zeros at either end; none for zero.
struct decimal {
    bool negative = false;
    std::string digits;
    long exponent = 0;
    friend bool operator==(decimal const&, decimal const&) = default;
};

decimal shortest(decimal from)
{
    while (from.digits.ends_with('0')) {
        from.digits.pop_back();
        ++from.exponent;
    }
    from.digits.erase(0, from.digits.find_first_not_of('0'));
    return from.digits.empty() ? decimal{} : from;
}

/// RFC 8259, "Numbers". Precondition: an exponent of a few digits.
std::optional<decimal> parsed(std::string_view text)
{
    decimal out{.negative = take(text, "-"), .digits = {}};
    auto const whole = take_digits(text);
    if (whole.empty() || (whole.size() > 1 && whole.front() == '0'))
        return std::nullopt;
    out.digits = whole;
    if (take(text, ".")) {
        auto const fraction = take_digits(text);
        if (fraction.empty())
            return std::nullopt;
        out.digits += fraction;
        out.exponent = -static_cast<long>(fraction.size());
    }
    if (take(text, "eE")) {
        bool const below = text.starts_with('-');
        take(text, "+-");
        auto const power = take_digits(text);
        if (power.empty())
            return std::nullopt;
        out.exponent += (below ? -1 : 1) * std::stol(std::string{power});
    }
    return text.empty() ? std::optional{shortest(out)} : std::nullopt;
}

} // namespace

std::string folded(std::string_view text)
{
    std::string out{text};
    for (auto& c : out)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
}

bool holds_folded(std::string_view text, std::string_view needle)
{
    return folded(text).find(folded(needle)) != std::string::npos;
}

bool fits(std::string_view pattern, std::string_view text)
{
    if (pattern.empty() || text.empty())
        return text.empty() && pattern.find_first_not_of('*') == std::string_view::npos;
    if (pattern.front() != '*')
        return pattern.front() == text.front() && fits(pattern.substr(1), text.substr(1));
    return fits(pattern.substr(1), text) || fits(pattern, text.substr(1));
}

bool is_same_number(std::string_view a, std::string_view b)
{
    auto const left = parsed(a);
    return left && left == parsed(b);
}

} // namespace bridgewatch::test::search
