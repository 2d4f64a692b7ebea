#include "test/integration/search_oracle.hpp"
#include "test/integration/search_terms.hpp"

#include <algorithm>
#include <limits>

/// The terms whose values are compared: numbers, times, durations.
namespace bridgewatch::test::search {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds, std::chrono::sys_days, std::chrono::year;

/// One day off the first and the last that can be written.
constexpr sys_micro first_day = sys_days{year{0} / 1 / 2}, last_day = sys_days{year{9999} / 12 / 30};

std::int64_t as_bigint(wide amount)
{
    constexpr wide most = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(std::clamp(amount, wide{0}, most));
}

} // namespace

point term_maker::any_point(field of)
{
    auto const& row = random_.one_in(5) ? random_.pick(data_.rows) : *row_;
    auto const amount = amount_of(of, row);
    auto const beside = amount.value_or(1'000'000) + static_cast<wide>(random_.below(3)) - 1;
    auto const near = random_.one_in(2) ? amount.value_or(0) : beside;
    switch (of) {
    case field::started:
        return time_point(row.started_at);
    case field::ended:
        return time_point(row.ended_at);
    case field::duration:
        return duration_point(as_bigint(near), random_);
    case field::cost:
        return cost_point(as_bigint(near), random_);
    default:
        return number_point(as_bigint(near));
    }
}

point term_maker::time_point(std::optional<sys_micro> near)
{
    auto const at = near.value_or(now_);
    switch (random_.below(6)) {
    case 0:
    case 1:
        return date_point(at, random_);
    case 2:
        return relative_point(now_, random_);
    case 3:
        if (random_.one_in(10))
            return date_point(random_.pick({first_day, last_day}), random_);
        [[fallthrough]];
    default:
        return instant_point(at + microseconds{static_cast<std::int64_t>(random_.below(3)) - 1}, random_);
    }
}

value term_maker::bound_value(field of)
{
    bool const after = of == field::started_after;
    constexpr int tries = 30;
    auto bound = time_point(row_->started_at);
    for (int i = 0; i < tries && (after ? bound.first >= parting_ : bound.first <= parting_); ++i)
        bound = time_point(random_.pick(data_.rows).started_at);
    if (after ? bound.first >= parting_ : bound.first <= parting_)
        bound = date_point(after ? first_day : last_day, random_);
    auto const means = after ? interval{bound.first, std::nullopt} : interval{std::nullopt, bound.first};
    return {end_spelled(bound), means};
}

value term_maker::plain_value(field of)
{
    auto const at = any_point(of);
    return {end_spelled(at), interval{at.first, at.last}};
}

value term_maker::ordered_value(field of)
{
    switch (random_.below(8)) {
    case 0:
    case 1:
        return plain_value(of);
    case 2:
        return range_value(any_point(of), any_point(of));
    case 3:
        return half_range_value(any_point(of));
    default:
        return compared_value(any_point(of));
    }
}

value term_maker::compared_value(point const& with)
{
    auto const end = end_spelled(with);
    switch (random_.below(4)) {
    case 0:
        return {">" + end, interval{with.last + 1, std::nullopt}};
    case 1:
        return {">=" + end, interval{with.first, std::nullopt}};
    case 2:
        return {"<" + end, interval{std::nullopt, with.first - 1}};
    default:
        return {"<=" + end, interval{std::nullopt, with.last}};
    }
}

value term_maker::range_value(point low, point high)
{
    if (high.first < low.first)
        std::swap(low, high);
    if (high.first == low.first) // the finer digits, or a day's parts, might be the wrong way round
        high = low;
    return {end_spelled(low) + ".." + end_spelled(high), interval{low.first, high.last}};
}

value term_maker::half_range_value(point const& end)
{
    if (random_.one_in(2))
        return {end_spelled(end) + "..*", interval{end.first, std::nullopt}};
    return {"*.." + end_spelled(end), interval{std::nullopt, end.last}};
}

std::string term_maker::end_spelled(point const& end)
{
    return spelled(end.text, place::ordered, random_);
}

} // namespace bridgewatch::test::search
