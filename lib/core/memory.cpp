#include "lib/core/memory.hpp"

#include <sys/resource.h>

#include <charconv>
#include <fstream>
#include <string>

namespace bridgewatch::core {
namespace {

/// More than any machine has.
constexpr std::int64_t no_limit = std::int64_t{1} << 50;

void lower(std::optional<std::int64_t>& limit, std::optional<std::int64_t> other)
{
    if (other && (!limit || *other < *limit))
        limit = other;
}

std::optional<std::int64_t> limit_of_cgroup(char const* path)
{
    std::string line;
    std::ifstream file{path};
    std::getline(file, line);
    return bytes_of_memory_max(line);
}

std::optional<std::int64_t> limit_of_process(__rlimit_resource_t of)
{
    rlimit limit{};
    if (::getrlimit(of, &limit) != 0 || limit.rlim_cur >= static_cast<rlim_t>(no_limit))
        return {};
    return static_cast<std::int64_t>(limit.rlim_cur);
}

} // namespace

std::optional<std::int64_t> bytes_of_memory_max(std::string_view line)
{
    std::int64_t bytes = 0;
    auto const* end = line.data() + line.size();
    auto const read = std::from_chars(line.data(), end, bytes);
    bool const is_limit = read.ec == std::errc{} && read.ptr == end && bytes > 0 && bytes < no_limit;
    return is_limit ? std::optional{bytes} : std::nullopt;
}

std::optional<std::int64_t> memory_limit()
{
    std::optional<std::int64_t> least;
    lower(least, limit_of_cgroup("/sys/fs/cgroup/memory.max"));
    lower(least, limit_of_cgroup("/sys/fs/cgroup/memory/memory.limit_in_bytes"));
    lower(least, limit_of_process(RLIMIT_AS));
    lower(least, limit_of_process(RLIMIT_DATA));
    return least;
}

} // namespace bridgewatch::core
