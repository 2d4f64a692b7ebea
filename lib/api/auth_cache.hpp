#pragma once

#include "db/store/identities.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

namespace bridgewatch::api {

/// Key records of the last seconds, so that a busy caller's key is not read for each request. Known keys only: unknown
/// ids are asked anew, since anybody can invent them. Older ones stay for telling who has been good before. Holds
/// hashes, never secrets. One per loop; not thread-safe.
class auth_cache {
  public:
    using clock = std::chrono::steady_clock;

    /// @param ttl how long a revoked key may still work; 0 turns the cache off.
    /// @param capacity entries at most; past it the expired ones go, then all.
    explicit auth_cache(std::chrono::milliseconds ttl, std::size_t capacity = 4096) : ttl_{ttl}, capacity_{capacity} {}

    /// Null where the key is unknown or its record too old. Valid until the next call.
    [[nodiscard]] store::key_record const* find(std::string_view id, clock::time_point now) const;
    /// The key as it last was, however long ago: it may have been revoked. Valid until the next call.
    [[nodiscard]] store::key_record const* last_known(std::string_view id) const;
    /// @param asked when the database was asked, not when it answered: the key may have been revoked in between.
    void remember(std::string_view id, store::key_record record, clock::time_point asked);

    void forget(std::string_view id) { entries_.erase(std::string{id}); }

    [[nodiscard]] std::size_t size() const { return entries_.size(); }

  private:
    struct entry {
        store::key_record record;
        clock::time_point expires;
    };

    std::chrono::milliseconds ttl_;
    std::size_t capacity_;
    std::unordered_map<std::string, entry> entries_;
};

} // namespace bridgewatch::api
