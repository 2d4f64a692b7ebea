#include "db/store/plan_memory.hpp"

#include <iterator>
#include <utility>

namespace bridgewatch::store {

std::optional<learnt_plan> plan_memory::find(std::string_view key, time_point now)
{
    auto const found = by_key_.find(key);
    if (found == by_key_.end())
        return {};
    auto const at = found->second;
    if (at->until <= now) {
        forget(at);
        return {};
    }
    entries_.splice(entries_.begin(), entries_, at);
    return at->plan;
}

void plan_memory::remember(std::string key, learnt_plan plan, time_point now)
{
    if (capacity_ == 0)
        return;
    if (auto const found = by_key_.find(key); found != by_key_.end())
        forget(found->second);
    if (entries_.size() == capacity_)
        forget(std::prev(entries_.end()));
    entries_.push_front({.key = std::move(key), .plan = plan, .until = now + keep_for_});
    by_key_.emplace(entries_.front().key, entries_.begin());
}

void plan_memory::forget(position at)
{
    by_key_.erase(at->key);
    entries_.erase(at);
}

std::string plan_key(grammar::filter const& where, sql::visibility const& who, sql::page_bounds const& bounds,
                     schema::shape const& database)
{
    constexpr std::size_t to_the_hour = std::string_view{"2026-01-01 00"}.size();
    auto const asked = sql::count_of_interceptions(where, who, std::nullopt, database);
    auto key = asked.text();
    for (auto const& one : asked.parameters()) {
        auto const text = one.value ? std::string_view{*one.value} : std::string_view{};
        key.append(1, '\0').append(one.of == pg::type::timestamptz ? text.substr(0, to_the_hour) : text);
    }
    key.append(1, '\0').append(std::to_string(bounds.limit)); // what is walked for one row may be sorted for a hundred
    key.append(bounds.after ? 1 : 0, '\0');
    return key;
}

} // namespace bridgewatch::store
