#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace bridgewatch::core {

/// Bytes of memory that this process may have: the least of the cgroup's limit (v2 `memory.max`, v1
/// `memory.limit_in_bytes`), RLIMIT_AS and RLIMIT_DATA. Nothing where none is set. Reads files: for start-up only.
[[nodiscard]] std::optional<std::int64_t> memory_limit();

/// What such a file of a cgroup says; nothing for "max", and for the number that v1 has for "no limit".
[[nodiscard]] std::optional<std::int64_t> bytes_of_memory_max(std::string_view line);

} // namespace bridgewatch::core
