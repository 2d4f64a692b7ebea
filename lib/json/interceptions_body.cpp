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
void append_elements(std::string& out, std::span<std::uint32_t const> rows, Append append)
{
    for (auto const& row : rows) {
        if (&row != rows.data())
            out += ',';
        append(row);
    }
}

/// Metadata that was not read along stands among the children.
std::string_view metadata_of(store::page_answer const& page, std::size_t row)
{
    auto const metadata = page.interceptions.at(row, interception_column::metadata).jsonb();
    if (metadata != sql::withheld_json)
        return metadata;
    auto const id = page.interceptions.at(row, interception_column::id).id();
    for (std::size_t at = 0; at < page.metadata.size(); ++at)
        if (page.metadata.at(at, std::size_t{0}).id() == id)
            return page.metadata.at(at, std::size_t{1}).jsonb();
    return {}; // deleted meanwhile
}

} // namespace

void append_interception_fields(std::string& out, store::page_answer const& page, std::size_t row,
                                schema::shape const& database)
{
    row_writer in{out, page.interceptions, row};
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
    out += R"(,"metadata":)";
    append_raw(out, metadata_of(page, row), "{}");
    in.time(R"(,"started_at":)", interception_column::started_at);
    in.time(R"(,"ended_at":)", interception_column::ended_at);
}

namespace {

/// The interceptions of a page without their token usages.
class interception_writer {
  public:
    interception_writer(store::page_answer const& page, schema::shape const& database)
        : page_{page},
          database_{database},
          by_id_{page.interceptions, page.shown},
          user_prompts_{page.user_prompts, by_id_, std::size_t(user_prompt_column::created_at)},
          tool_usages_{page.tool_usages, by_id_, std::size_t(tool_usage_column::created_at)}
    {
    }

    /// An interception up to its token usages.
    void append_start(std::string& out, std::size_t row) const
    {
        append_interception_fields(out, page_, row, database_);
        out += list_start(sql::child_list::token_usages);
    }

    /// An interception from its token usages on.
    void append_rest(std::string& out, std::size_t row) const
    {
        (out += list_end) += list_start(sql::child_list::user_prompts);
        append_elements(out, user_prompts_.of(row),
                        [&](std::size_t at) { append_user_prompt(out, page_.user_prompts, at); });
        (out += list_end) += list_start(sql::child_list::tool_usages);
        append_elements(out, tool_usages_.of(row),
                        [&](std::size_t at) { append_tool_usage(out, page_.tool_usages, at); });
        (out += list_end) += interception_end;
    }

    [[nodiscard]] parents const& by_id() const { return by_id_; }

  private:
    store::page_answer const& page_;
    schema::shape const& database_;
    parents by_id_;
    children user_prompts_, tool_usages_;
};

class token_usage_writer {
  public:
    token_usage_writer(store::page_answer const& page, parents const& by_id, schema::shape const& database)
        : rows_{page.token_usages},
          database_{database},
          at_{page.token_usages, by_id, std::size_t(token_usage_column::created_at)}
    {
    }

    /// Those of an interception.
    void append(std::string& out, std::size_t row) const
    {
        append_elements(out, at_.of(row), [&](std::size_t at) { append_token_usage(out, rows_, at, database_); });
    }

  private:
    pg::rows const& rows_;
    schema::shape const& database_;
    children at_;
};

} // namespace

void append_interceptions(std::string& out, store::page_answer const& page, std::size_t first, std::size_t count,
                          schema::shape const& database)
{
    interception_writer const interceptions{page, database};
    token_usage_writer const token_usages{page, interceptions.by_id(), database};
    for (auto row = first; row < first + count; ++row) {
        if (row > first)
            out += ',';
        interceptions.append_start(out, row);
        token_usages.append(out, row);
        interceptions.append_rest(out, row);
    }
}

std::string_view list_start(sql::child_list list)
{
    switch (list) {
    case sql::child_list::token_usages:
        return R"(,"token_usages":[)";
    case sql::child_list::user_prompts:
        return R"(,"user_prompts":[)";
    case sql::child_list::tool_usages:
        break;
    }
    return R"(,"tool_usages":[)";
}

void append_children(std::string& out, sql::child_list list, pg::rows const& rows, bool first,
                     schema::shape const& database)
{
    for (std::size_t row = 0; row < rows.size(); ++row) {
        if (row > 0 || !first)
            out += ',';
        if (list == sql::child_list::token_usages)
            append_token_usage(out, rows, row, database);
        else if (list == sql::child_list::user_prompts)
            append_user_prompt(out, rows, row);
        else
            append_tool_usage(out, rows, row);
    }
}

void append_body_start(std::string& out, store::count_answer const& count)
{
    append_count(out, count);
    out += R"(,"results":[)";
}

interceptions_rows::interceptions_rows(store::page_answer const& page, schema::shape const& database,
                                       std::size_t size_hint)
{
    text_.reserve(room_for_start + size_hint);
    text_.assign(room_for_start, ' ');
    append_interceptions(text_, page, 0, page.shown, database);
}

std::string interceptions_rows::finish(store::count_answer const& count) &&
{
    std::string start;
    append_body_start(start, count);
    text_.replace(0, room_for_start, start);
    text_ += body_end;
    return std::move(text_);
}

std::string interceptions_body(store::page_answer const& page, schema::shape const& database, std::size_t size_hint)
{
    std::string out;
    out.reserve(size_hint);
    append_body_start(out, page.count);
    append_interceptions(out, page, 0, page.shown, database);
    out += body_end;
    return out;
}

interceptions_without_tokens::interceptions_without_tokens(store::page_answer const& page,
                                                           schema::shape const& database, std::size_t size_hint)
{
    interception_writer const interceptions{page, database};
    text_.reserve(size_hint);
    rows_.resize(page.shown);
    for (std::size_t row = 0; row < page.shown; ++row) {
        if (row > 0)
            text_ += ',';
        interceptions.append_start(text_, row);
        rows_[row].token_usages = text_.size();
        interceptions.append_rest(text_, row);
        rows_[row].end = text_.size();
    }
}

std::string interceptions_without_tokens::finish(store::page_answer const& page, schema::shape const& database) const
{
    constexpr std::size_t usual_bytes = 512; // of a token usage
    token_usage_writer const token_usages{page, {page.interceptions, page.shown}, database};
    std::string out;
    out.reserve(text_.size() + (page.token_usages.size() + 1) * usual_bytes);
    append_body_start(out, page.count);
    std::size_t from = 0;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
        auto const& [at, end] = rows_[row];
        out.append(text_, from, at - from);
        token_usages.append(out, row);
        out.append(text_, at, end - at);
        from = end;
    }
    out += body_end;
    return out;
}

std::string interception_body(store::page_answer const& page, schema::shape const& database)
{
    std::string out;
    append_interceptions(out, page, 0, page.shown, database);
    return out;
}

} // namespace bridgewatch::json
