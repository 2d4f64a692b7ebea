#include "lib/json/writer.hpp"

#include "grammar/uuid.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace bridgewatch::json {
void append_int(std::string& out, std::int64_t value)
{
    std::array<char, 20> digits{};
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
}

void append_time(std::string& out, grammar::sys_micro at)
{
    out += '"';
    grammar::append_rfc3339(out, grammar::within_rfc3339(at));
    out += '"';
}

void append_uuid(std::string& out, std::span<std::uint8_t const> bytes)
{
    constexpr std::size_t length = 36;
    std::array<std::uint8_t, 16> id{};
    if (bytes.size() != id.size()) {
        out += "null";
        return;
    }
    std::ranges::copy(bytes, id.begin());
    std::array<char, length + 2> quoted{};
    quoted.front() = quoted.back() = '"';
    grammar::write_uuid(id, quoted.data() + 1);
    out.append(quoted.data(), quoted.size());
}

void append_raw(std::string& out, std::string_view value, std::string_view absent)
{
    out += value.empty() ? absent : value;
}

} // namespace bridgewatch::json
