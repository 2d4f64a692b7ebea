#pragma once

#include "app/seed_data/copy_text.hpp"
#include "app/seed_data/plan.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace bridgewatch::app::seed_data {

/// The rows of one table on their way into a COPY.
struct table_rows {
    std::string_view name, columns; ///< columns in the order of the rows' values
    copy_text rows;
};

/// Turns planned interceptions into rows of all tables. The same seed and plan give the same bytes.
class row_maker {
  public:
    explicit row_maker(std::uint64_t seed);

    /// Appends an interception and its children.
    void add(planned const& which);

    [[nodiscard]] std::array<table_rows, 5>& tables() { return tables_; }

    [[nodiscard]] std::size_t bytes() const;

  private:
    enum table : std::size_t { interceptions, user_prompts, token_usages, tool_usages, model_thoughts };
    struct context;

    copy_text& rows_of(table which) { return tables_[which].rows; }

    void add_interception(context const& c);
    void add_prompts(context const& c);
    void add_token_usages(context const& c);
    void add_tool_usages(context const& c);
    void add_thought(context const& c);
    [[nodiscard]] random numbers_for(row_kind kind, context const& c) const;

    std::uint64_t seed_;
    std::array<table_rows, 5> tables_;
    std::string scratch_; ///< one text at a time, so that its memory is used again
};

} // namespace bridgewatch::app::seed_data
