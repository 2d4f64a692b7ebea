#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace bridgewatch::core {

/// Cores that this process may use: its affinity, and the cgroup's CPU quota rounded up (cgroup v2 `cpu.max`, v1
/// `cpu.cfs_quota_us`). At least 1. Reads files: for start-up only.
[[nodiscard]] std::size_t usable_cores();

/// The quota of a cgroup v2 `cpu.max` line ("150000 100000" → 2); nothing for "max".
[[nodiscard]] std::optional<std::size_t> cores_of_cpu_max(std::string_view line);

} // namespace bridgewatch::core
