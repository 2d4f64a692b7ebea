#pragma once

#include "db/pg/rows.hpp"
#include "db/store/counting.hpp"
#include "lib/json/writer.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace bridgewatch::json {

/// One row under construction. Each field writes its key, which brings the comma along where it needs one.
class row_writer {
  public:
    row_writer(std::string& out, pg::rows const& rows, std::size_t row) : out_{out}, rows_{rows}, row_{row} {}

    template <class Column>
    [[nodiscard]] pg::cell cell(Column column) const
    {
        return rows_.at(row_, column);
    }

    template <class Column>
    void uuid(std::string_view key, Column column)
    {
        out_ += key;
        append_uuid(out_, cell(column).uuid());
    }

    template <class Column>
    void text(std::string_view key, Column column)
    {
        out_ += key;
        append_string(out_, cell(column).bytes()); // NULL reads as ""
    }

    template <class Column>
    void text_or_null(std::string_view key, Column column)
    {
        auto const value = cell(column);
        out_ += key;
        if (value.is_null())
            out_ += "null";
        else
            append_string(out_, value.bytes());
    }

    template <class Column>
    void integer(std::string_view key, Column column)
    {
        out_ += key;
        append_int(out_, cell(column).int64());
    }

    template <class Column>
    void boolean(std::string_view key, Column column)
    {
        out_ += key;
        out_ += cell(column).boolean() ? "true" : "false";
    }

    template <class Column>
    void metadata(Column column)
    {
        out_ += R"(,"metadata":)";
        append_raw(out_, cell(column).jsonb(), "{}");
    }

    template <class Column>
    void time(std::string_view key, Column column)
    {
        auto const value = cell(column);
        out_ += key;
        if (value.is_null())
            out_ += "null";
        else
            append_time(out_, value.timestamp());
    }

    /// Digits, or other JSON that is text already.
    template <class Column>
    void raw(std::string_view key, Column column, std::string_view absent)
    {
        out_ += key;
        append_raw(out_, cell(column).bytes(), absent);
    }

    /// The three fields of a user behind the id, from visible_users.
    template <class Column>
    void user(std::string_view key, Column id, Column username, Column name, Column avatar_url)
    {
        uuid(key, id);
        text(R"(,"username":)", username);
        text(R"(,"name":)", name);
        text(R"(,"avatar_url":)", avatar_url);
        out_ += '}';
    }

  private:
    std::string& out_;
    pg::rows const& rows_;
    std::size_t row_;
};

/// `{"count":n`, and the cap where there is one: how the body of every list that is counted starts.
void append_count(std::string& out, store::count_answer const& count);

} // namespace bridgewatch::json
