#pragma once

#include <cstdint>

namespace bridgewatch::observe {

/// What the kernel says about this process; 0 where it does not.
struct process_facts {
    double cpu_seconds = 0;
    std::uint64_t resident_bytes = 0, virtual_bytes = 0, open_descriptors = 0, max_descriptors = 0, threads = 0;
};

/// Reads /proc/self, which waits for no disk. Source: proc(5).
[[nodiscard]] process_facts read_process_facts();

} // namespace bridgewatch::observe
