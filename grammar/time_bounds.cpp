#include "grammar/time_bounds.hpp"

namespace bridgewatch::grammar {

void time_bounds::note(key k, instant const& at, span where)
{
    if (k == key::started_before)
        befores_.push_back({.at = at, .where = where});
    else if (!latest_after_ || at.starts_after(*latest_after_))
        latest_after_ = at;
}

void time_bounds::find_empty_range(std::vector<fault>& faults) const
{
    if (!latest_after_)
        return;
    for (auto const& [at, where] : befores_)
        if (!at.starts_after(*latest_after_))
            faults.push_back({.code = fault_code::empty_time_range,
                              .where = where,
                              .field = "started_before",
                              .detail = "Query param \"started_before\" has invalid value: \"started_before\" must be "
                                        "after \"started_after\" if set"});
}

} // namespace bridgewatch::grammar
