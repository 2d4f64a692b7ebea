#pragma once

#include "grammar/fault.hpp"
#include "grammar/instant.hpp"
#include "grammar/keys.hpp"
#include "grammar/span.hpp"

#include <optional>
#include <vector>

namespace bridgewatch::grammar {

/// The values of `started_after` and `started_before` that must hold together, noted one by one and compared at the
/// end.
class time_bounds {
  public:
    void note(key k, instant const& at, span where);

    /// A fault for each `started_before` that is not after the latest `started_after`.
    void find_empty_range(std::vector<fault>& faults) const;

  private:
    struct end {
        instant at;
        span where;
    };

    std::optional<instant> latest_after_;
    std::vector<end> befores_;
};

} // namespace bridgewatch::grammar
