#include "lib/api/auth_cache.hpp"

#include <utility>

namespace bridgewatch::api {

store::key_record const* auth_cache::find(std::string_view id, clock::time_point now) const
{
    auto const at = entries_.find(std::string{id});
    return at == entries_.end() || at->second.expires <= now ? nullptr : &at->second.record;
}

void auth_cache::remember(std::string_view id, store::key_record record, clock::time_point now)
{
    if (ttl_.count() == 0)
        return;
    if (entries_.size() >= capacity_)
        std::erase_if(entries_, [now](auto const& item) { return item.second.expires <= now; });
    if (entries_.size() >= capacity_)
        entries_.clear();
    entries_.insert_or_assign(std::string{id}, entry{.record = std::move(record), .expires = now + ttl_});
}

} // namespace bridgewatch::api
