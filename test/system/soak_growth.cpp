#include "test/system/soak_growth.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <unistd.h>

namespace bridgewatch::test::soak {
namespace {

/// A server with two loops and eight connections has less than this at any time. Sanitizers take several times that.
constexpr double most_kib = 512.0 * 1024;

/// A long run may gain this much of its level, and what one arena keeps (app/serve.cpp): pages larger than any before.
constexpr double bearable_share = 0.05;
constexpr double bearable_kib = 8.0 * 1024;

} // namespace

void growth::look()
{
    auto const since = std::chrono::steady_clock::now() - began_;
    samples_.push_back(
        {.seconds = std::chrono::duration<double>{since}.count(), .kib = static_cast<double>(resident_kib())});
}

std::size_t growth::resident_kib() const
{
    std::ifstream file{"/proc/" + std::to_string(of_) + "/statm"};
    std::size_t all = 0, resident = 0;
    file >> all >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}

std::size_t growth::descriptors() const
{
    std::filesystem::directory_iterator const open{"/proc/" + std::to_string(of_) + "/fd"};
    return static_cast<std::size_t>(std::distance(begin(open), end(open)));
}

std::vector<growth::sample> growth::after_warm_up() const
{
    return {samples_.begin() + static_cast<std::ptrdiff_t>(samples_.size() / 3), samples_.end()};
}

double growth::gain_kib() const
{
    auto const of = after_warm_up();
    auto const n = static_cast<double>(of.size());
    double seconds = 0, kib = 0, products = 0, squares = 0;
    for (auto const& each : of) {
        seconds += each.seconds / n;
        kib += each.kib / n;
    }
    for (auto const& each : of) {
        products += (each.seconds - seconds) * (each.kib - kib);
        squares += (each.seconds - seconds) * (each.seconds - seconds);
    }
    return squares == 0 ? 0 : products / squares * (of.back().seconds - of.front().seconds);
}

std::string growth::summary() const
{
    auto const of = after_warm_up();
    if (of.empty())
        return "no look at memory";
    auto const [least, most] = std::ranges::minmax(of, {}, &sample::kib);
    return fmt::format("resident after warm-up: {:.0f} to {:.0f} KiB, a line through it gains {:.0f} KiB in {:.0f} s",
                       least.kib, most.kib, gain_kib(), of.back().seconds - of.front().seconds);
}

void growth::expect_flat(bool is_long) const
{
    auto const of = after_warm_up();
    BOOST_TEST_REQUIRE(!of.empty());
    BOOST_TEST(std::ranges::max(of, {}, &sample::kib).kib < most_kib, summary());
    if (is_long)
        BOOST_TEST(gain_kib() < of.front().kib * bearable_share + bearable_kib, summary());
}

} // namespace bridgewatch::test::soak
