#include "lib/core/byte_size.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace bridgewatch::core {

std::optional<std::int64_t> parse_byte_size(std::string_view text)
{
    static constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> units{
        {{"", 1}, {"KiB", std::int64_t{1} << 10U}, {"MiB", std::int64_t{1} << 20U}, {"GiB", std::int64_t{1} << 30U}}};
    constexpr std::int64_t most = std::int64_t{1} << 40U;

    std::int64_t number = 0;
    auto const read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc{} || number < 0)
        return {};
    std::string_view const unit{read.ptr, static_cast<std::size_t>(text.data() + text.size() - read.ptr)};
    for (auto const& [name, factor] : units)
        if (unit == name)
            return number <= most / factor ? std::optional{number * factor} : std::nullopt;
    return {};
}

} // namespace bridgewatch::core
