#pragma once

#include "db/pg/pool.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace bridgewatch::api {

/// Asks for the plans of slow statements, one at a time; who comes meanwhile goes without. Its loop only; must outlive
/// the loop's run.
class slow_plans {
  public:
    struct found {
        std::string_view question, request_id;
        std::string_view plan; ///< see plan_outline
    };

    /// @param on_plan called on the loop
    slow_plans(pg::pool& connections, std::function<void(found const&)> on_plan);

    /// In the background. The statement is planned with its values, and not run again.
    void explain(boost::asio::any_io_executor const& loop, pg::step const& slow, std::string_view request_id);

  private:
    boost::asio::awaitable<void> ask(pg::step slow, std::string request_id);

    pg::pool& connections_;
    std::function<void(found const&)> on_plan_;
    bool is_busy_ = false;
};

/// What EXPLAIN (FORMAT JSON) says, without conditions, which hold callers' values: a line of nodes with relation or
/// index and estimates, as "Limit(Index Scan ix_a rows=10 cost=3.5, …)". Empty where it is no plan.
[[nodiscard]] std::string plan_outline(std::string_view json);

} // namespace bridgewatch::api
