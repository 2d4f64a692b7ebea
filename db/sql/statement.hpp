#pragma once

#include "db/pg/batch.hpp"
#include "db/sql/question.hpp"
#include "grammar/time.hpp"
#include "grammar/uuid.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::sql {

/// SQL text known at compile time. A run-time string does not convert: this is what keeps user input out of SQL.
struct literal {
    consteval literal(char const* sql) : text{sql} {}

    std::string_view text;
};

/// SQL under construction: text from literals only, values as bound parameters. A value type.
class statement {
  public:
    statement() = default;

    /// @param about one of question::all
    explicit statement(std::string_view about) : about_{about} {}

    statement& operator<<(literal sql);

    /// Writes `$n` and keeps the value.
    statement& bind(pg::parameter value);
    statement& bind(std::string_view value);
    statement& bind(std::int64_t value);
    statement& bind(bool value);
    statement& bind(grammar::uuid const& value);
    statement& bind(grammar::sys_micro value);
    statement& bind(std::vector<std::string> const& values);
    statement& bind(std::vector<grammar::uuid> const& values);
    /// The same in binary format: for long lists, whose texts PostgreSQL takes long to read.
    statement& bind_packed(std::vector<grammar::uuid> const& values);
    statement& bind(std::vector<grammar::sys_micro> const& values);
    statement& bind(std::vector<std::int64_t> const& values);
    statement& bind(std::vector<bool> const& values);

    [[nodiscard]] std::string const& text() const { return text_; }

    [[nodiscard]] std::vector<pg::parameter> const& parameters() const { return parameters_; }

    /// For a pipeline. Consumes the statement.
    [[nodiscard]] pg::step to_step() &&;

  private:
    std::string_view about_ = question::transaction;
    std::string text_;
    std::vector<pg::parameter> parameters_;
};

/// Asks for a statement's plan, in JSON, with its values; it is not run.
/// @param about one of question::all
[[nodiscard]] pg::step explained(pg::step of, std::string_view about);

/// PostgreSQL's text form of an array: every element quoted, `"` and `\` escaped ("Array Input and Output Syntax").
[[nodiscard]] std::string array_text(std::vector<std::string> const& values);

/// PostgreSQL's text form of a time. Years before 1 are written with BC, since PostgreSQL has no year 0; the far ends
/// of the range are the infinities, as pg::cell reads them.
[[nodiscard]] std::string timestamp_text(grammar::sys_micro at);

} // namespace bridgewatch::sql
