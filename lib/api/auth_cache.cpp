#include "lib/api/auth_cache.hpp"

#include <utility>

namespace bridgewatch::api {

store::key_record const* auth_cache::find(std::string_view id, clock::time_point now) const
{
    auto const at = entries_.find(std::string{id});
    return at == entries_.end() || at->second.expires <= now ? nullptr : &at->second.record;
}

store::key_record const* auth_cache::last_known(std::string_view id) const
{
    auto const at = entries_.find(std::string{id});
    return at == entries_.end() ? nullptr : &at->second.record;
}

void auth_cache::remember(std::string_view id, store::key_record record, clock::time_point asked)
{
    std::string key{id};
    if (entries_.size() >= capacity_ && !entries_.contains(key))
        std::erase_if(entries_, [asked](auto const& item) { return item.second.expires <= asked; });
    if (entries_.size() >= capacity_ && !entries_.contains(key))
        entries_.clear();
    entries_.insert_or_assign(std::move(key), entry{.record = std::move(record), .expires = asked + ttl_});
}

} // namespace bridgewatch::api
