#pragma once

#include "db/sql/interceptions.hpp"

#include <chrono>
#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace bridgewatch::store {

/// What is known of a page's plan.
struct learnt_plan {
    sql::planning how = sql::planning::with_values;
    bool is_short = false; ///< finds the page at so little cost that it may be found twice
    bool operator==(learnt_plan const&) const = default;
};

/// How pages with these values were found to be planned best, for a while: planning with values takes longer than to
/// read a page of 25. Least recently used out first. For one loop.
class plan_memory {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit plan_memory(std::size_t capacity = 256, std::chrono::seconds keep_for = std::chrono::seconds{60})
        : capacity_{capacity}, keep_for_{keep_for}
    {
    }

    [[nodiscard]] std::optional<learnt_plan> find(std::string_view key, time_point now);
    void remember(std::string key, learnt_plan plan, time_point now);

    [[nodiscard]] std::size_t size() const { return entries_.size(); }

  private:
    struct entry {
        std::string key;
        learnt_plan plan{};
        time_point until;
    };

    using position = std::list<entry>::iterator;

    void forget(position at);

    std::size_t capacity_;
    std::chrono::seconds keep_for_;
    std::list<entry> entries_;                              ///< most recently used first
    std::unordered_map<std::string_view, position> by_key_; ///< views into the entries, whose places are stable
};

/// What pages have in common whose plans are the same: filter, values, limit, and whether they start after a row. Times
/// are rounded down to the hour, since relative ones are new in each request.
[[nodiscard]] std::string plan_key(grammar::filter const& where, sql::visibility const& who,
                                   sql::page_bounds const& bounds, schema::shape const& database);

} // namespace bridgewatch::store
