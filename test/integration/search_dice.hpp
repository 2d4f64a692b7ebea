#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <iostream>
#include <iterator>
#include <random>
#include <string>

namespace bridgewatch::test::search {

/// Choices that a seed decides, the same with every standard library.
class dice {
  public:
    explicit dice(std::uint64_t seed) : engine_{seed} {}

    /// 0 … bound - 1; the bound is not 0.
    std::size_t below(std::size_t bound) { return engine_() % bound; }

    bool one_in(std::size_t count) { return below(count) == 0; }

    std::uint64_t bits() { return engine_(); }

    template <class Range>
    auto const& pick(Range const& from)
    {
        return *std::next(std::begin(from), static_cast<std::ptrdiff_t>(below(std::size(from))));
    }

    template <class T>
    T pick(std::initializer_list<T> from)
    {
        return from.begin()[below(from.size())];
    }

  private:
    std::mt19937_64 engine_;
};

/// Another one for each run, so that many runs explore; a failure is had again with BRIDGEWATCH_SEED.
inline std::uint64_t seed_of_this_run()
{
    auto const* given = std::getenv("BRIDGEWATCH_SEED");
    auto const out = given ? std::stoull(given) : std::random_device{}();
    std::cout << "BRIDGEWATCH_SEED=" << out << '\n' << std::flush;
    return out;
}

} // namespace bridgewatch::test::search
