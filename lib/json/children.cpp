#include "lib/json/children.hpp"

#include <algorithm>
#include <utility>

namespace bridgewatch::json {
namespace {

constexpr std::size_t id_column = 0, parent_column = 1;

} // namespace

parents::parents(pg::rows const& page, std::size_t shown) : by_id_(shown)
{
    for (std::size_t row = 0; row < shown; ++row)
        by_id_[row] = {.id = page.at(row, id_column).id(), .row = row};
    std::ranges::sort(by_id_, {}, &place::id);
}

std::size_t parents::row_of(grammar::uuid const& id) const
{
    auto const at = std::ranges::lower_bound(by_id_, id, {}, &place::id);
    return at != by_id_.end() && at->id == id ? at->row : none;
}

children::children(pg::rows const& rows, parents const& of, std::size_t created_at) : starts_(of.size() + 1)
{
    std::vector<std::size_t> parent_of(rows.size());
    grammar::uuid last;
    std::size_t last_row = parents::none;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        auto const id = rows.at(row, parent_column).id();
        if (id != std::exchange(last, id) || row == 0) // they mostly come together
            last_row = of.row_of(id);
        parent_of[row] = last_row;
        if (last_row != parents::none)
            ++starts_[last_row + 1];
    }
    for (std::size_t i = 1; i < starts_.size(); ++i)
        starts_[i] += starts_[i - 1];
    rows_.resize(starts_.back());
    auto next = starts_;
    for (std::size_t row = 0; row < rows.size(); ++row)
        if (parent_of[row] != parents::none)
            rows_[next[parent_of[row]]++] = static_cast<std::uint32_t>(row);

    auto const is_before = [&](std::uint32_t one, std::uint32_t other) {
        auto const at = rows.at(one, created_at).timestamp(), other_at = rows.at(other, created_at).timestamp();
        return at != other_at ? at < other_at : rows.at(one, id_column).id() < rows.at(other, id_column).id();
    };
    for (std::size_t i = 0; i + 1 < starts_.size(); ++i)
        std::ranges::sort(std::span{rows_}.subspan(starts_[i], starts_[i + 1] - starts_[i]), is_before);
}

} // namespace bridgewatch::json
