#pragma once

#include <cstddef>
#include <cstdint>

namespace bridgewatch::app::seed_data {

/// Numbers that are the same on every machine, unlike those of the standard distributions.
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (SplitMix64).
class random {
  public:
    explicit constexpr random(std::uint64_t state) : state_{state} {}

    constexpr std::uint64_t next()
    {
        state_ += 0x9e3779b97f4a7c15;
        auto z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    /// A number in [0, bound). Precondition: bound > 0.
    constexpr std::uint32_t below(std::uint32_t bound)
    {
        return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
    }

    /// A number in [low, high].
    constexpr std::uint32_t between(std::uint32_t low, std::uint32_t high) { return low + below(high - low + 1); }

    constexpr bool chance(std::uint32_t per_mille) { return below(1000) < per_mille; }

    template <class T, std::size_t size>
    constexpr T const& pick(T const (&from)[size])
    {
        return from[below(static_cast<std::uint32_t>(size))];
    }

  private:
    std::uint64_t state_;
};

/// A generator for one thing among many (a session, an interception): each has its own row of numbers, so that the
/// order in which they are made does not matter.
template <class... Numbers>
constexpr random random_for(std::uint64_t seed, Numbers... numbers)
{
    for (std::uint64_t const number : {static_cast<std::uint64_t>(numbers)...})
        seed = random{seed ^ (number * 0xd1342543de82ef95)}.next();
    return random{seed};
}

} // namespace bridgewatch::app::seed_data
