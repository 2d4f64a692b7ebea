#include "test/system/soak_truth.hpp"

#include "test/support/cluster.hpp"

#include <boost/json/parse.hpp>

#include <stdexcept>
#include <utility>

namespace bridgewatch::test::soak {
namespace {

namespace json = boost::json;

/// Completed interceptions of the past, with their children as JSON. The API's spelling of a time is a function.
constexpr std::string_view definitions = R"sql(
CREATE SCHEMA soak;
CREATE FUNCTION soak.time(t timestamptz) RETURNS text LANGUAGE sql AS $$
    SELECT regexp_replace(to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '\.?0+$', '') || 'Z' $$;
CREATE VIEW soak.past AS
    SELECT * FROM aibridge_interceptions WHERE ended_at IS NOT NULL AND started_at <= '2026-01-01Z';
CREATE VIEW soak.row AS SELECT i.id, i.started_at, jsonb_build_object(
    'id', i.id, 'api_key_id', i.api_key_id, 'initiator', jsonb_build_object('id', i.initiator_id,
        'username', coalesce(u.username, ''), 'name', coalesce(u.name, ''), 'avatar_url', coalesce(u.avatar_url, '')),
    'provider', i.provider, 'model', i.model, 'provider_name', i.provider_name, 'client', i.client,
    'session_id', i.session_id, 'metadata', coalesce(i.metadata, '{}'),
    'started_at', soak.time(i.started_at), 'ended_at', soak.time(i.ended_at),
    'token_usages', coalesce((SELECT jsonb_agg(jsonb_build_object('id', c.id, 'interception_id', c.interception_id,
        'provider_response_id', c.provider_response_id, 'input_tokens', c.input_tokens,
        'output_tokens', c.output_tokens, 'cache_read_input_tokens', c.cache_read_input_tokens,
        'cache_write_input_tokens', c.cache_write_input_tokens, 'metadata', coalesce(c.metadata, '{}'),
        'created_at', soak.time(c.created_at)) ORDER BY c.created_at, c.id)
        FROM aibridge_token_usages AS c WHERE c.interception_id = i.id), '[]'),
    'user_prompts', coalesce((SELECT jsonb_agg(jsonb_build_object('id', c.id, 'interception_id', c.interception_id,
        'provider_response_id', c.provider_response_id, 'prompt', c.prompt, 'metadata', coalesce(c.metadata, '{}'),
        'created_at', soak.time(c.created_at)) ORDER BY c.created_at, c.id)
        FROM aibridge_user_prompts AS c WHERE c.interception_id = i.id), '[]'),
    'tool_usages', coalesce((SELECT jsonb_agg(jsonb_build_object('id', c.id, 'interception_id', c.interception_id,
        'provider_response_id', c.provider_response_id, 'server_url', coalesce(c.server_url, ''), 'tool', c.tool,
        'input', c.input, 'injected', c.injected, 'invocation_error', coalesce(c.invocation_error, ''),
        'metadata', coalesce(c.metadata, '{}'), 'created_at', soak.time(c.created_at)) ORDER BY c.created_at, c.id)
        FROM aibridge_tool_usages AS c WHERE c.interception_id = i.id), '[]')) AS said
    FROM soak.past AS i LEFT JOIN visible_users AS u ON u.id = i.initiator_id;
CREATE VIEW soak.session AS SELECT s.session_id, s.initiator_id,
    coalesce(p.latest, s.started_at) AS active, s.threads, jsonb_build_object('id', s.session_id,
    'initiator', jsonb_build_object('id', s.initiator_id),
    'providers', s.providers, 'models', s.models, 'started_at', soak.time(s.started_at),
    'ended_at', soak.time(s.ended_at), 'token_usage_summary', jsonb_build_object(
        'input_tokens', t.input, 'output_tokens', t.output,
        'cache_read_input_tokens', t.cache_read, 'cache_write_input_tokens', t.cache_write)) AS said
    FROM (SELECT session_id, initiator_id, min(started_at) AS started_at, max(ended_at) AS ended_at,
        array_agg(id) AS ids, array_agg(DISTINCT provider) AS providers, array_agg(DISTINCT model) AS models,
        coalesce(jsonb_agg(id ORDER BY started_at, id) FILTER (WHERE thread_root_id IS NULL), '[]') AS threads
        FROM soak.past GROUP BY 1, 2) AS s,
    LATERAL (SELECT max(created_at) AS latest FROM aibridge_user_prompts WHERE interception_id = ANY (s.ids)) AS p,
    LATERAL (SELECT coalesce(sum(input_tokens), 0) AS input, coalesce(sum(output_tokens), 0) AS output,
        coalesce(sum(cache_read_input_tokens), 0) AS cache_read,
        coalesce(sum(cache_write_input_tokens), 0) AS cache_write
        FROM aibridge_token_usages WHERE interception_id = ANY (s.ids)) AS t;
)sql";

struct search_in_sql {
    std::string_view query, condition; ///< of a row i
};

constexpr search_in_sql searches_in_sql[] = {
    {"provider:anthropic", "i.provider = 'anthropic'"},
    {R"(client:"Claude Code")", "i.client = 'Claude Code'"},
    {"model:claude-*", "i.model LIKE 'claude-%'"},
    {"-provider:anthropic has:tool", "i.provider <> 'anthropic' AND EXISTS (SELECT FROM aibridge_tool_usages AS t "
                                     "WHERE t.interception_id = i.id)"},
    {"tool:bash", "EXISTS (SELECT FROM aibridge_tool_usages AS t WHERE t.interception_id = i.id AND t.tool = 'bash')"},
    {"prompt:the", "EXISTS (SELECT FROM aibridge_user_prompts AS p WHERE p.interception_id = i.id AND p.prompt ILIKE "
                   "'%the%')"},
    {"input_tokens:>20000", "(SELECT sum(input_tokens) FROM aibridge_token_usages AS t WHERE t.interception_id = i.id) "
                            "> 20000"},
    {"provider:nobody", "i.provider = 'nobody'"},
};

std::vector<std::string> strings(std::string const& conninfo, std::string const& sql)
{
    std::vector<std::string> out;
    auto const all = json::parse(cluster::value(conninfo, sql));
    for (auto const& each : all.as_array())
        out.emplace_back(each.as_string());
    return out;
}

std::vector<json::object> objects(std::string const& conninfo, std::string const& sql)
{
    std::vector<json::object> out;
    auto all = json::parse(cluster::value(conninfo, sql));
    for (auto& each : all.as_array())
        out.push_back(std::move(each.as_object()));
    return out;
}

} // namespace

truth::truth(std::string const& conninfo)
{
    cluster::execute(conninfo, std::string{definitions});
    rows_ = objects(conninfo, "SELECT jsonb_agg(said ORDER BY started_at DESC, id DESC) FROM soak.row");
    for (std::size_t place = 0; place < rows_.size(); ++place)
        places_.emplace(std::string{rows_[place].at("id").as_string()}, place);
    std::string const list_order = " ORDER BY active DESC, session_id DESC, initiator_id DESC) FROM soak.session";
    sessions_ = objects(conninfo, "SELECT jsonb_agg(said" + list_order);
    auto threads = json::parse(cluster::value(conninfo, "SELECT jsonb_agg(threads" + list_order));
    for (auto& each : threads.as_array())
        threads_.push_back(std::move(each.as_array()));
    for (auto const& each : searches_in_sql)
        searches_.push_back(
            {.query = std::string{each.query},
             .ids = strings(conninfo, "SELECT coalesce(jsonb_agg(i.id ORDER BY i.started_at DESC, i.id DESC), '[]') "
                                      "FROM soak.past AS i WHERE " +
                                          std::string{each.condition})});
    models_ = strings(conninfo, "SELECT jsonb_agg(DISTINCT model) FROM soak.past");
    clients_ = strings(conninfo, "SELECT jsonb_agg(DISTINCT coalesce(client, 'Unknown')) FROM soak.past");
    if (rows_.empty() || sessions_.empty())
        throw std::runtime_error{"there is no past to ask for"};
}

json::object const* truth::row(std::string_view id) const
{
    auto const found = places_.find(id);
    return found == places_.end() ? nullptr : &rows_[found->second];
}

} // namespace bridgewatch::test::soak
