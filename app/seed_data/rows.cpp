#include "app/seed_data/rows.hpp"

#include "app/seed_data/people.hpp"
#include "app/seed_data/texts.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>

namespace bridgewatch::app::seed_data {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// Proportions of production, in thousandths of the interceptions (the last one: of the tool calls).
constexpr std::uint32_t in_flight = 10, failed = 25, thoughtful = 200, call_failed = 20;

constexpr std::uint32_t thread_length = 3; ///< the root and its followers

struct provider_error {
    std::string_view type, message;
};

constexpr provider_error errors[] = {
    {"rate_limited", "429: this organisation has exceeded its quota of tokens per minute"},
    {"overloaded", "529: the model is overloaded, try again later"},
    {"server_error", "500: \"internal error\" while streaming the response"},
    {"timeout", "no first token within 60 s"},
    {"bad_request", "400: prompt is too long: 212331 tokens > 200000 maximum"},
};

constexpr std::string_view call_errors[] = {
    "exit status 1: timeout after 120000 ms",
    "ENOENT: no such file or directory, open 'C:\\tmp\\naïve.txt'",
    "exit status 2\nmake: *** [Makefile:14: test] Error 1",
};

constexpr std::string_view teams[] = {"payments", "search", "core", "mobile"};
constexpr std::string_view repositories[] = {"example/shop", "example/search", "example/core", "example/app"};

grammar::uuid interception_id(std::uint64_t seed, std::uint64_t session, std::uint64_t position)
{
    auto from = random_for(seed, row_kind::interception, session, position);
    return make_uuid(from);
}

grammar::uuid client_session_id(std::uint64_t seed, std::uint64_t session)
{
    auto from = random_for(seed, row_kind::session, session, session);
    return make_uuid(from);
}

/// Numbers as providers and clients send them, which no reader may round.
std::string interception_metadata(session const& s, random& from)
{
    auto const minor = std::to_string(from.below(20));
    auto out = R"({"User-Agent": "agent/1.)" + minor + R"(", "attempt": )" + std::to_string(from.below(3)) +
               R"(, "team": ")" + std::string{teams[s.initiator % std::size(teams)]} + R"(", "temperature": )" +
               (from.chance(500) ? "1.10" : "0.7");
    if (from.chance(100))
        out += R"(, "trace": {"id": 12345678901234567890123, "sampled": true, "path": "C:\\src\\ünïcode"})";
    return out + "}";
}

std::string annotations(session const& s)
{
    if (!s.is_annotated)
        return "{}";
    auto const issue = std::to_string(100 + s.number % 900);
    return R"({"repo": ")" + std::string{repositories[s.initiator % std::size(repositories)]} +
           R"(", "branch": "feature/)" + issue + R"(", "linear_issue_id": "ENG-)" + issue + R"("})";
}

void append_hex(std::string& out, std::uint64_t bits)
{
    constexpr std::string_view digits = "0123456789abcdef";
    for (int i = 0; i < 16; ++i, bits >>= 4)
        out += digits[bits & 15];
}

} // namespace

struct row_maker::context {
    planned const& at;
    session const& of;
    grammar::uuid id;
    bool second_model; ///< a follower that the tool sent to a smaller model
    std::string response_id;

    [[nodiscard]] model const& used() const { return second_model ? of.second : of.main; }

    [[nodiscard]] grammar::sys_micro after(milliseconds pause) const { return at.started_at + pause; }
};

row_maker::row_maker(std::uint64_t seed)
    : seed_{seed},
      tables_{table_rows{"aibridge_interceptions",
                         "id, initiator_id, api_key_id, provider, provider_name, model, client, started_at, ended_at, "
                         "metadata, annotations, thread_parent_id, thread_root_id, client_session_id, credential_kind, "
                         "credential_hint, error_type, error_message",
                         {}},
              table_rows{"aibridge_user_prompts",
                         "id, interception_id, provider_response_id, prompt, metadata, created_at",
                         {}},
              table_rows{"aibridge_token_usages",
                         "id, interception_id, provider_response_id, input_tokens, output_tokens, "
                         "cache_read_input_tokens, cache_write_input_tokens, cost_micros, metadata, created_at",
                         {}},
              table_rows{"aibridge_tool_usages",
                         "id, interception_id, provider_response_id, provider_tool_call_id, server_url, tool, input, "
                         "injected, invocation_error, metadata, created_at",
                         {}},
              table_rows{"aibridge_model_thoughts", "interception_id, content, metadata, created_at", {}}}
{
}

std::size_t row_maker::bytes() const
{
    return std::accumulate(tables_.begin(), tables_.end(), std::size_t{0},
                           [](std::size_t sum, table_rows const& table) { return sum + table.rows.bytes(); });
}

random row_maker::numbers_for(row_kind kind, context const& c) const
{
    return random_for(seed_, kind, c.at.session, c.at.position);
}

void row_maker::add(planned const& which)
{
    auto const of = make_session(seed_, which.session);
    context c{.at = which,
              .of = of,
              .id = interception_id(seed_, which.session, which.position),
              .second_model = which.position % 11 == 10,
              .response_id = "msg_"};
    append_hex(c.response_id, random_for(seed_, which.session, which.position).next());
    add_interception(c);
    add_prompts(c);
    add_token_usages(c);
    add_tool_usages(c);
    add_thought(c);
}

void row_maker::add_interception(context const& c)
{
    auto& row = rows_of(interceptions);
    auto from = random_for(seed_, row_kind::interception, c.at.position, c.at.session, c.at.position);
    auto const& of = c.of;
    auto const in_thread = c.at.position % thread_length;
    auto const thread_member = [&](std::uint32_t position) {
        return in_thread == 0 ? std::optional<grammar::uuid>{} : interception_id(seed_, c.at.session, position);
    };
    auto const* const error = from.chance(failed) ? &from.pick(errors) : nullptr;
    auto const took = milliseconds{500 + from.below(60'000)};
    auto const end =
        from.chance(in_flight) ? std::optional<grammar::sys_micro>{} : c.after(took) + microseconds{from.below(1000)};
    auto const hint_number = std::to_string(10'000 + of.initiator).substr(1);

    row.uuid(c.id);
    row.uuid(person_id(of.initiator));
    row.text(person_key(of.initiator));
    row.text(c.used().provider);
    row.text(c.used().provider_name);
    row.text(c.used().name);
    row.text_or_null(of.client.empty() ? std::optional<std::string_view>{} : of.client);
    row.time(c.at.started_at);
    row.time_or_null(end);
    row.text(interception_metadata(of, from));
    row.text(annotations(of));
    row.uuid_or_null(thread_member(c.at.position - 1));
    row.uuid_or_null(thread_member(c.at.position - in_thread));
    if (of.has_client_session_id)
        row.uuid(client_session_id(seed_, of.number));
    else
        row.null();
    row.text(of.initiator % 5 == 0 ? "byok" : "centralized");
    row.text("sk-a..." + hint_number);
    row.text_or_null(error != nullptr ? std::optional{error->type} : std::nullopt);
    row.text_or_null(error != nullptr ? std::optional{error->message} : std::nullopt);
    row.end_row();
}

void row_maker::add_prompts(context const& c)
{
    auto& row = rows_of(user_prompts);
    auto from = numbers_for(row_kind::prompt, c);
    auto const count = from.between(1, 3);
    for (std::uint32_t i = 0; i < count; ++i) {
        row.uuid(make_uuid(from));
        row.uuid(c.id);
        row.text(c.response_id);
        make_prompt(scratch_, from);
        row.text(scratch_);
        row.text_or_null(i == 0 ? std::optional<std::string_view>{"{}"} : std::nullopt);
        row.time(c.after(milliseconds{10 * (i + 1)}));
        row.end_row();
    }
}

void row_maker::add_token_usages(context const& c)
{
    auto& row = rows_of(token_usages);
    auto from = numbers_for(row_kind::token_usage, c);
    auto const count = from.between(1, 2);
    for (std::uint32_t i = 0; i < count; ++i) {
        auto const input = from.below(20'000), output = from.below(4'000);
        auto const cache_read = from.below(50'000), cache_write = from.below(5'000);
        auto const& used = c.used();
        row.uuid(make_uuid(from));
        row.uuid(c.id);
        row.text(c.response_id);
        row.number(input);
        row.number(output);
        row.number(cache_read);
        row.number(cache_write);
        if (used.input_price == 0)
            row.null();
        else
            row.number(std::uint64_t{input} * used.input_price + std::uint64_t{output} * used.output_price);
        row.text(R"({"cache_read_input": )" + std::to_string(cache_read) +
                 R"(, "service_tier": "standard", "server_tool_use": {"web_search_requests": )" +
                 std::to_string(from.below(3)) + "}}");
        row.time(c.after(milliseconds{300 * (i + 1)}));
        row.end_row();
    }
}

void row_maker::add_tool_usages(context const& c)
{
    auto& row = rows_of(tool_usages);
    auto from = numbers_for(row_kind::tool_usage, c);
    auto const count = from.below(7);
    for (std::uint32_t i = 0; i < count; ++i) {
        auto const call = pick_tool(from);
        row.uuid(make_uuid(from));
        row.uuid(c.id);
        row.text(c.response_id);
        scratch_ = "toolu_";
        append_hex(scratch_, from.next());
        row.text(scratch_);
        row.text_or_null(call.server_url.empty() ? std::optional<std::string_view>{} : call.server_url);
        row.text(call.tool);
        make_tool_input(scratch_, call.tool, from);
        row.text(scratch_);
        row.boolean(!call.server_url.empty());
        row.text_or_null(from.chance(call_failed) ? std::optional{from.pick(call_errors)} : std::nullopt);
        row.text_or_null(i == 0 ? std::optional<std::string_view>{R"({"cwd": "/src", "weight": 1.10})"} : std::nullopt);
        row.time(c.after(milliseconds{200 * (i + 1)}));
        row.end_row();
    }
}

void row_maker::add_thought(context const& c)
{
    auto from = numbers_for(row_kind::thought, c);
    if (!from.chance(thoughtful))
        return;
    auto& row = rows_of(model_thoughts);
    row.uuid(c.id);
    make_thought(scratch_, from);
    row.text(scratch_);
    row.text("{}");
    row.time(c.after(milliseconds{100}));
    row.end_row();
}

} // namespace bridgewatch::app::seed_data
