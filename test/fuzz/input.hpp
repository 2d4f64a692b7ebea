#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bridgewatch::fuzz {

/// An input read from its front as bytes, numbers and texts. Behind the end everything is 0 and empty.
class input {
  public:
    explicit input(std::string_view bytes) : rest_{bytes} {}

    [[nodiscard]] bool is_over() const { return rest_.empty(); }

    [[nodiscard]] std::uint8_t byte()
    {
        auto const one = text(1);
        return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one.front());
    }

    /// A number below `bound`, which is 1 to 256.
    [[nodiscard]] std::size_t below(std::size_t bound) { return byte() % bound; }

    [[nodiscard]] bool flag() { return (byte() & 1U) != 0; }

    /// Two bytes, the higher one first.
    [[nodiscard]] std::size_t length()
    {
        auto const high = byte();
        return std::size_t{high} * 256 + byte();
    }

    [[nodiscard]] std::string_view text(std::size_t size)
    {
        auto const out = rest_.substr(0, std::min(size, rest_.size()));
        rest_.remove_prefix(out.size());
        return out;
    }

    [[nodiscard]] std::string_view rest() { return text(rest_.size()); }

  private:
    std::string_view rest_;
};

} // namespace bridgewatch::fuzz
