#include "lib/http/request_timeout.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace bridgewatch::http {

std::optional<std::chrono::milliseconds> parse_request_timeout(std::string_view text)
{
    constexpr std::chrono::duration<double> longest = std::chrono::days{1};
    // from_chars would also take a sign, and "inf".
    auto const is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.empty() || !is_digit(text.front()) || !is_digit(text.back()))
        return std::nullopt;
    double seconds = 0;
    auto const* const end = text.data() + text.size();
    auto const read = std::from_chars(text.data(), end, seconds, std::chars_format::fixed);
    if (read.ptr != end || read.ec != std::errc{})
        return std::nullopt;
    auto const asked = std::min(std::chrono::duration<double>{seconds}, longest);
    auto const rounded = std::chrono::ceil<std::chrono::milliseconds>(asked);
    return rounded.count() > 0 ? std::optional{rounded} : std::nullopt;
}

} // namespace bridgewatch::http
