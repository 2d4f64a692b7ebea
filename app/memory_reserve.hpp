#pragma once

#include <cstddef>

namespace bridgewatch::app {

/// Memory that is kept back until an allocation fails (std::set_new_handler). What fails is mostly something large; the
/// small allocations that its clean-up and its 503 take are then there. One for the process.
class memory_reserve {
  public:
    static constexpr std::size_t bytes = std::size_t{8} << 20;

    memory_reserve();
    memory_reserve(memory_reserve const&) = delete;
    memory_reserve& operator=(memory_reserve const&) = delete;
    ~memory_reserve();

    /// Takes it again where it was used and there is room. Threads: one.
    /// @return whether it was used since the last call
    [[nodiscard]] bool refill();
};

} // namespace bridgewatch::app
