#pragma once

#include <cstdint>
#include <random>

namespace bridgewatch::core {

/// 64 bits from the system's source of randomness. Any thread may call it.
[[nodiscard]] inline std::uint64_t random_seed()
{
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

} // namespace bridgewatch::core
