#include "lib/core/duration.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace bridgewatch::core {

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text)
{
    using std::chrono::milliseconds;
    static constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> units{
        {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
    constexpr std::int64_t longest = std::int64_t{24} * 3'600'000;

    std::int64_t number = 0;
    auto const read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc{} || number < 0)
        return {};
    std::string_view const unit{read.ptr, static_cast<std::size_t>(text.data() + text.size() - read.ptr)};
    if (unit.empty() && number == 0)
        return milliseconds{0};
    for (auto const& [name, factor] : units)
        if (unit == name)
            return number <= longest / factor ? std::optional{milliseconds{number * factor}} : std::nullopt;
    return {};
}

} // namespace bridgewatch::core
