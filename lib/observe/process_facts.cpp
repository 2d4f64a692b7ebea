#include "lib/observe/process_facts.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

namespace bridgewatch::observe {

namespace {

std::string contents(char const* path)
{
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

/// The fields behind the name, which is in parentheses and may hold anything: the first is field 3 of proc(5).
std::vector<std::string> fields_of_stat()
{
    auto const text = contents("/proc/self/stat");
    std::istringstream in{text.substr(std::min(text.rfind(')') + 1, text.size()))};
    return {std::istream_iterator<std::string>{in}, {}};
}

std::uint64_t open_descriptors()
{
    std::error_code error;
    std::filesystem::directory_iterator one{"/proc/self/fd", error};
    std::uint64_t count = 0;
    while (!error && one != std::filesystem::directory_iterator{}) {
        ++count;
        one.increment(error);
    }
    return count;
}

} // namespace

process_facts read_process_facts()
{
    constexpr std::size_t user = 11, system = 12, threads = 17, size = 20, resident = 21;
    process_facts out;
    auto const fields = fields_of_stat();
    auto const number = [&](std::size_t at) { return std::strtod(fields[at].c_str(), nullptr); };
    if (fields.size() > resident) {
        auto const ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
        out.cpu_seconds = (number(user) + number(system)) / ticks;
        out.threads = static_cast<std::uint64_t>(number(threads));
        out.virtual_bytes = static_cast<std::uint64_t>(number(size));
        out.resident_bytes =
            static_cast<std::uint64_t>(number(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    }
    out.open_descriptors = open_descriptors();
    if (rlimit limit{}; ::getrlimit(RLIMIT_NOFILE, &limit) == 0)
        out.max_descriptors = limit.rlim_cur;
    return out;
}

} // namespace bridgewatch::observe
