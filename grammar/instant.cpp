#include "grammar/instant.hpp"

#include "grammar/ascii.hpp"
#include "grammar/duration.hpp"

#include <algorithm>
#include <tuple>

namespace bridgewatch::grammar {
namespace {

using std::chrono::days;
using std::chrono::microseconds;

/// Of a good RFC 3339 time.
std::string finer_digits(std::string_view time)
{
    constexpr std::size_t micro_digits = 6;
    auto const point = time.find('.');
    if (point == std::string_view::npos)
        return {};
    auto digits = time.substr(point + 1);
    digits = digits.substr(0, digits.find_first_not_of("0123456789"));
    digits.remove_prefix(std::min(digits.size(), micro_digits));
    return std::string{digits.substr(0, digits.find_last_not_of('0') + 1)};
}

instant day_of(sys_micro at)
{
    return {.at = std::chrono::floor<days>(at), .finer = {}, .is_day = true};
}

} // namespace

sys_micro instant::first() const
{
    return at + microseconds{finer.empty() ? 0 : 1};
}

sys_micro instant::after() const
{
    return is_day ? at + days{1} : at + microseconds{1};
}

bool instant::starts_after(instant const& other) const
{
    if (other.is_day)
        return at >= other.after();
    return std::tie(at, finer) > std::tie(other.at, other.finer);
}

std::optional<instant> parse_instant(std::string_view text, sys_micro now)
{
    auto const upper = ascii::upper(text);
    if (auto const exact = parse_rfc3339(upper))
        return instant{.at = exact->floor, .finer = finer_digits(upper)};
    if (upper == "NOW")
        return instant{.at = now, .finer = {}};
    if (upper == "TODAY")
        return day_of(now);
    if (upper == "YESTERDAY")
        return day_of(now - days{1});
    if (auto const day = parse_rfc3339(upper + "T00:00:00Z"))
        return day_of(day->floor);
    auto const ago = parse_duration(text.starts_with('-') ? text.substr(1) : text);
    if (!ago)
        return std::nullopt;
    return instant{.at = within_rfc3339(now - *ago), .finer = {}};
}

} // namespace bridgewatch::grammar
