// A target as a program for afl-fuzz. Debian's afl-clang-fast is a plugin for clang 14, which cannot build our
// coroutines, so AFL++'s own driver and run time get the counters that clang counts for libFuzzer: after each input
// they are copied into AFL++'s map. An input that ends the process leaves none: of several such inputs AFL++ keeps one.
// Source: clang, "SanitizerCoverage" (inline 8bit-counters); AFL++, utils/aflpp_driver and afl-compiler-rt.

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <pthread.h>
#include <sys/prctl.h>

extern "C" {
int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);
int LLVMFuzzerRunDriver(int* count, char*** arguments, int (*run)(std::uint8_t const* data, std::size_t size));
void __sanitizer_cov_trace_pc_guard_init(std::uint32_t* start, std::uint32_t* stop);
extern std::uint8_t* __afl_area_ptr;
}

namespace {

std::span<std::uint8_t> counters;

/// Their places in the map, as the run time has given them.
std::vector<std::uint32_t>& places()
{
    static std::vector<std::uint32_t> of_counters; // made in time for the caller, a constructor of clang's
    return of_counters;
}

int run(std::uint8_t const* data, std::size_t size)
{
    auto const answer = LLVMFuzzerTestOneInput(data, size);
    for (std::size_t at = 0; at < counters.size(); ++at)
        if (counters[at] != 0)
            __afl_area_ptr[places()[at]] = counters[at];
    std::ranges::fill(counters, std::uint8_t{0});
    return answer;
}

} // namespace

/// Called by each unit with the same two ends, which are those of the program.
extern "C" void __sanitizer_cov_8bit_counters_init(std::uint8_t* start, std::uint8_t* stop)
{
    if (!places().empty() || start == stop)
        return;
    counters = {start, stop};
    places().resize(counters.size());
    __sanitizer_cov_trace_pc_guard_init(places().data(), places().data() + places().size());
}

int main(int count, char** arguments)
{
    // Between inputs a process is stopped, and would stay so for good where its fork server is killed.
    pthread_atfork(nullptr, nullptr, [] { ::prctl(PR_SET_PDEATHSIG, SIGKILL); });
    std::ranges::fill(counters, std::uint8_t{0}); // what ran before the first input
    return LLVMFuzzerRunDriver(&count, &arguments, run);
}
