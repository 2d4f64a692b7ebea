#include "test/integration/search_spelling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace bridgewatch::test::search {
namespace {

using namespace std::chrono_literals;
using std::string_view;
using std::chrono::days, std::chrono::floor, std::chrono::microseconds;

bool is_balanced(string_view text)
{
    int open = 0;
    for (char const c : text) {
        open += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (open < 0)
            return false;
    }
    return open == 0;
}

bool holds_any(string_view text, string_view characters)
{
    return text.find_first_of(characters) != string_view::npos;
}

wide halves(grammar::sys_micro at)
{
    return 2 * wide{at.time_since_epoch().count()};
}

/// whole.fraction, the fraction of so many digits, its zeros at the end sometimes left out.
std::string decimal_text(std::int64_t scaled, std::size_t digits, dice& random)
{
    std::int64_t power = 1;
    for (std::size_t i = 0; i < digits; ++i)
        power *= 10;
    auto fraction = fmt::format("{:0{}}", scaled % power, digits);
    auto const last = fraction.find_last_not_of('0');
    if (!random.one_in(4))
        fraction.erase(last == std::string::npos ? 0 : last + 1);
    return fmt::format("{}{}{}", scaled / power, fraction.empty() ? "" : ".", fraction);
}

std::string date_text(grammar::sys_micro at)
{
    std::chrono::year_month_day const date{floor<days>(at)};
    return fmt::format("{:04}-{:02}-{:02}", int{date.year()}, unsigned{date.month()}, unsigned{date.day()});
}

std::string time_text(grammar::sys_micro at, dice& random)
{
    std::chrono::hh_mm_ss const time{at - floor<days>(at)};
    auto const micros = time.subseconds().count();
    auto const seconds = decimal_text(time.seconds().count() * 1'000'000 + micros, 6, random);
    auto const pad = time.seconds().count() < 10 ? "0" : "";
    return fmt::format("{:02}:{:02}:{}{}", time.hours().count(), time.minutes().count(), pad, seconds);
}

} // namespace

bool can_be_written(string_view text)
{
    auto const quotes = std::ranges::count(text, '"');
    return quotes == 0 ||
           (quotes % 2 == 0 && !text.starts_with('"') && !text.ends_with('"') && !holds_any(text, " :,*"));
}

bool needs_quotes(string_view text, place at)
{
    constexpr string_view operators[] = {"AND", "OR", "NOT"};
    if (text.empty() || holds_any(text, " :") || !is_balanced(text))
        return true;
    switch (at) {
    case place::listed:
        return holds_any(text, ",");
    case place::pattern:
        return holds_any(text, ",*");
    case place::ordered:
        return holds_any(text, ",<>*") || text.find("..") != string_view::npos;
    case place::bare:
        return holds_any(text, ",*") || text.front() == '-' || text.front() == '(' ||
               std::ranges::count(operators, text) != 0;
    case place::whole:
        break;
    }
    return false;
}

std::string spelled(string_view text, place at, dice& random)
{
    bool const must = needs_quotes(text, at);
    bool const may = !holds_any(text, "\"");
    if (may && (must || random.one_in(3)))
        return fmt::format("\"{}\"", text);
    return std::string{text};
}

std::vector<std::string> characters(string_view text)
{
    std::vector<std::string> out;
    for (char const c : text) {
        bool const continues = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
        if (!continues || out.empty())
            out.emplace_back();
        out.back() += c;
    }
    return out;
}

point number_point(std::int64_t number)
{
    return {std::to_string(number), 2 * wide{number}, 2 * wide{number}};
}

point cost_point(std::int64_t micros, dice& random)
{
    return {decimal_text(micros, 6, random), 2 * wide{micros}, 2 * wide{micros}};
}

point duration_point(std::int64_t micros, dice& random)
{
    struct unit {
        string_view name;
        std::int64_t micros;
    };

    constexpr unit units[] = {{"ms", 1'000},        {"s", 1'000'000},      {"m", 60'000'000},
                              {"h", 3'600'000'000}, {"d", 86'400'000'000}, {"w", 604'800'000'000}};
    constexpr std::int64_t thousandths = 1'000;
    point out{{}, 2 * wide{micros}, 2 * wide{micros}};
    auto const& unit = random.pick(units);
    if (micros * thousandths % unit.micros == 0)
        out.text = fmt::format("{}{}", decimal_text(micros * thousandths / unit.micros, 3, random), unit.name);
    else
        out.text = fmt::format("{}s", decimal_text(micros, 6, random));
    return out;
}

point instant_point(grammar::sys_micro at, dice& random)
{
    struct offset {
        string_view text;
        std::chrono::minutes east;
    };

    constexpr offset offsets[] = {{"Z", 0min},        {"z", 0min},         {"+00:00", 0min},
                                  {"+02:00", 120min}, {"-05:30", -330min}, {"+14:00", 840min}};
    auto const& zone = random.pick(offsets);
    auto const local = at + zone.east;
    auto time = time_text(local, random);
    bool between = false;
    if (random.one_in(3)) {
        constexpr std::size_t with_micros = 15; // hh:mm:ss.uuuuuu
        time += time.size() == 8 ? "." : "";
        time += std::string(with_micros - time.size(), '0');
        auto const finer = random.pick<string_view>({"5", "000", "0001", "999"});
        time += finer;
        between = finer != "000";
    }
    auto const position = halves(at) + (between ? 1 : 0);
    auto const letter = random.pick({'T', 'T', 't'});
    return {fmt::format("{}{}{}{}", date_text(local), letter, time, zone.text), position, position};
}

point date_point(grammar::sys_micro within, dice& random)
{
    auto const day = floor<days>(within) + random.pick({days{0}, days{0}, days{-1}, days{1}});
    return {date_text(day), halves(day), halves(day + days{1}) - 1};
}

point relative_point(grammar::sys_micro now, dice& random)
{
    struct distance {
        string_view text;
        microseconds back;
    };

    constexpr distance distances[] = {{"24h", 24h}, {"1d", 24h},       {"1440m", 24h}, {"86400s", 24h},
                                      {"7d", 168h}, {"1w", 168h},      {"168h", 168h}, {"36h", 36h},
                                      {"2d", 48h},  {"500d", 12'000h}, {"1s", 1s},     {"60w", 10'080h}};
    auto const today = floor<days>(now);
    switch (random.below(6)) {
    case 0:
        return {"now", halves(now), halves(now)};
    case 1:
        return {"today", halves(today), halves(today + days{1}) - 1};
    case 2:
        return {"yesterday", halves(today - days{1}), halves(today) - 1};
    default:
        break;
    }
    auto const& ago = random.pick(distances);
    auto const at = halves(now - ago.back);
    auto text = (random.one_in(2) ? "-" : "") + std::string{ago.text};
    if (random.one_in(4))
        std::ranges::transform(text, text.begin(),
                               [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
    return {text, at, at};
}

} // namespace bridgewatch::test::search
