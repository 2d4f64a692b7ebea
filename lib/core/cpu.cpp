#include "lib/core/cpu.hpp"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <string>

namespace bridgewatch::core {
namespace {

std::string first_line(char const* path)
{
    std::string line;
    std::ifstream file{path};
    std::getline(file, line);
    return line;
}

std::optional<std::int64_t> number(std::string_view text)
{
    std::int64_t value = 0;
    auto const read = std::from_chars(text.data(), text.data() + text.size(), value);
    return read.ec == std::errc{} && value > 0 ? std::optional{value} : std::nullopt;
}

std::optional<std::size_t> quota_cores()
{
    if (auto const line = first_line("/sys/fs/cgroup/cpu.max"); !line.empty())
        return cores_of_cpu_max(line);
    auto const quota = first_line("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
    auto const period = first_line("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
    return cores_of_cpu_max(quota + ' ' + period);
}

std::size_t affinity_cores()
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    return static_cast<std::size_t>(CPU_COUNT(&set));
}

} // namespace

std::optional<std::size_t> cores_of_cpu_max(std::string_view line)
{
    auto const space = line.find(' ');
    if (space == std::string_view::npos)
        return {};
    auto const quota = number(line.substr(0, space));
    auto const period = number(line.substr(space + 1));
    if (!quota || !period)
        return {};
    return static_cast<std::size_t>((*quota + *period - 1) / *period);
}

std::size_t usable_cores()
{
    auto const cores = std::max<std::size_t>(1, affinity_cores());
    return std::clamp<std::size_t>(quota_cores().value_or(cores), 1, cores);
}

} // namespace bridgewatch::core
