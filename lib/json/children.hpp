#pragma once

#include "db/pg/rows.hpp"
#include "grammar/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bridgewatch::json {

/// The interceptions of a page by id: where children find theirs.
class parents {
  public:
    /// @param shown how many of the rows are the page
    parents(pg::rows const& page, std::size_t shown);

    [[nodiscard]] std::size_t size() const { return by_id_.size(); }

    static constexpr std::size_t none = SIZE_MAX;

    /// The row of this interception in the page.
    [[nodiscard]] std::size_t row_of(grammar::uuid const& id) const;

  private:
    struct place {
        grammar::uuid id;
        std::size_t row = 0;
    };

    std::vector<place> by_id_;
};

/// The rows of a child table, which come in any order, by the interception that they belong to.
class children {
  public:
    /// @param created_at column of the time; id is column 0 and interception_id column 1, as in
    /// db/sql/interceptions.hpp
    children(pg::rows const& rows, parents const& of, std::size_t created_at);

    /// Rows of this interception's children, by created_at, then id. @param parent row in the page
    [[nodiscard]] std::span<std::uint32_t const> of(std::size_t parent) const
    {
        return std::span{rows_}.subspan(starts_[parent], starts_[parent + 1] - starts_[parent]);
    }

  private:
    std::vector<std::uint32_t> starts_; ///< in rows_, of each parent, and the end
    std::vector<std::uint32_t> rows_;
};

} // namespace bridgewatch::json
