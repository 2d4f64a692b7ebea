#include "db/sql/columns.hpp"

#include <array>
#include <cstddef>

namespace bridgewatch::sql {
namespace {

/// The entry of an enumerator, in a table that has the order of its enum.
template <class Enum, std::size_t count>
literal entry(std::array<literal, count> const& names, Enum which)
{
    return names[static_cast<std::size_t>(which)];
}

} // namespace

literal column_of(grammar::text_field field)
{
    // The error type is an enum in some versions, and a text may name a kind that this one does not have.
    static constexpr std::array<literal, 7> names{"i.provider",   "i.provider_name", "i.model",           "i.client",
                                                  "i.session_id", "i.api_key_id",    "i.error_type::text"};
    static_assert(static_cast<std::size_t>(grammar::text_field::error_type) + 1 == names.size());
    return entry(names, field);
}

literal column_of(grammar::time_field field)
{
    return field == grammar::time_field::ended ? literal{"i.ended_at"} : literal{"i.started_at"};
}

literal column_of(grammar::json_field field)
{
    return field == grammar::json_field::annotations ? literal{"i.annotations"} : literal{"i.metadata"};
}

literal column_of(grammar::call_field field)
{
    return field == grammar::call_field::server_url ? literal{"c.server_url"} : literal{"c.tool"};
}

literal column_of(grammar::call_text text)
{
    return text == grammar::call_text::error ? literal{"c.invocation_error"} : literal{"c.input"};
}

literal sum_of(grammar::amount amount)
{
    // Sums of bigint are numeric in PostgreSQL and do not overflow; the sum of two columns of one row could.
    static constexpr std::array<literal, 6> sums{"sum(t.input_tokens)",
                                                 "sum(t.output_tokens)",
                                                 "sum(t.input_tokens) + sum(t.output_tokens)",
                                                 "sum(t.cache_read_input_tokens)",
                                                 "sum(t.cache_write_input_tokens)",
                                                 "sum(t.cost_micros)"};
    static_assert(static_cast<std::size_t>(grammar::amount::cost) + 1 == sums.size());
    return entry(sums, amount);
}

literal session_of(schema::shape const& database)
{
    auto const& has = database.interceptions;
    if (has.session_id)
        return "i.session_id";
    if (has.client_session_id && has.thread_root_id)
        return "coalesce(i.client_session_id, i.thread_root_id::text, i.id::text)";
    if (has.client_session_id)
        return "coalesce(i.client_session_id, i.id::text)";
    return has.thread_root_id ? literal{"coalesce(i.thread_root_id, i.id)::text"} : literal{"i.id::text"};
}

literal is_root(schema::shape const& database)
{
    return database.interceptions.thread_root_id ? literal{"i.thread_root_id IS NULL"} : literal{"true"};
}

void optional_column(statement& out, bool exists, literal column, literal absent)
{
    out << ", " << (exists ? column : absent);
}

} // namespace bridgewatch::sql
