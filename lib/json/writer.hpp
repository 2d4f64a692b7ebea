#pragma once

#include "grammar/time.hpp"
#include "lib/json/escape.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// Appends JSON to a string, with no tree in between: a page's bytes go from libpq's buffers into the body once.
/// Boost.JSON cannot serve here, since it rewrites numbers (1.10 becomes 1.1E0).
namespace bridgewatch::json {

void append_int(std::string& out, std::int64_t value);

/// A quoted RFC 3339 time; one that it cannot write (infinity, before the year 0) becomes the nearest that it can.
void append_time(std::string& out, grammar::sys_micro at);

/// A quoted UUID, lower case. @param bytes 16 of them; nothing (SQL NULL) gives null.
void append_uuid(std::string& out, std::span<std::uint8_t const> bytes);

/// A JSON value that is already text: passes through digit by digit. Empty (SQL NULL) gives `absent`.
void append_raw(std::string& out, std::string_view value, std::string_view absent);

} // namespace bridgewatch::json
