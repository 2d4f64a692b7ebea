// Keys whose values have an order: times, durations, numbers.

#include "grammar/conditions.hpp"

#include "grammar/ascii.hpp"
#include "grammar/duration.hpp"
#include "grammar/escape.hpp"
#include "grammar/number.hpp"

#include <utility>

namespace bridgewatch::grammar {
namespace {

time_field time_field_of(key k)
{
    return k == key::ended ? time_field::ended : time_field::started;
}

/// Of a key from duration to cost.
amount amount_of(key k)
{
    switch (k) {
    case key::input_tokens:
        return amount::input_tokens;
    case key::output_tokens:
        return amount::output_tokens;
    case key::total_tokens:
        return amount::total_tokens;
    case key::cache_read_tokens:
        return amount::cache_read_tokens;
    case key::cache_write_tokens:
        return amount::cache_write_tokens;
    case key::cost:
        return amount::cost;
    default:
        return amount::duration;
    }
}

bool is_time(key k)
{
    return k == key::started || k == key::ended;
}

} // namespace

std::optional<instant> condition_reader::read_instant(key_traits const& known, ast::text const& value)
{
    auto at = parse_instant(value.value, context_.now);
    if (!at)
        add_fault(
            fault_code::bad_time, known, value.where,
            " must be a valid date format (2006-01-02T15:04:05.999999999Z07:00): " + quoted(ascii::upper(value.value)) +
                " is not an RFC 3339 time, nor a date, today, yesterday, now or a time ago such as 24h");
    return at;
}

/// Of a date the first instant. One value: a comma is text here.
std::optional<node> condition_reader::read_bound(key_traits const& known, std::span<ast::text const> values,
                                                 time_bounds& bounds)
{
    auto const& value = values.front();
    if (value.value.empty())
        return std::nullopt;
    auto at = read_instant(known, value);
    if (!at)
        return std::nullopt;
    at->is_day = false;
    bounds.note(known.id, *at, value.where);
    time_within out{.field = time_field::started, .from = {}, .before = {}};
    if (known.id == key::started_after)
        out.from = at->first();
    else
        out.before = at->after();
    return node{out};
}

std::optional<node> condition_reader::read_times(key_traits const& known, std::span<ast::text const> values)
{
    std::vector<node> out;
    for (auto const& value : given(values)) {
        if (auto const at = read_instant(known, value))
            // An instant between two microseconds gives an empty range, as it should.
            out.push_back({time_within{.field = time_field_of(known.id), .from = at->first(), .before = at->after()}});
    }
    return any_one(std::move(out));
}

std::optional<std::int64_t> condition_reader::read_number(key_traits const& known, ast::text const& value)
{
    if (known.id == key::duration) {
        auto const length = parse_duration(value.value);
        if (!length)
            add_fault(fault_code::bad_duration, known, value.where,
                      " must be a valid duration: " + quoted(value.value) +
                          " is not a number with a unit of ms, s, m, h, d or w, such as 30s or 1h30m");
        return length ? std::optional{length->count()} : std::nullopt;
    }
    bool const is_money = known.id == key::cost;
    auto const number = is_money ? parse_decimal(value.value, 6) : parse_integer(value.value);
    if (!number && is_money)
        add_fault(fault_code::bad_amount, known, value.where,
                  " must be a valid amount: " + quoted(value.value) +
                      " is not a decimal number with at most 6 places, such as 0.25");
    else if (!number)
        add_fault(fault_code::bad_number, known, value.where,
                  " must be a valid integer: " + quoted(value.value) + " is not a whole number of 64 bits");
    return number;
}

std::optional<node> condition_reader::read_amounts(key_traits const& known, std::span<ast::text const> values)
{
    amount_is out{.of = amount_of(known.id), .any_of = {}, .low = {}, .high = {}};
    for (auto const& value : given(values)) {
        if (auto const number = read_number(known, value))
            out.any_of.push_back(*number);
    }
    return unless_empty(std::move(out));
}

std::optional<node> condition_reader::comparison(key_traits const& known, ast::comparison const& with)
{
    using enum ast::relation;
    bool const is_below = with.how == less || with.how == less_equal;
    bool const with_equal = with.how == less_equal || with.how == greater_equal;
    if (with.value.value.empty())
        return std::nullopt;
    if (is_time(known.id)) {
        auto const at = read_instant(known, with.value);
        if (!at)
            return std::nullopt;
        time_within out{.field = time_field_of(known.id), .from = {}, .before = {}};
        if (is_below)
            out.before = with_equal ? at->after() : at->first();
        else
            out.from = with_equal ? at->first() : at->after();
        return node{out};
    }
    auto const number = read_number(known, with.value);
    if (!number)
        return std::nullopt;
    amount_is out{.of = amount_of(known.id), .any_of = {}, .low = {}, .high = {}};
    (is_below ? out.high : out.low) = limit{.value = *number, .inclusive = with_equal};
    return node{std::move(out)};
}

std::optional<node> condition_reader::range(key_traits const& known, ast::range const& within)
{
    constexpr std::string_view above = " has invalid value: a range cannot start above its end";
    auto const is_given = [](std::optional<ast::text> const& end) { return end && !end->value.empty(); };
    bool const has_low = is_given(within.low);
    bool const has_high = is_given(within.high);
    if (!has_low && !has_high) {
        add_fault(fault_code::empty_range, known, within.where, " has invalid value: a range needs one end at least");
        return std::nullopt;
    }
    if (is_time(known.id)) {
        auto const low = has_low ? read_instant(known, *within.low) : std::nullopt;
        auto const high = has_high ? read_instant(known, *within.high) : std::nullopt;
        if (low && high && low->starts_after(*high))
            add_fault(fault_code::empty_range, known, within.where, above);
        time_within out{.field = time_field_of(known.id), .from = {}, .before = {}};
        if (low)
            out.from = low->first();
        if (high)
            out.before = high->after();
        return node{out};
    }
    auto const low = has_low ? read_number(known, *within.low) : std::nullopt;
    auto const high = has_high ? read_number(known, *within.high) : std::nullopt;
    if (low && high && *low > *high)
        add_fault(fault_code::empty_range, known, within.where, above);
    amount_is out{.of = amount_of(known.id), .any_of = {}, .low = {}, .high = {}};
    if (low)
        out.low = limit{.value = *low};
    if (high)
        out.high = limit{.value = *high};
    return node{std::move(out)};
}

} // namespace bridgewatch::grammar
