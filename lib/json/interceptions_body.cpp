#include "lib/json/interceptions_body.hpp"

#include "lib/json/children.hpp"
#include "lib/json/row_writer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace bridgewatch::json {
namespace {

using sql::interception_column;
using sql::token_usage_column;
using sql::tool_usage_column;
using sql::user_prompt_column;

void append_token_usage(std::string& out, pg::rows const& rows, std::size_t row, schema::shape const& database)
{
    row_writer in{out, rows, row};
    in.uuid(R"({"id":)", token_usage_column::id);
    in.uuid(R"(,"interception_id":)", token_usage_column::interception_id);
    in.text(R"(,"provider_response_id":)", token_usage_column::provider_response_id);
    in.integer(R"(,"input_tokens":)", token_usage_column::input_tokens);
    in.integer(R"(,"output_tokens":)", token_usage_column::output_tokens);
    if (database.token_usages.cache_read_input_tokens)
        in.integer(R"(,"cache_read_input_tokens":)", token_usage_column::cache_read_input_tokens);
    if (database.token_usages.cache_write_input_tokens)
        in.integer(R"(,"cache_write_input_tokens":)", token_usage_column::cache_write_input_tokens);
    in.metadata(token_usage_column::metadata);
    in.time(R"(,"created_at":)", token_usage_column::created_at);
    out += '}';
}

void append_user_prompt(std::string& out, pg::rows const& rows, std::size_t row)
{
    row_writer in{out, rows, row};
    in.uuid(R"({"id":)", user_prompt_column::id);
    in.uuid(R"(,"interception_id":)", user_prompt_column::interception_id);
    in.text(R"(,"provider_response_id":)", user_prompt_column::provider_response_id);
    in.text(R"(,"prompt":)", user_prompt_column::prompt);
    in.metadata(user_prompt_column::metadata);
    in.time(R"(,"created_at":)", user_prompt_column::created_at);
    out += '}';
}

void append_tool_usage(std::string& out, pg::rows const& rows, std::size_t row)
{
    row_writer in{out, rows, row};
    in.uuid(R"({"id":)", tool_usage_column::id);
    in.uuid(R"(,"interception_id":)", tool_usage_column::interception_id);
    in.text(R"(,"provider_response_id":)", tool_usage_column::provider_response_id);
    in.text(R"(,"server_url":)", tool_usage_column::server_url);
    in.text(R"(,"tool":)", tool_usage_column::tool);
    in.text(R"(,"input":)", tool_usage_column::input);
    in.boolean(R"(,"injected":)", tool_usage_column::injected);
    in.text(R"(,"invocation_error":)", tool_usage_column::invocation_error);
    in.metadata(tool_usage_column::metadata);
    in.time(R"(,"created_at":)", tool_usage_column::created_at);
    out += '}';
}

template <class Append>
void append_array(std::string& out, std::string_view key, std::span<std::uint32_t const> rows, Append append)
{
    out += key;
    for (auto const& row : rows) {
        if (&row != rows.data())
            out += ',';
        append(row);
    }
    out += ']';
}

void append_interception(std::string& out, pg::rows const& page, std::size_t row, schema::shape const& database)
{
    row_writer in{out, page, row};
    in.uuid(R"({"id":)", interception_column::id);
    in.text_or_null(R"(,"api_key_id":)", interception_column::api_key_id);
    in.user(R"(,"initiator":{"id":)", interception_column::initiator_id, interception_column::username,
            interception_column::name, interception_column::avatar_url);
    in.text(R"(,"provider":)", interception_column::provider);
    in.text(R"(,"model":)", interception_column::model);
    if (database.interceptions.provider_name)
        in.text(R"(,"provider_name":)", interception_column::provider_name);
    if (database.interceptions.client)
        in.text_or_null(R"(,"client":)", interception_column::client);
    if (database.interceptions.session_id)
        in.text(R"(,"session_id":)", interception_column::session_id);
    in.metadata(interception_column::metadata);
    in.time(R"(,"started_at":)", interception_column::started_at);
    in.time(R"(,"ended_at":)", interception_column::ended_at);
}

void append_interceptions(std::string& out, store::page_answer const& page, schema::shape const& database)
{
    parents const by_id{page.interceptions, page.shown};
    children const token_usages{page.token_usages, by_id, std::size_t(token_usage_column::created_at)};
    children const user_prompts{page.user_prompts, by_id, std::size_t(user_prompt_column::created_at)};
    children const tool_usages{page.tool_usages, by_id, std::size_t(tool_usage_column::created_at)};
    for (std::size_t row = 0; row < page.shown; ++row) {
        if (row > 0)
            out += ',';
        append_interception(out, page.interceptions, row, database);
        append_array(out, R"(,"token_usages":[)", token_usages.of(row),
                     [&](std::size_t at) { append_token_usage(out, page.token_usages, at, database); });
        append_array(out, R"(,"user_prompts":[)", user_prompts.of(row),
                     [&](std::size_t at) { append_user_prompt(out, page.user_prompts, at); });
        append_array(out, R"(,"tool_usages":[)", tool_usages.of(row),
                     [&](std::size_t at) { append_tool_usage(out, page.tool_usages, at); });
        out += '}';
    }
}

} // namespace

std::string interceptions_body(store::page_answer const& page, schema::shape const& database, std::size_t size_hint)
{
    std::string out;
    out.reserve(size_hint);
    append_count(out, page.count);
    out += R"(,"results":[)";
    append_interceptions(out, page, database);
    out += "]}";
    return out;
}

std::string interception_body(store::page_answer const& page, schema::shape const& database)
{
    std::string out;
    append_interceptions(out, page, database);
    return out;
}

} // namespace bridgewatch::json
