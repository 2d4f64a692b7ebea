#include "lib/api/failed_attempts.hpp"

#include <algorithm>
#include <tuple>

namespace bridgewatch::api {

namespace {

constexpr std::chrono::seconds sweep_pause{1}; ///< a look through the whole table costs a millisecond

http::address network_of(http::address of)
{
    constexpr std::size_t prefix_bytes = 8;
    if (of.kind == http::address::family::v6)
        std::fill(of.bytes.begin() + prefix_bytes, of.bytes.end(), std::uint8_t{0});
    return of;
}

} // namespace

bool failed_attempts::by_network::operator()(http::address const& a, http::address const& b) const
{
    return std::tie(a.kind, a.bytes) < std::tie(b.kind, b.bytes);
}

failed_attempts::failed_attempts(std::size_t per_minute, std::size_t capacity)
    : each_{clock::duration{std::chrono::minutes{1}} / static_cast<clock::rep>(per_minute)},
      allowance_{each_ * static_cast<clock::rep>(per_minute)},
      capacity_{capacity}
{
}

failed_attempts::clock::time_point failed_attempts::full_at(http::address const& network) const
{
    auto const at = entries_.find(network);
    if (at != entries_.end())
        return at->second;
    return entries_.size() < capacity_ ? clock::time_point{} : others_;
}

failed_attempts::clock::time_point failed_attempts::allowed_at(clock::time_point full_at) const
{
    return full_at + each_ - allowance_;
}

bool failed_attempts::is_over(http::address const& from, clock::time_point now) const
{
    std::lock_guard const lock{mutex_};
    return allowed_at(full_at(network_of(from))) > now;
}

bool failed_attempts::note(http::address const& from, clock::time_point now)
{
    auto const network = network_of(from);
    std::lock_guard const lock{mutex_};
    if (entries_.size() >= capacity_ && !entries_.contains(network))
        forget_the_full(now);
    auto const full = full_at(network);
    if (allowed_at(full) > now)
        return false;
    auto const next = std::max(full, now) + each_;
    if (entries_.contains(network) || entries_.size() < capacity_)
        entries_.insert_or_assign(network, next);
    else
        others_ = next;
    return true;
}

std::chrono::seconds failed_attempts::retry_after(http::address const& from, clock::time_point now) const
{
    std::lock_guard const lock{mutex_};
    auto const wait = allowed_at(full_at(network_of(from))) - now;
    return std::max(std::chrono::ceil<std::chrono::seconds>(wait), std::chrono::seconds{1});
}

std::size_t failed_attempts::size() const
{
    std::lock_guard const lock{mutex_};
    return entries_.size();
}

void failed_attempts::forget_the_full(clock::time_point now)
{
    if (now < next_sweep_)
        return;
    next_sweep_ = now + sweep_pause;
    std::erase_if(entries_, [now](auto const& item) { return item.second <= now; });
}

} // namespace bridgewatch::api
