#include "test/support/open_load.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

// bench_overload ADDRESS TARGET CAPACITY SECONDS: an open loop at parts and multiples of what the server was seen to
// serve a second, each followed by a trickle that tells when all is as before. The token is in BENCH_TOKEN. Prints a
// line for each: factor, offered/s, goodput/s, p50, p99, refused/s, their p50, p99, other/s, recovery; times in ms.
namespace {

using namespace bridgewatch::test;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds trickle_length{3000};
constexpr double trickle_rate = 50;

double ms(microseconds of)
{
    return static_cast<double>(of.count()) / 1000;
}

/// @param normal p99 of a load that is served with ease; zero: this one is to tell
/// @return its p99.
microseconds measure(open_load load, double factor, double rate, milliseconds length, microseconds normal)
{
    load.stretches = {{.rate = rate, .length = length}, {.rate = trickle_rate, .length = trickle_length}};
    auto const answers = run(load);
    auto const got = summarize(answers, 0, length);
    auto const seconds = std::chrono::duration<double>{length}.count();
    auto const limit = 4 * (normal.count() > 0 ? normal : got.good_p99); // one in a hundred is later than p99
    std::printf("%g %.0f %.0f %.1f %.1f %.0f %.1f %.1f %.0f %.0f\n", factor, rate, got.goodput, ms(got.good_p50),
                ms(got.good_p99), static_cast<double>(got.refused) / seconds, ms(got.refused_p50), ms(got.refused_p99),
                static_cast<double>(got.other) / seconds, ms(recovery(answers, 1, limit)));
    std::fflush(stdout);
    return got.good_p99;
}

} // namespace

int main(int count, char** arguments)
try {
    auto const* const token = std::getenv("BENCH_TOKEN");
    if (count != 5 || token == nullptr) {
        std::cerr << "bench_overload ADDRESS TARGET CAPACITY SECONDS, and BENCH_TOKEN\n";
        return 2;
    }
    open_load const load{
        .address = arguments[1], .target = arguments[2], .headers = {{"Coder-Session-Token", token}}, .stretches = {}};
    auto const capacity = std::stod(arguments[3]);
    milliseconds const length{static_cast<long>(std::stod(arguments[4]) * 1000)};
    microseconds normal{0};
    for (double const factor : {0.5, 1.0, 2.0, 4.0}) {
        auto const p99 = measure(load, factor, factor * capacity, length, normal);
        if (normal.count() == 0)
            normal = p99;
    }
} catch (std::exception const& failure) {
    std::cerr << "bench_overload: " << failure.what() << "\n";
    return 1;
}
