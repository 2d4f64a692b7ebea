#include "grammar/time_bounds.hpp"

#include "grammar/ascii.hpp"
#include "grammar/escape.hpp"

#include <algorithm>

namespace bridgewatch::grammar {
namespace {

/// Of a good time.
std::string_view finer_digits(std::string_view time)
{
    constexpr std::size_t micro_digits = 6;
    auto const point = time.find('.');
    if (point == std::string_view::npos)
        return {};
    auto digits = time.substr(point + 1);
    digits = digits.substr(0, digits.find_first_not_of("0123456789"));
    digits.remove_prefix(std::min(digits.size(), micro_digits));
    return digits.substr(0, digits.find_last_not_of('0') + 1);
}

/// The bounds belong to the range and columns hold whole microseconds, so rounding goes into the range.
started_bound bound_of(key k, exact_time at)
{
    if (k == key::started_before)
        return {.side = bound::at_or_before, .at = at.floor};
    return {.side = bound::at_or_after, .at = at.floor + std::chrono::microseconds{at.has_more ? 1 : 0}};
}

} // namespace

std::optional<started_bound> time_bounds::read(key k, ast::text const& value, std::vector<fault>& faults)
{
    auto const text = ascii::upper(value.value);
    auto const at = parse_rfc3339(text);
    if (!at) {
        faults.push_back({.code = fault_code::bad_time,
                          .where = value.where,
                          .field = std::string{name_of(k)},
                          .detail = "Query param " + quoted(name_of(k)) +
                                    " must be a valid date format (2006-01-02T15:04:05.999999999Z07:00): " +
                                    quoted(text) + " is not an RFC 3339 time"});
        return std::nullopt;
    }
    point written{.floor = at->floor, .finer = std::string{finer_digits(text)}};
    if (k == key::started_before)
        befores_.push_back({.at = std::move(written), .where = value.where});
    else if (!latest_after_ || *latest_after_ < written)
        latest_after_ = std::move(written);
    return bound_of(k, *at);
}

void time_bounds::find_empty_range(std::vector<fault>& faults) const
{
    if (!latest_after_)
        return;
    for (auto const& [at, where] : befores_)
        if (at <= *latest_after_)
            faults.push_back({.code = fault_code::empty_time_range,
                              .where = where,
                              .field = "started_before",
                              .detail = "Query param \"started_before\" has invalid value: \"started_before\" must be "
                                        "after \"started_after\" if set"});
}

} // namespace bridgewatch::grammar
