#include "test/support/cluster.hpp"
#include "test/support/contract_database.hpp"
#include "test/support/historic_schema.hpp"
#include "test/support/served.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

// The whole search language at the door: what a caller sees of it.
namespace {

namespace bdata = boost::unit_test::data;
namespace database = bridgewatch::test::contract_database;
using namespace bridgewatch::test;

constexpr char const* path = "/api/v2/aibridge/interceptions";

struct searched {
    std::string conninfo = database::create();
    served server{conninfo};

    [[nodiscard]] http_answer search(std::string const& q, std::string const& more = "") const
    {
        return fetch(server.address(), std::string{path} + "?q=" + percent_encoded(q) + more,
                     {{"Coder-Session-Token", database::token("keyowner00")}});
    }

    /// "count: last digits of the ids"
    [[nodiscard]] std::string found(std::string const& q, std::string const& more = "") const
    {
        auto const answer = search(q, more);
        BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
        auto const body = answer.json();
        auto out = std::to_string(body.at("count").as_int64()) + ":";
        for (auto const& row : body.at("results").as_array())
            out += " " + std::to_string(std::stoi(std::string{row.at("id").as_string()}.substr(33)));
        return out;
    }
};

/// A term of each key, and what it needs of a database: a part of the definition of its column, or nothing.
struct keyed {
    std::string_view query, field, column;
};

constexpr keyed keys[] = {
    {"initiator:alice", "initiator", ""},
    {"alice", "initiator", ""},
    {"provider:openai,x*", "provider", ""},
    {"provider_name:x", "provider_name", ", provider_name "},
    {"model:o3,o*", "model", ""},
    {"client:x,Unk*", "client", ", client "},
    {"session_id:x,y*", "session_id", ", session_id "},
    {"id:11111111-2222-4333-8444-555555555555", "id", ""},
    {"thread:11111111-2222-4333-8444-555555555555", "thread", ", thread_root_id "},
    {"api_key_id:x", "api_key_id", ", api_key_id "},
    {"error_type:timeout,other", "error_type", ", error_type "},
    {"started_after:1d started_before:now", "started_after", ""},
    {"started:2026-01-01..today", "started", ""},
    {"ended:>2026-01-01", "ended", ", ended_at "},
    {"duration:>=1s", "duration", ", ended_at "},
    {"input_tokens:>1 output_tokens:1..* total_tokens:3,4", "input_tokens", ""},
    {"cache_read_tokens:0", "cache_read_tokens", ", cache_read_input_tokens "},
    {"cache_write_tokens:0", "cache_write_tokens", ", cache_write_input_tokens "},
    {"cost:<0.5", "cost", ", cost_micros "},
    {"tool:bash,b* server_url:x,y*", "tool", ""},
    {"tool_input:x tool_error:y injected:true,false", "tool_input", ""},
    {"tool(name:x OR -error:y)", "tool", ""},
    {"prompt:x", "prompt", ""},
    {"thinking:x", "thinking", "thoughts"},
    {"error_message:x", "error_message", ", error_message "},
    {"text:x", "text", ""},
    {"-text:x", "text", ""},
    {"has:prompt,tool,error", "has", ""},
    {"has:thinking", "has", "thoughts"},
    {"has:session", "has", ", client_session_id "},
    {"is:completed", "is", ""},
    {"is:inflight", "is", ", ended_at "},
    {"is:failed", "is", ", error_type "},
    {"metadata.a.b:1,x", "metadata.a.b", ", metadata "},
    {"annotation.a:true", "annotation.a", ", annotations "},
};

bool has_column(column_set const& age, std::string_view column)
{
    if (column.empty())
        return true;
    if (column == "thoughts")
        return age.thoughts;
    return std::string{age.interceptions}.append(age.token_usages).find(column) != std::string::npos;
}

constexpr char const* an_owner = R"sql(
INSERT INTO users (id, username, email, status, rbac_roles, deleted) VALUES (md5('u')::uuid, 'alice', 'a@example.com', 'active', '{owner}', false);
INSERT INTO api_keys (id, hashed_secret, user_id, expires_at) VALUES ('keyowner00', sha256(repeat('s', 22)::bytea), md5('u')::uuid, '2099-01-01Z');
INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, started_at) VALUES (md5('i')::uuid, md5('u')::uuid, 'openai', 'o3', '2026-01-01Z');
)sql";

column_set const ages[] = {first_release, with_metadata, with_client, with_sessions, with_credentials};

} // namespace

BOOST_AUTO_TEST_SUITE(api_search)

BOOST_TEST_DECORATOR(*boost::unit_test::precondition(shows_its_own_schema))

BOOST_DATA_TEST_CASE(each_key_answers_or_says_that_it_is_not_recorded, bdata::make(ages), age)
{
    auto const conninfo = cluster::shared().create_database();
    cluster::execute(conninfo, create_statements(age) + an_owner);
    served const server{conninfo};
    http_client client{server.address()};
    http_headers const owner{{"Coder-Session-Token", "keyowner00-ssssssssssssssssssssss"}};
    for (auto const& [query, field, column] : keys)
        for (std::string const sign : {"", "NOT "}) {
            auto const answer =
                client.get(std::string{path} + "?q=" + percent_encoded(sign + std::string{query}), owner);
            if (has_column(age, column)) {
                BOOST_TEST(answer.status == 200, query << ": " << answer.body);
                continue;
            }
            BOOST_TEST_REQUIRE(answer.status == 400, query << ": " << answer.body);
            auto const body = answer.json();
            auto const& fault = body.at("validations").at(0);
            BOOST_TEST(std::string_view{fault.at("field").as_string()} == field);
            BOOST_TEST(std::string_view{fault.at("detail").as_string()}.ends_with(" is not recorded by this database"),
                       query);
        }
}

BOOST_FIXTURE_TEST_CASE(in_flight_rows_are_shown_where_they_are_asked_for, searched)
{
    database::add_interceptions(conninfo, 1, 4);
    cluster::execute(conninfo, "UPDATE aibridge_interceptions SET ended_at = NULL WHERE id IN ('" + database::id(2) +
                                   "', '" + database::id(3) + "')");
    BOOST_TEST(found("") == "2: 4 1");
    BOOST_TEST(found("is:completed") == "2: 4 1");
    BOOST_TEST(found("is:inflight") == "2: 3 2");
    BOOST_TEST(found("-is:inflight") == "2: 4 1");
    BOOST_TEST(found("is:inflight OR is:completed") == "4: 4 3 2 1");
    BOOST_TEST(found("is:inflight OR duration:>0s") == "4: 4 3 2 1");
    BOOST_TEST(found("(is:inflight OR is:completed) ended:>2020-01-01") == "2: 4 1");
    BOOST_TEST(found("(is:inflight OR is:completed) -ended:>2020-01-01") == "2: 3 2");
    auto const answer = search("is:inflight");
    BOOST_TEST(answer.body.find(R"("ended_at":null)") != std::string::npos, answer.body);
    // A page goes on after an unfinished row as after any other.
    BOOST_TEST(found("is:inflight OR is:completed", "&limit=2&after_id=" + database::id(3)) == "4: 2 1");
}

BOOST_FIXTURE_TEST_CASE(pages_of_an_or_over_child_tables_walk_it_once, searched)
{
    database::add_interceptions(conninfo, 1, 9);
    cluster::execute(conninfo, "UPDATE aibridge_user_prompts SET prompt = 'rare' WHERE interception_id IN ('" +
                                   database::id(8) + "', '" + database::id(5) +
                                   "'); UPDATE aibridge_tool_usages SET tool = "
                                   "'sh' WHERE interception_id IN ('" +
                                   database::id(5) + "', '" + database::id(3) + "', '" + database::id(1) + "')");
    std::string const q = "prompt:RARE OR tool:sh";
    BOOST_TEST(found(q) == "4: 8 5 3 1");
    BOOST_TEST(found(q, "&limit=2") == "4: 8 5");
    BOOST_TEST(found(q, "&limit=2&after_id=" + database::id(5)) == "4: 3 1");
    BOOST_TEST(found(q, "&limit=2&offset=1") == "4: 5 3");
    BOOST_TEST(found(q, "&limit=1&offset=3") == "4: 1");
    BOOST_TEST(found(q + " OR text:rare", "&limit=3") == "4: 8 5 3");
    BOOST_TEST(found("text:LS", "&limit=3&count=none") == "-1: 9 8 7");
    served const capped{conninfo, {"--count-cap", "3"}};
    auto const answer = fetch(capped.address(), std::string{path} + "?count=capped&limit=1&q=" + percent_encoded(q),
                              {{"Coder-Session-Token", database::token("keyowner00")}});
    BOOST_TEST(answer.json().at("count").as_int64() == 3, answer.body);
    BOOST_TEST(answer.json().at("count_cap").as_int64() == 3);
}

BOOST_FIXTURE_TEST_CASE(faults_are_told_all_at_once_with_their_places, searched)
{
    auto const answer = search("(modle:ü OR has:tols) initiator:zoe OR");
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(
        answer.body ==
        R"({"message":"Invalid interception search query.","validations":[)"
        R"({"field":"modle","detail":"Query param \"modle\" is not a valid query param; did you mean \"model\"?","position":1,"length":5},)"
        R"({"field":"has","detail":"Query param \"has\" has invalid value: \"tols\" is not one of prompt, tool, error, thinking, session; did you mean \"tool\"?","position":17,"length":4},)"
        R"({"field":"initiator","detail":"Query param \"initiator\" has invalid value: user \"zoe\" either does not exist, or you are unauthorized to view them","position":33,"length":3},)"
        R"({"field":"q","detail":"Query has nothing after \"OR\" at column 37, expected a term","position":37,"length":2}]})");
}

BOOST_FIXTURE_TEST_CASE(users_are_looked_up_wherever_they_stand, searched)
{
    database::add_interceptions(conninfo, 1, 2);
    BOOST_TEST(found("initiator:carol OR model:none") == "2: 2 1");
    BOOST_TEST(found("-(initiator:CAROL,bob)") == "0:");
    BOOST_TEST(found("-(alice OR bob)") == "2: 2 1");
    BOOST_TEST(found("NOT me") == "2: 2 1");
}

BOOST_AUTO_TEST_SUITE_END()
