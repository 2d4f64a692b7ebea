#include "db/pg/rows.hpp"

#include <boost/endian/conversion.hpp>

#include <libpq-fe.h>

#include <algorithm>
#include <limits>

namespace bridgewatch::pg {
namespace {

/// 2000-01-01 in Unix time; PostgreSQL, "Date/Time Types": timestamps count from there.
constexpr std::int64_t postgres_epoch_us = 946'684'800'000'000;

} // namespace

std::string_view cell::jsonb() const
{
    constexpr char version = 1;
    auto const all = bytes();
    return !all.empty() && all.front() == version ? all.substr(1) : std::string_view{};
}

std::int64_t cell::int64() const
{
    if (length_ != static_cast<int>(sizeof(std::int64_t)))
        return 0;
    return boost::endian::load_big_s64(reinterpret_cast<unsigned char const*>(data_));
}

bool cell::boolean() const
{
    return length_ == 1 && *data_ != 0;
}

std::span<std::uint8_t const> cell::uuid() const
{
    constexpr std::size_t size = 16;
    if (bytes().size() != size)
        return {};
    return {reinterpret_cast<std::uint8_t const*>(data_), size};
}

grammar::uuid cell::id() const
{
    grammar::uuid out;
    std::ranges::copy(uuid(), out.bytes.begin());
    return out;
}

grammar::sys_micro cell::timestamp() const
{
    if (length_ != static_cast<int>(sizeof(std::int64_t)))
        return {};
    auto const since_2000 = int64();
    if (since_2000 == std::numeric_limits<std::int64_t>::min())
        return grammar::sys_micro::min();
    // Also for finite times: PostgreSQL's range ends 30 years after ours.
    if (since_2000 > std::numeric_limits<std::int64_t>::max() - postgres_epoch_us)
        return grammar::sys_micro::max();
    return grammar::sys_micro{std::chrono::microseconds{since_2000 + postgres_epoch_us}};
}

void rows::clear::operator()(pg_result* result) const
{
    PQclear(result);
}

rows::rows(pg_result* owned)
    : result_{owned},
      size_{static_cast<std::size_t>(PQntuples(owned))},
      columns_{static_cast<std::size_t>(PQnfields(owned))}
{
}

cell rows::at(std::size_t row, std::size_t column) const
{
    // libpq would tell its notice receiver, which is the connection, which may be gone.
    if (row >= size_ || column >= columns_)
        return {"", 0, true};
    auto const r = static_cast<int>(row);
    auto const c = static_cast<int>(column);
    auto const* result = result_.get();
    // Each call checks its arguments anew, and a page has thousands of cells: only an empty one can be NULL.
    auto const length = PQgetlength(result, r, c);
    return {PQgetvalue(result, r, c), length, length == 0 && PQgetisnull(result, r, c) != 0};
}

std::string_view rows::command() const
{
    return result_ ? std::string_view{PQcmdStatus(result_.get())} : std::string_view{};
}

} // namespace bridgewatch::pg
