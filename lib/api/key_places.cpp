#include "lib/api/key_places.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace bridgewatch::api {
namespace {

/// Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators" (SplitMix64): every bit depends on all.
std::uint64_t mixed(std::uint64_t value)
{
    value ^= value >> 30U;
    value *= 0xbf58476d1ce4e5b9U;
    value ^= value >> 27U;
    value *= 0x94d049bb133111ebU;
    return value ^ (value >> 31U);
}

std::uint64_t hash_of(std::string_view id, std::uint64_t seed)
{
    auto hash = seed;
    for (char const c : id)
        hash = mixed(hash ^ static_cast<unsigned char>(c));
    return hash;
}

} // namespace

key_places::key_places(std::size_t limit, std::uint64_t seed) : limit_{limit}, seed_{seed} {}

std::optional<key_places::place> key_places::enter(std::shared_ptr<key_places> const& at, std::string_view id)
{
    auto const key = hash_of(id, at->seed_);
    auto least = std::numeric_limits<std::uint32_t>::max();
    for (std::size_t row = 0; row < rows; ++row)
        least = std::min(least, at->counter(row, key).fetch_add(1, std::memory_order_relaxed));
    place taken{at, key};
    if (least >= at->limit_)
        return std::nullopt;
    return taken;
}

std::atomic<std::uint32_t>& key_places::counter(std::size_t row, std::uint64_t key)
{
    constexpr unsigned bits_of_a_row = 10;
    static_assert(columns == std::size_t{1} << bits_of_a_row);
    auto const column = (key >> (row * bits_of_a_row)) % columns;
    return counters_.at(row).at(column);
}

void key_places::leave(std::uint64_t key)
{
    for (std::size_t row = 0; row < rows; ++row)
        counter(row, key).fetch_sub(1, std::memory_order_relaxed);
}

key_places::place::place(std::shared_ptr<key_places> of, std::uint64_t key) : of_{std::move(of)}, key_{key} {}

key_places::place& key_places::place::operator=(place&& other) noexcept
{
    std::swap(of_, other.of_);
    std::swap(key_, other.key_);
    return *this;
}

key_places::place::~place()
{
    if (of_)
        of_->leave(key_);
}

} // namespace bridgewatch::api
