#include "test/integration/sessions_json.hpp"
#include "test/integration/sessions_rows.hpp"
#include "test/support/cluster.hpp"
#include "test/support/session.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bridgewatch::test::sessions {
namespace {

std::string literal(std::string_view text)
{
    std::string out = "'";
    for (char const c : text)
        out += c == '\'' ? std::string{"''"} : std::string{c};
    return out + "'";
}

std::string literal(sys_micro at)
{
    return literal(grammar::to_rfc3339(at));
}

std::string text_or_null(std::optional<std::string> const& value)
{
    return value ? literal(*value) : "NULL";
}

std::string json_or_null(std::optional<json> const& value)
{
    return value ? literal(shown(value)) : "NULL";
}

/// Rows of VALUES for one table.
class inserted {
  public:
    explicit inserted(std::string_view into) : into_{into} {}

    template <class... Cells>
    void add(Cells const&... cells)
    {
        rows_.push_back(fmt::format("({})", fmt::join(std::vector<std::string>{cells...}, ", ")));
    }

    [[nodiscard]] std::string statement() const
    {
        return rows_.empty() ? "" : fmt::format("INSERT INTO {} VALUES {};", into_, fmt::join(rows_, ",\n"));
    }

  private:
    std::string into_;
    std::vector<std::string> rows_;
};

struct children {
    inserted usages{"aibridge_token_usages (id, interception_id, provider_response_id, input_tokens, output_tokens, "
                    "cache_read_input_tokens, cache_write_input_tokens, metadata, created_at)"};
    inserted calls{
        "aibridge_tool_usages (id, interception_id, provider_response_id, server_url, tool, input, injected, "
        "invocation_error, metadata, created_at)"};
    inserted prompts{"aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at)"};
    inserted thoughts{"aibridge_model_thoughts (interception_id, content, created_at)"};

    void add(record const& of)
    {
        auto const parent = literal(to_string(of.row.id));
        for (auto const& [id, text, at] : of.prompts)
            prompts.add(literal(to_string(id)), parent, "'r'", literal(text), literal(at));
        for (auto const& [tokens, metadata] : of.usages)
            usages.add("gen_random_uuid()", parent, "'r'", std::to_string(tokens.input), std::to_string(tokens.output),
                       std::to_string(tokens.cache_read), std::to_string(tokens.cache_write), json_or_null(metadata),
                       literal(of.row.started_at));
        for (auto const& [id, what, response_id, metadata, at] : of.calls)
            calls.add(literal(to_string(id)), parent, literal(response_id), text_or_null(what.server_url),
                      literal(what.name), literal(what.input), what.injected ? "true" : "false",
                      text_or_null(what.error), json_or_null(metadata), literal(at));
        for (auto const& [text, at] : of.thoughts)
            thoughts.add(parent, literal(text), literal(at));
    }
};

/// The interceptions without their children; the users are there.
search::dataset alone(search::dataset data)
{
    data.users.clear();
    for (auto& row : data.rows) {
        row.usages.clear();
        row.calls.clear();
        row.prompts.clear();
        row.thoughts.clear();
    }
    return data;
}

} // namespace

void load(std::string const& conninfo, audit const& data)
{
    auto session = open_session(conninfo);
    search::load(session, alone(data.searched));
    children all;
    for (auto const& each : data.records)
        all.add(each);
    cluster::execute(conninfo, all.usages.statement() + all.calls.statement() + all.prompts.statement() +
                                   all.thoughts.statement() + "ANALYZE");
}

} // namespace bridgewatch::test::sessions
