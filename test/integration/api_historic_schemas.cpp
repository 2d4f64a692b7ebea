#include "test/support/cluster.hpp"
#include "test/support/historic_schema.hpp"
#include "test/support/served.hpp"

#include <boost/test/unit_test.hpp>

#include <array>

namespace {

using namespace bridgewatch::test;

constexpr char const* path = "/api/v2/aibridge/interceptions";

constexpr char const* one_interception = R"sql(
INSERT INTO users (id, username, email, status, rbac_roles, deleted) VALUES (md5('u')::uuid, 'alice', 'a@example.com', 'active', '{owner}', false);
INSERT INTO api_keys (id, hashed_secret, user_id, expires_at) VALUES ('keyowner00', sha256(repeat('s', 22)::bytea), md5('u')::uuid, '2099-01-01Z');
INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, started_at) VALUES (md5('i')::uuid, md5('u')::uuid, 'openai', 'o3', '2026-01-01Z');
INSERT INTO aibridge_token_usages (id, interception_id, provider_response_id, input_tokens, output_tokens, created_at)
VALUES (md5('t')::uuid, md5('i')::uuid, 'r', 1, 2, '2026-01-01Z');
)sql";

bool has(std::string_view columns, std::string_view name)
{
    return columns.find(name) != std::string_view::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(api_historic_schemas)

BOOST_AUTO_TEST_CASE(answers_follow_the_columns_that_there_are)
{
    for (auto const& age : std::array{first_release, with_metadata, with_client, with_sessions, with_credentials}) {
        BOOST_TEST_CONTEXT(age.name)
        {
            auto const conninfo = cluster::shared().create_database();
            cluster::execute(conninfo, create_statements(age) + one_interception);
            if (has(age.interceptions, "ended_at"))
                cluster::execute(conninfo, "UPDATE aibridge_interceptions SET ended_at = started_at");
            served const server{conninfo};
            http_headers const owner{{"Coder-Session-Token", "keyowner00-ssssssssssssssssssssss"}};
            auto const answer = fetch(server.address(), std::string{path} + "?q=model:o3", owner);
            BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
            auto const body = answer.json();
            BOOST_TEST(body.at("count").as_int64() == 1);
            auto const& row = body.at("results").at(0).as_object();
            for (auto const* column : {"client", "provider_name", "session_id"})
                BOOST_TEST(row.contains(column) == has(age.interceptions, std::string{", "} + column + " "), column);
            BOOST_TEST(row.at("metadata").is_object());
            BOOST_TEST(row.at("api_key_id").is_null());
            BOOST_TEST(row.at("ended_at").is_null() == !has(age.interceptions, "ended_at"));
            auto const& usage = row.at("token_usages").at(0).as_object();
            BOOST_TEST(usage.contains("cache_read_input_tokens") == has(age.token_usages, "cache_read_input_tokens"));

            auto const by_client = fetch(server.address(), std::string{path} + "?q=client:Unknown", owner);
            if (has(age.interceptions, ", client "))
                BOOST_TEST(by_client.status == 200);
            else
                BOOST_TEST(
                    by_client.body.find(R"("detail":"Query param \"client\" is not recorded by this database")") !=
                    std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
