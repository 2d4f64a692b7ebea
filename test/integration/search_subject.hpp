#pragma once

#include "test/integration/search_tree.hpp"

#include <utility>
#include <vector>

namespace bridgewatch::test::search {

/// Values of one term, or of several terms side by side.
using value_list = std::vector<value const*>;

/// What a query is about, a row or a tool call: joins what is said of it. What a single value asks is for those who
/// derive to say.
class subject {
  public:
    virtual ~subject() = default;

    [[nodiscard]] bool holds(std::vector<conjunction> const& any_of) const;

  protected:
    /// @param whole  the term that the value stands in; null where values of several terms were put together.
    /// Precondition: the value is not empty.
    [[nodiscard]] virtual bool finds_one(field of, term const* whole, value const& wanted) const = 0;
    [[nodiscard]] virtual bool has_call(parentheses const& group) const = 0;
    /// What bare words are a value of.
    [[nodiscard]] virtual field bare_field() const = 0;
    /// Side by side its values are any of them.
    [[nodiscard]] virtual bool merges(field of) const = 0;

  private:
    [[nodiscard]] bool holds(conjunction const& all_of) const;
    [[nodiscard]] bool holds(operand const& one) const;
    [[nodiscard]] bool finds_any(field of, term const* whole, value_list values) const;
    [[nodiscard]] std::pair<field, value_list> values_of(operand const& one) const;
};

} // namespace bridgewatch::test::search
