#include "test/integration/search_rows.hpp"

#include "test/support/session.hpp"

#include <fmt/format.h>

#include <ostream>
#include <stdexcept>

namespace bridgewatch::test::search {
namespace {

using cell = std::optional<std::string>;

/// PostgreSQL, "COPY", text format.
std::string copy_line(std::vector<cell> const& cells)
{
    std::string out;
    for (auto const& each : cells) {
        out += '\t';
        if (!each)
            out += "\\N";
        for (char const c : each.value_or("")) {
            if (c == '\\')
                out += "\\\\";
            else if (c == '\t')
                out += "\\t";
            else if (c == '\n')
                out += "\\n";
            else
                out += c;
        }
    }
    return out.substr(1) + '\n';
}

template <class T>
void demand(pg::outcome<T> const& done)
{
    if (done.has_error())
        throw std::runtime_error{done.error().diag.message};
}

void copy(pg::blocking_session& into, std::string const& table, std::string const& lines)
{
    demand(into.copy_begin("COPY " + table + " FROM STDIN"));
    demand(into.copy_data(lines));
    demand(into.copy_end());
}

std::string id_text(uuid const& id)
{
    return grammar::to_string(id);
}

cell time_text(std::optional<sys_micro> at)
{
    return at ? cell{grammar::to_rfc3339(*at)} : std::nullopt;
}

/// Children need ids of their own, which nobody asks for.
std::string child_id(std::size_t number)
{
    return fmt::format("00000000-0000-4000-8000-{:012}", number);
}

std::string interception_line(interception const& row)
{
    return copy_line({id_text(row.id), id_text(row.initiator), row.provider, row.provider_name, row.model, row.client,
                      row.api_key_id, row.client_session_id, row.error_type, row.error_message,
                      time_text(row.started_at), time_text(row.ended_at),
                      row.thread_root ? cell{id_text(*row.thread_root)} : std::nullopt,
                      row.metadata ? cell{written(*row.metadata)} : std::nullopt, written(row.annotations)});
}

struct child_lines {
    std::string usages, calls, prompts, thoughts;
    std::size_t number = 0;

    void add(interception const& of)
    {
        auto const parent = id_text(of.id);
        auto const at = time_text(of.started_at);
        for (auto const& each : of.usages)
            usages +=
                copy_line({child_id(++number), parent, "r", std::to_string(each.input), std::to_string(each.output),
                           std::to_string(each.cache_read), std::to_string(each.cache_write),
                           each.cost_micros ? cell{std::to_string(*each.cost_micros)} : std::nullopt, at});
        for (auto const& each : of.calls)
            calls += copy_line({child_id(++number), parent, "r", each.server_url, each.name, each.input,
                                each.injected ? "t" : "f", each.error, at});
        for (auto const& each : of.prompts)
            prompts += copy_line({child_id(++number), parent, "r", each, at});
        for (auto const& each : of.thoughts)
            thoughts += copy_line({parent, each, at});
    }
};

void copy_users(pg::blocking_session& into, std::vector<user> const& users)
{
    std::string lines;
    for (auto const& each : users)
        if (each.is_visible)
            lines += copy_line({id_text(each.id), each.name, "someone@example.com", each.deleted ? "t" : "f"});
    copy(into, "users (id, username, email, deleted)", lines);
}

} // namespace

std::string quoted(std::string_view text)
{
    std::string out = "\"";
    for (char const c : text) {
        if (c == '"' || c == '\\')
            out.append({'\\', c});
        else if (c == '\n' || c == '\t')
            out.append({'\\', c == '\n' ? 'n' : 't'});
        else
            out += c;
    }
    return out + '"';
}

std::string written(json const& value, std::string_view comma, std::string_view colon)
{
    using enum json::kind;
    std::string inner;
    for (std::size_t i = 0; i < value.values.size(); ++i)
        inner.append(i > 0 ? comma : "")
            .append(value.is == object ? quoted(value.names[i]).append(colon) : "")
            .append(written(value.values[i], comma, colon));
    switch (value.is) {
    case null:
        return "null";
    case string:
        return quoted(value.text);
    case array:
        return "[" + inner + "]";
    case object:
        return "{" + inner + "}";
    case boolean:
    case number:
        break;
    }
    return value.text;
}

std::ostream& operator<<(std::ostream& out, interception const& row)
{
    child_lines children;
    children.add(row);
    return out << interception_line(row) << "usages\n"
               << children.usages << "calls\n"
               << children.calls << "prompts\n"
               << children.prompts << "thoughts\n"
               << children.thoughts;
}

void load(pg::blocking_session& into, dataset const& data)
{
    std::string interceptions;
    child_lines children;
    for (auto const& row : data.rows) {
        interceptions += interception_line(row);
        children.add(row);
    }
    for (auto const& row : data.orphans)
        children.add(row);
    copy_users(into, data.users);
    copy(into,
         "aibridge_interceptions (id, initiator_id, provider, provider_name, model, client, api_key_id, "
         "client_session_id, error_type, error_message, started_at, ended_at, thread_root_id, metadata, annotations)",
         interceptions);
    copy(into,
         "aibridge_token_usages (id, interception_id, provider_response_id, input_tokens, output_tokens, "
         "cache_read_input_tokens, cache_write_input_tokens, cost_micros, created_at)",
         children.usages);
    copy(into,
         "aibridge_tool_usages (id, interception_id, provider_response_id, server_url, tool, input, injected, "
         "invocation_error, created_at)",
         children.calls);
    copy(into, "aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at)",
         children.prompts);
    copy(into, "aibridge_model_thoughts (interception_id, content, created_at)", children.thoughts);
    demand(into.script("ANALYZE"));
}

} // namespace bridgewatch::test::search
