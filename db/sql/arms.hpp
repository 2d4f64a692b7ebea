#pragma once

#include "db/schema/shape.hpp"
#include "db/sql/filter.hpp"

#include <cstddef>
#include <deque>
#include <vector>

namespace bridgewatch::sql {

/// A search as a union of simpler ones. PostgreSQL can start from the index of a child table where an EXISTS stands
/// alone among conditions, and not where it is one side of an OR: there it visits each interception. So an OR that
/// looks into child tables is read arm by arm, and each arm has a plan of its own.
class arms {
  public:
    /// More arms than this are not worth their plans.
    static constexpr std::size_t most = 8;

    /// The filter must outlive it.
    arms(grammar::filter const& where, schema::shape const& database);
    arms(arms const&) = delete;
    arms& operator=(arms const&) = delete;

    /// What each arm asks for, everything else in the filter included. One where there is nothing to take apart.
    [[nodiscard]] std::vector<condition_list> const& each() const { return each_; }

  private:
    void add_alternatives(std::vector<condition_list>& to, grammar::node const& one);
    [[nodiscard]] std::vector<condition_list> alternatives_of(grammar::node const& one);

    schema::shape const& database_;
    std::deque<grammar::node> made_; ///< of `text:`; the arms point into it
    std::vector<condition_list> each_;
};

} // namespace bridgewatch::sql
