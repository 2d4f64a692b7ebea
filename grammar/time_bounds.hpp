#pragma once

#include "grammar/ast.hpp"
#include "grammar/fault.hpp"
#include "grammar/filter.hpp"
#include "grammar/keys.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bridgewatch::grammar {

/// The values of `started_after` and `started_before` of one query, read one by one and compared at its end.
class time_bounds {
  public:
    /// Empty, and a fault, where the value is no RFC 3339 time.
    [[nodiscard]] std::optional<started_bound> read(key k, ast::text const& value, std::vector<fault>& faults);

    /// A fault for each `started_before` that is not after the latest `started_after`.
    void find_empty_range(std::vector<fault>& faults) const;

  private:
    /// Order is that of the exact times.
    struct point {
        sys_micro floor;
        std::string finer; ///< digits below a microsecond, without trailing zeros
        friend auto operator<=>(point const&, point const&) = default;
    };

    struct end {
        point at;
        span where;
    };

    std::optional<point> latest_after_;
    std::vector<end> befores_;
};

} // namespace bridgewatch::grammar
