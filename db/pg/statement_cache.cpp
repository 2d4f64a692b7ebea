#include "db/pg/statement_cache.hpp"

namespace bridgewatch::pg {

std::optional<statement_cache::placement> statement_cache::place(std::string const& key, std::size_t scope)
{
    if (auto const found = by_key_.find(key); found != by_key_.end()) {
        auto const at = found->second;
        if (!at->confirmed && at->scope != scope)
            return std::nullopt;
        at->batch = batch_;
        entries_.splice(entries_.begin(), entries_, at);
        return placement{.name = at->name, .must_prepare = false, .evicted = {}};
    }
    placement out{.name = "bw_" + std::to_string(++names_), .must_prepare = true, .evicted = {}};
    if (entries_.size() >= capacity_) {
        if (entries_.empty() || entries_.back().batch == batch_)
            return std::nullopt;
        by_key_.erase(entries_.back().key);
        by_name_.erase(entries_.back().name);
        out.evicted = std::move(entries_.back().name);
        entries_.pop_back();
    }
    entries_.push_front({.key = key, .name = out.name, .batch = batch_, .scope = scope, .confirmed = false});
    by_key_.emplace(entries_.front().key, entries_.begin());
    by_name_.emplace(entries_.front().name, entries_.begin());
    return out;
}

void statement_cache::settle(std::string_view name, bool prepared)
{
    auto const found = by_name_.find(name);
    if (found == by_name_.end())
        return;
    auto const at = found->second;
    if (prepared) {
        at->confirmed = true;
        return;
    }
    by_name_.erase(found);
    by_key_.erase(at->key);
    entries_.erase(at);
}

} // namespace bridgewatch::pg
