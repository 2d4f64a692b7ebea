#pragma once

#include "grammar/time.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace bridgewatch::observe {

enum class log_level : std::uint8_t { debug, info, warn, error, off };
enum class log_format : std::uint8_t { json, text, coloured_text };

[[nodiscard]] std::optional<log_level> parse_log_level(std::string_view text);
/// "json" or "text".
[[nodiscard]] std::optional<log_format> parse_log_format(std::string_view text);
[[nodiscard]] std::string_view to_string(log_level level);

/// One named value of a line. The views need to live for the call only.
struct field {
    using any = std::variant<std::string_view, std::int64_t, double, bool>;

    field(std::string_view name, std::string_view text) : key{name}, value{text} {}

    field(std::string_view name, char const* text) : key{name}, value{std::string_view{text}} {}

    field(std::string_view name, std::string const& text) : key{name}, value{std::string_view{text}} {}

    field(std::string_view name, bool flag) : key{name}, value{flag} {}

    field(std::string_view name, double number) : key{name}, value{number} {}

    template <std::integral Integer>
    field(std::string_view name, Integer number) : key{name}, value{static_cast<std::int64_t>(number)}
    {
    }

    std::string_view key;
    any value;
};

/// A line without its line feed, which no value can bring in: strings are escaped in both formats.
/// JSON: {"time":…,"level":…,"event":…, fields}. Text: `time LEVEL event key=value key="with spaces"`; coloured, the
/// level has a colour, the event is bold, and time and keys are dim (ECMA-48, SGR).
[[nodiscard]] std::string log_line(log_format format, grammar::sys_micro at, log_level level, std::string_view event,
                                   std::span<field const> fields);

} // namespace bridgewatch::observe
