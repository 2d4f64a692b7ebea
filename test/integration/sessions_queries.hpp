#pragma once

#include "test/integration/search_queries.hpp"
#include "test/integration/sessions_rows.hpp"

namespace bridgewatch::test::sessions {

/// Random queries that the list of sessions takes: without bare words.
class query_maker {
  public:
    query_maker(dice& random, search::dataset const& data, sys_micro now)
        : random_{random}, data_{data}, terms_{random, data, now}, whole_language_{random, data, now}
    {
    }

    /// @param with_inflight  whether it may ask for rows in flight
    [[nodiscard]] search::query any_query(bool with_inflight);

  private:
    [[nodiscard]] search::query attempt();
    [[nodiscard]] search::query of_few_keys();
    [[nodiscard]] search::operand one();
    [[nodiscard]] search::term about_some_row();

    dice& random_;
    search::dataset const& data_;
    search::term_maker terms_;
    search::query_maker whole_language_;
};

} // namespace bridgewatch::test::sessions
