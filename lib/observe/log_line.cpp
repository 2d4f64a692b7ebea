#include "lib/observe/log_line.hpp"

#include "lib/json/escape.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace bridgewatch::observe {

namespace {

struct named_level {
    std::string_view name, shout, colour;
    log_level level;
};

constexpr std::string_view dim = "\033[2m", bold = "\033[1m", plain = "\033[0m";

constexpr std::array<named_level, 5> levels{{{"debug", "DEBUG", "\033[36m", log_level::debug},
                                             {"info", "INFO", "\033[32m", log_level::info},
                                             {"warn", "WARN", "\033[33m", log_level::warn},
                                             {"error", "ERROR", "\033[31m", log_level::error},
                                             {"off", "OFF", "", log_level::off}}};

named_level const& named(log_level level)
{
    return levels.at(static_cast<std::size_t>(level));
}

/// RFC 3339 with all six digits of the fraction: lines of one width are easier on the eye, and sort as text.
void append_time(std::string& out, grammar::sys_micro at)
{
    constexpr std::size_t digits = 6;
    auto const start = out.size();
    grammar::append_rfc3339(out, at);
    out.pop_back(); // Z
    auto const point = out.find('.', start);
    auto const have = point == std::string::npos ? 0 : out.size() - point - 1;
    if (point == std::string::npos)
        out += '.';
    out.append(digits - have, '0').append(1, 'Z');
}

template <class Number>
void append_number(std::string& out, Number number)
{
    std::array<char, 32> digits{};
    auto const [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out.append(digits.data(), end);
}

void append_double(std::string& out, double number)
{
    if (std::isfinite(number))
        append_number(out, number);
    else
        out += "null"; // JSON has no word for it
}

bool is_plain(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char byte) {
        return '!' <= byte && byte <= '~' && byte != '"' && byte != '=' && byte != '\\';
    });
}

void append_value(std::string& out, log_format format, field::any const& value)
{
    if (auto const* text = std::get_if<std::string_view>(&value)) {
        if (format != log_format::json && is_plain(*text))
            out += *text;
        else
            json::append_string(out, *text);
    } else if (auto const* number = std::get_if<std::int64_t>(&value)) {
        append_number(out, *number);
    } else if (auto const* real = std::get_if<double>(&value)) {
        append_double(out, *real);
    } else {
        out += std::get<bool>(value) ? "true" : "false";
    }
}

} // namespace

std::optional<log_level> parse_log_level(std::string_view text)
{
    auto const* const found = std::ranges::find(levels, text, &named_level::name);
    return found == levels.end() ? std::nullopt : std::optional{found->level};
}

std::optional<log_format> parse_log_format(std::string_view text)
{
    if (text == "json")
        return log_format::json;
    if (text == "text")
        return log_format::text;
    return std::nullopt;
}

std::string_view to_string(log_level level)
{
    return named(level).name;
}

std::string log_line(log_format format, grammar::sys_micro at, log_level level, std::string_view event,
                     std::span<field const> fields)
{
    std::string out;
    out.reserve(512);
    auto const is_json = format == log_format::json;
    auto const paint = [&](std::string_view with) { out += format == log_format::coloured_text ? with : ""; };
    if (is_json) {
        out += R"({"time":")";
        append_time(out, at);
        out.append(R"(","level":")").append(named(level).name).append(R"(","event":)");
        json::append_string(out, event);
    } else {
        paint(dim);
        append_time(out, at);
        paint(plain);
        out += ' ';
        paint(named(level).colour);
        out += named(level).shout;
        paint(plain);
        out += ' ';
        paint(bold);
        out += event;
        paint(plain);
    }
    for (auto const& each : fields) {
        out += is_json ? ',' : ' ';
        if (is_json) {
            json::append_string(out, each.key);
            out += ':';
        } else {
            paint(dim);
            out.append(each.key) += '=';
            paint(plain);
        }
        append_value(out, format, each.value);
    }
    out += is_json ? "}" : "";
    return out;
}

} // namespace bridgewatch::observe
