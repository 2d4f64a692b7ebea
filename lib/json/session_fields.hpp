#pragma once

#include "db/sql/session_rows.hpp"
#include "lib/json/row_writer.hpp"

/// What the list of sessions and the detail of one have in common.
namespace bridgewatch::json {

/// `{"id":…,"initiator":{…},"providers":[…],"models":[…]` of a row of sql::session_column.
void append_session_start(row_writer& in);

/// Which columns hold the four sums.
template <class Column>
struct sum_columns {
    Column input_tokens, output_tokens, cache_read_input_tokens, cache_write_input_tokens;
};

inline constexpr sum_columns<sql::session_column> sums_of_session{
    sql::session_column::input_tokens, sql::session_column::output_tokens, sql::session_column::cache_read_input_tokens,
    sql::session_column::cache_write_input_tokens};

inline constexpr sum_columns<sql::token_sum_column> sums_of_threads{
    sql::token_sum_column::input_tokens, sql::token_sum_column::output_tokens,
    sql::token_sum_column::cache_read_input_tokens, sql::token_sum_column::cache_write_input_tokens};

/// `{"input_tokens":…`: all four, as a sum of nothing is 0; the object stays open.
template <class Column>
void append_token_sums(row_writer& in, sum_columns<Column> const& from)
{
    in.raw(R"({"input_tokens":)", from.input_tokens, "0");
    in.raw(R"(,"output_tokens":)", from.output_tokens, "0");
    in.raw(R"(,"cache_read_input_tokens":)", from.cache_read_input_tokens, "0");
    in.raw(R"(,"cache_write_input_tokens":)", from.cache_write_input_tokens, "0");
}

} // namespace bridgewatch::json
