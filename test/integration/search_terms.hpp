#pragma once

#include "test/integration/search_rows.hpp"
#include "test/integration/search_spelling.hpp"
#include "test/integration/search_tree.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bridgewatch::test::search {

/// Random terms whose values are those of a row, or beside them.
class term_maker {
  public:
    term_maker(dice& random, dataset const& data, sys_micro now) : random_{random}, data_{data}, now_{now} {}

    /// The row that terms are about from here on, and one of its calls.
    void be_like(interception const& row);

    [[nodiscard]] bool has_call() const { return !row_->calls.empty(); }

    /// From here on every started_after is before every started_before.
    void part_after_from_before();

    [[nodiscard]] term about(field of);

    /// Bare words: a user's name. As many runs as asked for at most, which are one value together.
    [[nodiscard]] std::vector<words> user_words(std::size_t runs);

    /// Bare words within tool(…).
    [[nodiscard]] words call_words();

  private:
    [[nodiscard]] value any_value(field of);
    [[nodiscard]] value text_value(std::string const& text);
    [[nodiscard]] value pattern_value(std::string text);
    [[nodiscard]] value listed_value(std::string const& text);
    [[nodiscard]] value id_value(uuid const& id);
    [[nodiscard]] value initiator_value();
    [[nodiscard]] value bound_value(field of);
    [[nodiscard]] value ordered_value(field of);
    [[nodiscard]] value range_value(point low, point high);
    [[nodiscard]] value half_range_value(point const& end);
    [[nodiscard]] value plain_value(field of);
    [[nodiscard]] value compared_value(point const& with);

    [[nodiscard]] point any_point(field of);
    [[nodiscard]] point time_point(std::optional<sys_micro> near);
    [[nodiscard]] std::string end_spelled(point const& end);
    [[nodiscard]] std::string text_of_row(field of);
    [[nodiscard]] std::string user_name();
    [[nodiscard]] std::string needle_in(std::string_view text);
    [[nodiscard]] std::string with_stars(std::string_view text);
    [[nodiscard]] std::string key_spelled(std::string_view name);
    [[nodiscard]] std::string cases_mixed(std::string text);
    [[nodiscard]] std::vector<std::string> any_path(field of);
    [[nodiscard]] std::string json_text(field of);

    dice& random_;
    dataset const& data_;
    sys_micro now_;
    interception const* row_ = nullptr;
    tool_call call_; ///< of the row, or of another one where it has none
    wide parting_ = 0;
    std::vector<std::string> path_; ///< of the term that is being made
};

} // namespace bridgewatch::test::search
