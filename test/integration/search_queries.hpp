#pragma once

#include "test/integration/search_terms.hpp"

#include <cstddef>

namespace bridgewatch::test::search {

/// Random queries without a fault.
class query_maker {
  public:
    query_maker(dice& random, dataset const& data, sys_micro now)
        : random_{random}, data_{data}, terms_{random, data, now}
    {
    }

    [[nodiscard]] query any_query();

  private:
    enum class about { rows, calls };

    [[nodiscard]] query flat_query();
    [[nodiscard]] query whole_query();
    [[nodiscard]] std::vector<conjunction> any_of(about what, std::size_t depth);
    [[nodiscard]] conjunction all_of(about what, std::size_t depth);
    [[nodiscard]] operand one(about what, std::size_t depth);
    [[nodiscard]] parentheses group(about what, std::size_t depth);
    [[nodiscard]] parentheses tool_group(std::size_t depth);
    [[nodiscard]] field any_field(about what);
    [[nodiscard]] std::vector<sign> any_signs();

    void look_elsewhere();

    dice& random_;
    dataset const& data_;
    term_maker terms_;
    field last_{}; ///< keys like to be repeated
};

} // namespace bridgewatch::test::search
