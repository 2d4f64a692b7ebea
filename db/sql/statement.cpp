#include "db/sql/statement.hpp"

#include <boost/endian/conversion.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace bridgewatch::sql {
namespace {

void append_int32(std::string& out, std::size_t value)
{
    std::array<char, sizeof(std::uint32_t)> bytes{};
    boost::endian::store_big_u32(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<std::uint32_t>(value));
    out.append(bytes.data(), bytes.size());
}

} // namespace

statement& statement::operator<<(literal sql)
{
    text_ += sql.text;
    return *this;
}

statement& statement::bind(pg::parameter value)
{
    parameters_.push_back(std::move(value));
    text_ += '$';
    text_ += std::to_string(parameters_.size());
    return *this;
}

statement& statement::bind(std::string_view value)
{
    return bind(pg::parameter{pg::type::text, std::string{value}});
}

statement& statement::bind(std::int64_t value)
{
    return bind(pg::parameter{pg::type::int8, std::to_string(value)});
}

statement& statement::bind(bool value)
{
    return bind(pg::parameter{pg::type::boolean, value ? "t" : "f"});
}

statement& statement::bind(grammar::uuid const& value)
{
    return bind(pg::parameter{pg::type::uuid, to_string(value)});
}

statement& statement::bind(grammar::sys_micro value)
{
    return bind(pg::parameter{pg::type::timestamptz, timestamp_text(value)});
}

statement& statement::bind(std::vector<std::string> const& values)
{
    return bind(pg::parameter{pg::type::text_array, array_text(values)});
}

statement& statement::bind(std::vector<grammar::uuid> const& values)
{
    constexpr std::size_t with_comma = 37;
    std::string out;
    out.reserve(2 + values.size() * with_comma);
    out += '{';
    for (auto const& value : values) {
        if (out.size() > 1)
            out += ',';
        auto const at = out.size();
        out.resize(at + with_comma - 1);
        grammar::write_uuid(value.bytes, out.data() + at);
    }
    out += '}';
    return bind(pg::parameter{pg::type::uuid_array, std::move(out)});
}

/// Source: PostgreSQL, array_recv: dimensions, whether there are nulls, type; length and lower bound of the dimension;
/// each element behind its size.
statement& statement::bind_packed(std::vector<grammar::uuid> const& values)
{
    constexpr std::size_t header = 20, size = sizeof(grammar::uuid::bytes);
    std::string out;
    out.reserve(header + values.size() * (sizeof(std::uint32_t) + size));
    append_int32(out, values.empty() ? 0 : 1);
    append_int32(out, 0);
    append_int32(out, static_cast<std::size_t>(pg::type::uuid));
    if (!values.empty()) {
        append_int32(out, values.size());
        append_int32(out, 1);
    }
    for (auto const& value : values) {
        append_int32(out, size);
        out.append(reinterpret_cast<char const*>(value.bytes.data()), size);
    }
    return bind(pg::parameter{pg::type::uuid_array, std::move(out), true});
}

statement& statement::bind(std::vector<grammar::sys_micro> const& values)
{
    std::vector<std::string> texts;
    texts.reserve(values.size());
    for (auto const value : values)
        texts.push_back(timestamp_text(value));
    return bind(pg::parameter{pg::type::timestamptz_array, array_text(texts)});
}

statement& statement::bind(std::vector<std::int64_t> const& values)
{
    std::string out = "{";
    for (auto const value : values)
        out.append(out.size() > 1 ? "," : "").append(std::to_string(value));
    out += '}';
    return bind(pg::parameter{pg::type::int8_array, std::move(out)});
}

statement& statement::bind(std::vector<bool> const& values)
{
    std::string out = "{";
    for (bool const value : values)
        out.append(out.size() > 1 ? "," : "").append(value ? "t" : "f");
    out += '}';
    return bind(pg::parameter{pg::type::boolean_array, std::move(out)});
}

pg::step statement::to_step() &&
{
    return {.sql = std::move(text_), .parameters = std::move(parameters_), .about = about_};
}

pg::step explained(pg::step of, std::string_view about)
{
    of.sql.insert(0, "EXPLAIN (FORMAT JSON) ");
    of.prepare = false;
    of.about = about;
    return of;
}

std::string array_text(std::vector<std::string> const& values)
{
    std::string out = "{";
    for (auto const& value : values) {
        if (out.size() > 1)
            out += ',';
        out += '"';
        for (char const c : value) {
            if (c == '"' || c == '\\')
                out += '\\';
            out += c;
        }
        out += '"';
    }
    out += '}';
    return out;
}

std::string timestamp_text(grammar::sys_micro at)
{
    if (at == grammar::sys_micro::max() || at == grammar::sys_micro::min())
        return at == grammar::sys_micro::max() ? "infinity" : "-infinity";
    auto const day = std::chrono::floor<std::chrono::days>(at);
    std::chrono::year_month_day const date{day};
    std::chrono::hh_mm_ss const time{at - day};
    int const year = static_cast<int>(date.year());
    bool const before_christ = year < 1;
    char out[64];
    int const length = std::snprintf(out, sizeof out, "%04d-%02u-%02u %02d:%02d:%02d.%06d+00%s",
                                     before_christ ? 1 - year : year, static_cast<unsigned>(date.month()),
                                     static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                                     static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                                     static_cast<int>(time.subseconds().count()), before_christ ? " BC" : "");
    return {out, static_cast<std::size_t>(length)};
}

} // namespace bridgewatch::sql
