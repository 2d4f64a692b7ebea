#include "test/support/cluster.hpp"
#include "test/support/historic_schema.hpp"
#include "test/support/served.hpp"

#include <boost/test/unit_test.hpp>

#include <array>

// Sessions, models and clients of upstream's tables at different ages.
namespace {

using namespace bridgewatch::test;

constexpr char const* two_interceptions = R"sql(
INSERT INTO users (id, username, email, status, rbac_roles, deleted) VALUES (md5('u')::uuid, 'alice', 'a@example.com', 'active', '{owner}', false);
INSERT INTO api_keys (id, hashed_secret, user_id, expires_at) VALUES ('keyowner00', sha256(repeat('s', 22)::bytea), md5('u')::uuid, '2099-01-01Z');
INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, started_at)
VALUES ('00000000-0000-4000-8000-000000000101', md5('u')::uuid, 'openai', 'o3', '2026-01-01Z'),
       ('00000000-0000-4000-8000-000000000102', md5('u')::uuid, 'openai', 'gpt-5', '2026-01-02Z');
INSERT INTO aibridge_token_usages (id, interception_id, provider_response_id, input_tokens, output_tokens, created_at)
VALUES (md5('t')::uuid, '00000000-0000-4000-8000-000000000101', 'r', 1, 2, '2026-01-01Z');
INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at)
VALUES (md5('p')::uuid, '00000000-0000-4000-8000-000000000101', 'r', 'hi', '2026-01-01Z');
INSERT INTO aibridge_tool_usages (id, interception_id, provider_response_id, tool, input, injected, created_at)
VALUES (md5('c')::uuid, '00000000-0000-4000-8000-000000000101', 'r', 'bash', 'ls', false, '2026-01-01Z');
)sql";

constexpr std::string_view first_session = "00000000-0000-4000-8000-000000000101";

bool has(std::string_view columns, std::string_view name)
{
    return columns.find(name) != std::string_view::npos;
}

struct aged_server {
    std::string conninfo;
    served server;

    static std::string made(column_set const& age)
    {
        auto out = cluster::shared().create_database();
        cluster::execute(out, create_statements(age) + two_interceptions);
        if (has(age.interceptions, "ended_at"))
            cluster::execute(out, "UPDATE aibridge_interceptions SET ended_at = started_at");
        return out;
    }

    explicit aged_server(column_set const& age) : conninfo{made(age)}, server{conninfo} {}

    [[nodiscard]] boost::json::value get(std::string_view path) const
    {
        auto const answer = fetch(server.address(), std::string{"/api/v2/aibridge/"}.append(path),
                                  {{"Coder-Session-Token", "keyowner00-ssssssssssssssssssssss"}});
        BOOST_TEST_REQUIRE(answer.status == 200, path << " gives " << answer.body);
        return answer.json();
    }
};

void check_list(aged_server const& s)
{
    auto const list = s.get("sessions");
    BOOST_TEST(list.at("count").as_int64() == 2);
    BOOST_TEST_REQUIRE(list.at("sessions").as_array().size() == 2U);
    auto const& older = list.at("sessions").at(1);
    BOOST_TEST(older.at("id").as_string() == std::string{first_session});
    BOOST_TEST(older.at("threads").as_int64() == 1);
    BOOST_TEST(older.at("last_prompt").as_string() == "hi");
    BOOST_TEST(s.get("sessions?q=model:o3").at("count").as_int64() == 1);
    auto const next = s.get("sessions?after_session_id=00000000-0000-4000-8000-000000000102");
    BOOST_TEST(next.at("sessions").as_array().size() == 1U);
}

void check_detail(aged_server const& s, column_set const& age)
{
    auto const body = s.get(std::string{"sessions/"}.append(first_session));
    BOOST_TEST_REQUIRE(body.at("threads").as_array().size() == 1U);
    auto const& thread = body.at("threads").at(0).as_object();
    for (auto const* column : {"credential_kind", "credential_hint"})
        BOOST_TEST(thread.contains(column) == has(age.interceptions, column), column);
    BOOST_TEST(thread.at("prompt").as_string() == "hi");
    BOOST_TEST(thread.at("token_usage").at("output_tokens").as_int64() == 2);
    BOOST_TEST(thread.at("agentic_actions").at(0).at("tool_calls").at(0).at("tool").as_string() == "bash");
}

void check_values(aged_server const& s, column_set const& age)
{
    BOOST_TEST(s.get("models").as_array().size() == 2U);
    BOOST_TEST(s.get("models?q=gp").as_array().size() == 1U);
    bool const has_client = has(age.interceptions, ", client ");
    BOOST_TEST(s.get("clients").as_array().size() == (has_client ? 1U : 0U));
    auto const prefix = fetch(s.server.address(), "/api/v2/aibridge/clients?q=Unk",
                              {{"Coder-Session-Token", "keyowner00-ssssssssssssssssssssss"}});
    BOOST_TEST(prefix.status == (has_client ? 200 : 400));
    if (!has_client)
        BOOST_TEST(prefix.body == R"({"message":"Invalid AI Bridge clients search query.","validations":[{"field":)"
                                  R"("client","detail":"Query param \"client\" is not recorded by this database",)"
                                  R"("position":0,"length":3}]})");
    auto const list = s.get("sessions");
    auto const& sums = list.at("sessions").at(0).at("token_usage_summary").as_object();
    BOOST_TEST(sums.contains("cache_read_input_tokens"));
    BOOST_TEST(sums.contains("cache_write_input_tokens"));
}

} // namespace

BOOST_AUTO_TEST_SUITE(api_historic_sessions)

/// Where no column says otherwise, each interception is a session.
BOOST_AUTO_TEST_CASE(answers_follow_the_columns_that_there_are)
{
    for (auto const& age : std::array{first_release, with_metadata, with_client, with_sessions, with_credentials}) {
        BOOST_TEST_CONTEXT(age.name)
        {
            aged_server const s{age};
            check_list(s);
            check_detail(s, age);
            check_values(s, age);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
