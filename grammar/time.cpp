#include "grammar/time.hpp"

#include "grammar/ascii.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace bridgewatch::grammar {
namespace {

using std::chrono::microseconds;

/// Takes a date-time apart from its front. After the first thing that does not fit, ok() stays false.
class scanner {
  public:
    explicit scanner(std::string_view text) : rest_{text} {}

    /// Exactly `digits` digits whose value is within the bounds.
    int number(std::size_t digits, int least, int most)
    {
        int value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            char const c = take();
            ok_ = ok_ && ascii::is_digit(c);
            value = value * 10 + (c - '0');
        }
        ok_ = ok_ && value >= least && value <= most;
        return ok_ ? value : least;
    }

    void expect(char c) { ok_ = take() == c && ok_; }

    void fail() { ok_ = false; }

    char take()
    {
        if (rest_.empty()) {
            ok_ = false;
            return '0';
        }
        char const c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    [[nodiscard]] bool next_is(char c) const { return !rest_.empty() && rest_.front() == c; }

    [[nodiscard]] bool next_is_digit() const { return !rest_.empty() && ascii::is_digit(rest_.front()); }

    [[nodiscard]] bool ok() const { return ok_; }

    [[nodiscard]] bool done() const { return ok_ && rest_.empty(); }

  private:
    std::string_view rest_;
    bool ok_ = true;
};

struct fraction {
    microseconds floor{};
    bool has_more = false;
};

fraction scan_fraction(scanner& in)
{
    fraction out;
    if (!in.next_is('.'))
        return out;
    in.expect('.');
    int weight = 100'000;
    out.floor += microseconds{weight * in.number(1, 0, 9)};
    while (in.next_is_digit()) {
        weight /= 10;
        auto const value = in.number(1, 0, 9);
        out.floor += microseconds{weight * value};
        out.has_more = out.has_more || (weight == 0 && value != 0);
    }
    return out;
}

/// What to take off local time to get UTC.
std::chrono::minutes scan_offset(scanner& in)
{
    char const sign = in.take();
    if (sign == 'Z')
        return {};
    if (sign != '+' && sign != '-')
        in.fail();
    auto const hours = in.number(2, 0, 23);
    in.expect(':');
    auto const total = std::chrono::hours{hours} + std::chrono::minutes{in.number(2, 0, 59)};
    return sign == '-' ? -total : total;
}

struct divided {
    std::int64_t quotient = 0, remainder = 0;
};

/// Rounds down, so that the remainder is never negative. Unlike std::chrono::floor this holds for each 64-bit number.
divided floor_divide(std::int64_t value, std::int64_t by)
{
    auto const remainder = value % by;
    if (remainder < 0)
        return {.quotient = value / by - 1, .remainder = remainder + by};
    return {.quotient = value / by, .remainder = remainder};
}

/// A date of the proleptic Gregorian calendar. std::chrono::year ends at 32767; PostgreSQL goes on to 294276.
struct civil_date {
    std::int64_t year = 0;
    unsigned month = 0, day = 0;
};

/// The calendar repeats every 400 years, so the standard library does the work for the day's place in its cycle.
civil_date to_civil(std::int64_t days_since_1970)
{
    auto const [cycle, within] = floor_divide(days_since_1970, 146'097);
    std::chrono::year_month_day const date{std::chrono::sys_days{std::chrono::days{within}}};
    return {.year = int{date.year()} + 400 * cycle, .month = unsigned{date.month()}, .day = unsigned{date.day()}};
}

/// "00" to "99", one behind the other: a page has hundreds of times, and two digits at once halve what they take.
constexpr std::array<char, 200> pairs = [] {
    std::array<char, 200> out{};
    for (std::size_t i = 0; i < 100; ++i) {
        out[2 * i] = static_cast<char>('0' + i / 10);
        out[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return out;
}();

char* put_pair(char* out, std::uint64_t value)
{
    std::memcpy(out, pairs.data() + 2 * value, 2);
    return out + 2;
}

char* put_digits(char* out, std::int64_t value, int digits)
{
    for (int i = digits - 1; i >= 0; --i) {
        out[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
    return out + digits;
}

char* put_year(char* out, std::int64_t year)
{
    if (year < 0)
        *out++ = '-';
    auto const size = std::abs(year);
    if (size < 10'000) {
        out = put_pair(out, static_cast<std::uint64_t>(size) / 100);
        return put_pair(out, static_cast<std::uint64_t>(size) % 100);
    }
    int digits = 4;
    for (std::int64_t bound = 10'000; size >= bound; bound *= 10)
        ++digits;
    return put_digits(out, size, digits);
}

char* put_fraction(char* out, std::int64_t micros)
{
    if (micros == 0)
        return out;
    *out++ = '.';
    auto const value = static_cast<std::uint64_t>(micros);
    out = put_pair(out, value / 10'000);
    out = put_pair(out, value / 100 % 100);
    out = put_pair(out, value % 100);
    while (out[-1] == '0')
        --out;
    return out;
}

} // namespace

std::optional<exact_time> parse_rfc3339(std::string_view text)
{
    scanner in{text};
    std::chrono::year const year{in.number(4, 0, 9999)};
    in.expect('-');
    std::chrono::month const month{static_cast<unsigned>(in.number(2, 1, 12))};
    in.expect('-');
    std::chrono::year_month_day const date{year, month, std::chrono::day{static_cast<unsigned>(in.number(2, 1, 31))}};
    in.expect('T');
    std::chrono::hours const hours{in.number(2, 0, 23)};
    in.expect(':');
    std::chrono::minutes const minutes{in.number(2, 0, 59)};
    in.expect(':');
    std::chrono::seconds const seconds{in.number(2, 0, 59)};
    auto const [micros, has_more] = scan_fraction(in);
    auto const offset = scan_offset(in);
    if (!in.done() || !date.ok())
        return std::nullopt;
    return exact_time{.floor = std::chrono::sys_days{date} + hours + minutes + seconds + micros - offset,
                      .has_more = has_more};
}

void append_rfc3339(std::string& out, sys_micro at)
{
    auto const [days, micros] = floor_divide(at.time_since_epoch().count(), 86'400'000'000);
    auto const date = to_civil(days);
    auto const seconds = static_cast<std::uint64_t>(micros) / 1'000'000;
    char buffer[40]; // the longest, with a sign and a year of 6 digits, has 30
    char* end = put_year(buffer, date.year);
    *end++ = '-';
    end = put_pair(end, date.month);
    *end++ = '-';
    end = put_pair(end, date.day);
    *end++ = 'T';
    end = put_pair(end, seconds / 3600);
    *end++ = ':';
    end = put_pair(end, seconds / 60 % 60);
    *end++ = ':';
    end = put_pair(end, seconds % 60);
    end = put_fraction(end, micros % 1'000'000);
    *end++ = 'Z';
    out.append(buffer, end);
}

std::string to_rfc3339(sys_micro at)
{
    std::string out;
    append_rfc3339(out, at);
    return out;
}

sys_micro within_rfc3339(sys_micro at)
{
    using namespace std::chrono;
    constexpr sys_micro first = sys_days{year{0} / January / 1};
    constexpr sys_micro last = sys_micro{sys_days{year{10000} / January / 1}} - microseconds{1};
    return std::clamp(at, first, last);
}

} // namespace bridgewatch::grammar
