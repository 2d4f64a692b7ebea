#include "lib/json/session_body.hpp"

#include "grammar/utf8.hpp"
#include "lib/json/session_fields.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace bridgewatch::json {
namespace {

using sql::first_prompt_column;
using sql::metadata_sum_column;
using sql::session_column;
using sql::thought_column;
using sql::thread_member_column;
using sql::token_sum_column;
using sql::tool_usage_column;
using row_list = std::vector<std::size_t>;

/// Which rows belong to whom, each list in the order of the rows.
class rows_by_owner {
  public:
    template <class Column>
    rows_by_owner(pg::rows const& rows, Column owner)
    {
        for (std::size_t row = 0; row < rows.size(); ++row)
            by_[rows.at(row, owner).id()].push_back(row);
    }

    [[nodiscard]] row_list const& of(grammar::uuid const& owner) const
    {
        static row_list const none;
        auto const found = by_.find(owner);
        return found == by_.end() ? none : found->second;
    }

  private:
    std::map<grammar::uuid, row_list> by_;
};

/// Sums have the thread, or the thread and the interception; nil stands for the column that is NULL.
using sum_owner = std::pair<grammar::uuid, grammar::uuid>;

template <class Column>
std::map<sum_owner, row_list> rows_by_sum(pg::rows const& rows, Column thread, Column interception)
{
    std::map<sum_owner, row_list> out;
    for (std::size_t row = 0; row < rows.size(); ++row)
        out[{rows.at(row, thread).id(), rows.at(row, interception).id()}].push_back(row);
    return out;
}

void append_metadata_sums(std::string& out, pg::rows const& sums, row_list const& rows)
{
    out += R"(,"metadata":{)";
    for (auto const& row : rows) {
        if (&row != rows.data())
            out += ',';
        append_string(out, sums.at(row, metadata_sum_column::path).bytes());
        row_writer{out, sums, row}.raw(":", metadata_sum_column::sum, "0");
    }
    out += "}}";
}

struct time_bounds {
    std::optional<grammar::sys_micro> start, end;

    void include(pg::rows const& members, std::size_t row)
    {
        auto const from = members.at(row, thread_member_column::started_at).timestamp();
        start = start ? std::min(*start, from) : from;
        auto const until = members.at(row, thread_member_column::ended_at);
        if (!until.is_null())
            end = end ? std::max(*end, until.timestamp()) : until.timestamp();
    }
};

void append_time_or_null(std::string& out, std::string_view key, std::optional<grammar::sys_micro> const& at)
{
    out += key;
    if (at)
        append_time(out, *at);
    else
        out += "null";
}

class session_writer {
  public:
    session_writer(store::session_answer const& session, schema::shape const& database, std::string& out)
        : session_{session},
          database_{database},
          out_{out},
          members_{session.members, thread_member_column::thread},
          prompts_{session.first_prompts, first_prompt_column::interception_id},
          tool_usages_{session.tool_usages, tool_usage_column::interception_id},
          thoughts_{session.thoughts, thought_column::interception_id},
          token_sums_{rows_by_sum(session.token_sums, token_sum_column::thread, token_sum_column::interception)},
          metadata_sums_{
              rows_by_sum(session.metadata_sums, metadata_sum_column::thread, metadata_sum_column::interception)}
    {
    }

    void write()
    {
        row_writer in{out_, session_.session, 0};
        append_session_start(in);
        if (!in.cell(session_column::client).is_null())
            in.text(R"(,"client":)", session_column::client);
        in.metadata(session_column::metadata);
        append_page_bounds();
        in.time(R"(,"started_at":)", session_column::started_at);
        in.time(R"(,"ended_at":)", session_column::ended_at);
        out_ += R"(,"token_usage_summary":)";
        append_token_sums(in, sums_of_session);
        row_list all(session_.session_metadata.size());
        for (std::size_t row = 0; row < all.size(); ++row)
            all[row] = row;
        append_metadata_sums(out_, session_.session_metadata, all);
        out_ += R"(,"threads":[)";
        bool first = true;
        for (auto const& thread : session_.threads) {
            auto const root = root_of(thread);
            if (!root)
                continue; // one snapshot has both or neither, if the server is what it says
            if (!std::exchange(first, false))
                out_ += ',';
            append_thread(thread, *root);
        }
        out_ += "]}";
    }

  private:
    void append_page_bounds()
    {
        if (session_.threads.empty())
            return;
        time_bounds page;
        for (std::size_t row = 0; row < session_.members.size(); ++row)
            page.include(session_.members, row);
        append_time_or_null(out_, R"(,"page_started_at":)", page.start);
        append_time_or_null(out_, R"(,"page_ended_at":)", page.end);
    }

    [[nodiscard]] std::optional<std::size_t> root_of(grammar::uuid const& thread) const
    {
        auto const& members = members_.of(thread);
        auto const is_root = [&](std::size_t row) {
            return session_.members.at(row, thread_member_column::id).id() == thread;
        };
        auto const found = std::ranges::find_if(members, is_root);
        return found == members.end() ? std::nullopt : std::optional{*found};
    }

    void append_thread(grammar::uuid const& thread, std::size_t root_row)
    {
        auto const& members = members_.of(thread);
        row_writer root{out_, session_.members, root_row};
        root.uuid(R"({"id":)", thread_member_column::id);
        if (auto const& prompts = prompts_.of(thread); !prompts.empty())
            row_writer{out_, session_.first_prompts, prompts.front()}.text(R"(,"prompt":)",
                                                                           first_prompt_column::prompt);
        append_root(root);
        time_bounds bounds;
        for (auto const row : members)
            bounds.include(session_.members, row);
        append_time_or_null(out_, R"(,"started_at":)", bounds.start);
        append_time_or_null(out_, R"(,"ended_at":)", bounds.end);
        out_ += R"(,"token_usage":)";
        append_token_usage({thread, {}});
        out_ += R"(,"agentic_actions":[)";
        bool first = true;
        for (auto const row : members)
            append_action(thread, row, first);
        out_ += "]}";
    }

    void append_root(row_writer& root)
    {
        auto const& has = database_.interceptions;
        root.text(R"(,"model":)", thread_member_column::model);
        root.text(R"(,"provider":)", thread_member_column::provider);
        if (has.credential_kind)
            root.text(R"(,"credential_kind":)", thread_member_column::credential_kind);
        if (has.credential_hint) {
            out_ += R"(,"credential_hint":)";
            append_string(out_, masked_hint(root.cell(thread_member_column::credential_hint).bytes()));
        }
        if (!root.cell(thread_member_column::error_type).is_null())
            root.text(R"(,"error_type":)", thread_member_column::error_type);
        if (!root.cell(thread_member_column::error_message).is_null())
            root.text(R"(,"error_message":)", thread_member_column::error_message);
    }

    void append_token_usage(sum_owner const& owner)
    {
        static row_list const none;
        if (auto const found = token_sums_.find(owner); found != token_sums_.end()) {
            row_writer in{out_, session_.token_sums, found->second.front()};
            append_token_sums(in, sums_of_threads);
        } else {
            out_ += R"({"input_tokens":0,"output_tokens":0,"cache_read_input_tokens":0,"cache_write_input_tokens":0)";
        }
        auto const found = metadata_sums_.find(owner);
        append_metadata_sums(out_, session_.metadata_sums, found == metadata_sums_.end() ? none : found->second);
    }

    /// What an interception did with tools; nothing where it did not.
    void append_action(grammar::uuid const& thread, std::size_t member, bool& first)
    {
        auto const id = session_.members.at(member, thread_member_column::id).id();
        auto const& calls = tool_usages_.of(id);
        if (calls.empty())
            return;
        if (!std::exchange(first, false))
            out_ += ',';
        row_writer{out_, session_.members, member}.text(R"({"model":)", thread_member_column::model);
        out_ += R"(,"token_usage":)";
        append_token_usage({thread, id});
        out_ += R"(,"thinking":[)";
        for (auto const& row : thoughts_.of(id)) {
            if (&row != thoughts_.of(id).data())
                out_ += ',';
            row_writer{out_, session_.thoughts, row}.text(R"({"text":)", thought_column::content);
            out_ += '}';
        }
        out_ += R"(],"tool_calls":[)";
        for (auto const& row : calls) {
            if (&row != calls.data())
                out_ += ',';
            append_tool_call(row);
        }
        out_ += "]}";
    }

    void append_tool_call(std::size_t row)
    {
        row_writer in{out_, session_.tool_usages, row};
        in.uuid(R"({"id":)", tool_usage_column::id);
        in.uuid(R"(,"interception_id":)", tool_usage_column::interception_id);
        in.text(R"(,"provider_response_id":)", tool_usage_column::provider_response_id);
        in.text(R"(,"server_url":)", tool_usage_column::server_url);
        in.text(R"(,"tool":)", tool_usage_column::tool);
        in.boolean(R"(,"injected":)", tool_usage_column::injected);
        in.text(R"(,"input":)", tool_usage_column::input);
        in.metadata(tool_usage_column::metadata);
        in.time(R"(,"created_at":)", tool_usage_column::created_at);
        out_ += '}';
    }

    store::session_answer const& session_;
    schema::shape const& database_;
    std::string& out_;
    rows_by_owner members_, prompts_, tool_usages_, thoughts_;
    std::map<sum_owner, row_list> token_sums_, metadata_sums_;
};

} // namespace

std::string session_body(store::session_answer const& session, schema::shape const& database)
{
    std::string out;
    session_writer{session, database, out}.write();
    return out;
}

std::string_view masked_hint(std::string_view hint)
{
    constexpr std::size_t longest = 15;
    constexpr std::string_view ellipsis = "...";
    bool const is_hint = grammar::utf8::length(hint) <= longest && hint.find(ellipsis) != std::string_view::npos;
    return is_hint || hint.empty() ? hint : ellipsis;
}

} // namespace bridgewatch::json
