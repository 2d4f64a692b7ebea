#pragma once

#include "lib/http/address.hpp"

#include <chrono>
#include <compare>
#include <cstddef>
#include <map>
#include <mutex>

namespace bridgewatch::api {

/// How many bad tokens came from each client address lately. An address may send so many at once, and as many again
/// spread over each minute. One for the process, so that more loops do not allow more; any thread may call any member.
/// The mutex is taken for tokens that are not in the auth cache, never for the others.
///
/// Addresses of one IPv6 /64 count as one: that is what a single customer gets. The table is bounded. When it is full
/// of addresses that still count, all others share one allowance: nobody gets out of it by having many addresses.
class failed_attempts {
  public:
    using clock = std::chrono::steady_clock;

    static constexpr std::size_t usual_capacity = 16384;

    /// @param per_minute at least 1
    explicit failed_attempts(std::size_t per_minute, std::size_t capacity = usual_capacity);

    /// Whether the next bad token of this address is one too many.
    [[nodiscard]] bool is_over(http::address const& from, clock::time_point now) const;

    /// Counts a bad token. @return false where it is one too many, which is not counted again: the allowance grows in
    /// the meantime.
    [[nodiscard]] bool note(http::address const& from, clock::time_point now);

    /// Until the address may send another one; at least a second.
    [[nodiscard]] std::chrono::seconds retry_after(http::address const& from, clock::time_point now) const;

    [[nodiscard]] std::size_t size() const;

  private:
    struct by_network {
        bool operator()(http::address const& a, http::address const& b) const;
    };

    /// When the whole allowance of an address is there again. Generic cell rate algorithm: one point in time is all the
    /// state of a bucket.
    using table = std::map<http::address, clock::time_point, by_network>;

    [[nodiscard]] clock::time_point full_at(http::address const& network) const;
    [[nodiscard]] clock::time_point allowed_at(clock::time_point full_at) const;
    void forget_the_full(clock::time_point now);

    clock::duration const each_;      ///< until one more is allowed
    clock::duration const allowance_; ///< all of them
    std::size_t const capacity_;
    mutable std::mutex mutex_;
    table entries_; ///< a tree: unlike a hash table's, its worst case cannot be brought about
    clock::time_point others_{};
    clock::time_point next_sweep_{};
};

} // namespace bridgewatch::api
