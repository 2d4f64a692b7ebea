#pragma once

#include "grammar/time.hpp"
#include "grammar/uuid.hpp"

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace bridgewatch::app::seed_data {

/// Rows in the text format of COPY (PostgreSQL, "COPY", "Text Format"): a tab between columns, a line for each row.
class copy_text {
  public:
    void text(std::string_view value);
    void null();

    void number(std::integral auto value)
    {
        separate();
        buffer_ += std::to_string(value);
    }

    void boolean(bool value);
    void uuid(grammar::uuid const& id);
    void time(grammar::sys_micro at);
    void end_row();

    void text_or_null(std::optional<std::string_view> value) { value ? text(*value) : null(); }

    void uuid_or_null(std::optional<grammar::uuid> const& id) { id ? uuid(*id) : null(); }

    void time_or_null(std::optional<grammar::sys_micro> at) { at ? time(*at) : null(); }

    [[nodiscard]] std::string_view rows() const { return buffer_; }

    [[nodiscard]] std::size_t bytes() const { return buffer_.size(); }

    void clear() { buffer_.clear(); }

  private:
    void separate();
    std::string buffer_;
    bool row_begun_ = false;
};

} // namespace bridgewatch::app::seed_data
