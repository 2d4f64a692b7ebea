#pragma once

#include "grammar/time.hpp"
#include "grammar/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

struct pg_result;

namespace bridgewatch::pg {

/// One value of a row in binary format, inside libpq's buffer: no copy. Valid as long as its `rows`.
/// The typed readers trust the column's type, which the SELECT list fixes; a wrong length gives the empty value.
class cell {
  public:
    constexpr cell(char const* data, int length, bool null) : data_{data}, length_{length}, null_{null} {}

    [[nodiscard]] bool is_null() const { return null_; }

    /// text, varchar, enum, bytea: the bytes themselves. Empty for NULL.
    [[nodiscard]] std::string_view bytes() const { return {data_, static_cast<std::size_t>(length_)}; }

    /// jsonb: one version byte, then its text (PostgreSQL, jsonb_send). Empty for NULL.
    [[nodiscard]] std::string_view jsonb() const;
    [[nodiscard]] std::int64_t int64() const;
    [[nodiscard]] bool boolean() const;
    /// 16 bytes, or nothing where the cell is NULL.
    [[nodiscard]] std::span<std::uint8_t const> uuid() const;
    /// The same as a value; the nil UUID where the cell is NULL.
    [[nodiscard]] grammar::uuid id() const;
    /// timestamptz: microseconds since 2000-01-01; ±infinity is the far end of the representable range.
    [[nodiscard]] grammar::sys_micro timestamp() const;

  private:
    char const* data_;
    int length_;
    bool null_;
};

/// The rows of one statement. Owns the PGresult; move-only. Immutable, so any thread that holds it may read.
class rows {
  public:
    rows() = default;
    explicit rows(pg_result* owned);

    [[nodiscard]] std::size_t size() const { return size_; }

    [[nodiscard]] bool empty() const { return size_ == 0; }

    [[nodiscard]] std::size_t columns() const { return columns_; }

    /// Outside of size() and columns() all is NULL: a server may answer with fewer than it was asked for.
    [[nodiscard]] cell at(std::size_t row, std::size_t column) const;

    /// By the enumerator of a SELECT list (db/sql).
    template <class Column>
        requires std::is_enum_v<Column>
    [[nodiscard]] cell at(std::size_t row, Column column) const
    {
        return at(row, static_cast<std::size_t>(column));
    }

    /// "COMMIT", "ROLLBACK", "SELECT 5" … (PQcmdStatus).
    [[nodiscard]] std::string_view command() const;

  private:
    struct clear {
        void operator()(pg_result* result) const;
    };

    std::unique_ptr<pg_result, clear> result_;
    std::size_t size_ = 0, columns_ = 0;
};

} // namespace bridgewatch::pg
