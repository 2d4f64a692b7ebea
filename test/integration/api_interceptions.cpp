#include "test/support/cluster.hpp"
#include "test/support/contract_database.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

#include <set>

namespace {

using namespace bridgewatch::test;
namespace database = contract_database;
namespace bt = boost::test_tools;

constexpr char const* path = "/api/v2/aibridge/interceptions";

/// A served database and an owner who asks it.
struct asked {
    std::string conninfo = database::create();
    served server;

    explicit asked(std::vector<std::string> const& options = {}) : server{conninfo, options} {}

    [[nodiscard]] http_answer get(std::string const& query = "") const
    {
        return fetch(server.address(), path + query, {{"Coder-Session-Token", database::token("keyowner00")}});
    }

    [[nodiscard]] http_answer search(std::string const& q) const { return get("?q=" + percent_encoded(q)); }
};

/// The last three digits of the ids of a page, in order.
std::vector<int> numbers(http_answer const& answer)
{
    std::vector<int> out;
    BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
    auto const body = answer.json();
    for (auto const& row : body.at("results").as_array())
        out.push_back(std::stoi(std::string{row.at("id").as_string()}.substr(33)));
    return out;
}

using ints = std::vector<int>;

} // namespace

BOOST_AUTO_TEST_SUITE(api_interceptions)

BOOST_AUTO_TEST_CASE(body_is_as_the_contract_has_it_to_the_byte)
{
    asked s;
    cluster::execute(s.conninfo, R"sql(
INSERT INTO aibridge_interceptions (id, initiator_id, provider, provider_name, model, started_at, ended_at, api_key_id, client, client_session_id, metadata)
VALUES ('00000000-0000-4000-8000-0000000000AA', '00000000-0000-4000-8000-000000000002', 'anthropic', 'anthropic-eu', 'claude', '2026-01-02 03:04:05.120+00',
        '2026-01-02 03:04:06+00', NULL, NULL, 'a/b c', '{"n": 1.10, "big": 12345678901234567890123, "s": "\u00e9\n"}');
INSERT INTO aibridge_token_usages (id, interception_id, provider_response_id, input_tokens, output_tokens, cache_read_input_tokens, cache_write_input_tokens, metadata, created_at)
VALUES ('00000000-0000-4000-8000-0000000000b2', '00000000-0000-4000-8000-0000000000aa', 'r2', 9223372036854775807, 0, 1, 2, '[1]', '2026-01-02 03:04:05.5+00'),
       ('00000000-0000-4000-8000-0000000000b1', '00000000-0000-4000-8000-0000000000aa', 'r1', 5, 6, 7, 8, NULL, '2026-01-02 03:04:05.5+00');
INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, metadata, created_at)
VALUES ('00000000-0000-4000-8000-0000000000c1', '00000000-0000-4000-8000-0000000000aa', 'r1', E'say "hi"\\\t\u0001 数据', 'true', '2026-01-02 03:04:05.000001+00');
INSERT INTO aibridge_tool_usages (id, interception_id, provider_response_id, server_url, tool, input, injected, invocation_error, metadata, created_at)
VALUES ('00000000-0000-4000-8000-0000000000d1', '00000000-0000-4000-8000-0000000000aa', 'r1', NULL, 'bash', '{"a":1}', true, NULL, NULL, '2026-01-02 03:04:05.1+00'),
       ('00000000-0000-4000-8000-0000000000d0', '00000000-0000-4000-8000-0000000000aa', 'r1', 'https://m', 'x', '', false, 'boom', '{}', '2026-01-02 03:04:05.2+00');
)sql");
    auto const answer = s.get();
    BOOST_TEST(answer.headers.at("content-type") == "application/json; charset=utf-8");
    std::string const aa = "00000000-0000-4000-8000-0000000000";
    BOOST_TEST(
        answer.body ==
        R"({"count":1,"results":[{"id":")" + aa + R"(aa","api_key_id":null,"initiator":{"id":")" + aa +
            R"(02","username":"Bob","name":"Bob \"B\" \\","avatar_url":""},"provider":"anthropic","model":"claude","provider_name":"anthropic-eu","client":null,"session_id":"a/b c",)"
            R"("metadata":{"n": 1.10, "s": "é\n", "big": 12345678901234567890123},"started_at":"2026-01-02T03:04:05.12Z","ended_at":"2026-01-02T03:04:06Z",)"
            R"("token_usages":[{"id":")" +
            aa + R"(b1","interception_id":")" + aa +
            R"(aa","provider_response_id":"r1","input_tokens":5,"output_tokens":6,"cache_read_input_tokens":7,"cache_write_input_tokens":8,"metadata":{},"created_at":"2026-01-02T03:04:05.5Z"},)"
            R"({"id":")" +
            aa + R"(b2","interception_id":")" + aa +
            R"(aa","provider_response_id":"r2","input_tokens":9223372036854775807,"output_tokens":0,"cache_read_input_tokens":1,"cache_write_input_tokens":2,"metadata":[1],"created_at":"2026-01-02T03:04:05.5Z"}],)"
            R"("user_prompts":[{"id":")" +
            aa + R"(c1","interception_id":")" + aa +
            "aa\",\"provider_response_id\":\"r1\",\"prompt\":\"say \\\"hi\\\"\\\\\\t\\u0001 数据\"" +
            R"(,"metadata":true,"created_at":"2026-01-02T03:04:05.000001Z"}],)"
            R"("tool_usages":[{"id":")" +
            aa + R"(d1","interception_id":")" + aa +
            R"(aa","provider_response_id":"r1","server_url":"","tool":"bash","input":"{\"a\":1}","injected":true,"invocation_error":"","metadata":{},"created_at":"2026-01-02T03:04:05.1Z"},)"
            R"({"id":")" +
            aa + R"(d0","interception_id":")" + aa +
            R"(aa","provider_response_id":"r1","server_url":"https://m","tool":"x","input":"","injected":false,"invocation_error":"boom","metadata":{},"created_at":"2026-01-02T03:04:05.2Z"}]}]})");
}

BOOST_AUTO_TEST_CASE(body_is_the_same_when_the_server_has_time)
{
    asked s{{"--threads", "1"}};
    for (auto const* query : {"?limit=3&count=none", "?limit=3&count=exact", "?limit=100"}) {
        auto const first = s.get(query);
        BOOST_TEST_REQUIRE(first.status == 200);
        for (int i = 0; i < 40; ++i) {
            auto const again = s.get(query);
            BOOST_TEST_REQUIRE(again.body == first.body);
            BOOST_TEST((again.headers.contains("link") == first.headers.contains("link")));
        }
    }
    auto const is_none = [&](std::string const& what) {
        auto const metrics = fetch(s.server.address(), "/metrics").body;
        BOOST_TEST_REQUIRE(metrics.find("bridgewatch_database_" + what + ' ') != std::string::npos, what);
        return metrics.find("bridgewatch_database_" + what + " 0\n") != std::string::npos;
    };
    // PgBouncer may have no prepared statements, and then it takes two round trips. Elsewhere it takes one, once
    // nothing that the service asks for itself has come between for a while.
    bool const keeps_plans = !is_none("statements_total{plan=\"hit\",question=\"page\"}");
    BOOST_TEST(eventually(waits::limit, [&] {
        BOOST_TEST_REQUIRE(s.get("?limit=3&count=none").status == 200);
        return is_none("rows_total{question=\"page_ids\"}") != keeps_plans;
    }));
}

BOOST_AUTO_TEST_CASE(empty_log_is_an_empty_list)
{
    asked const s;
    BOOST_TEST(s.get().body == R"({"count":0,"results":[]})");
    BOOST_TEST(s.get("?count=none").body == R"({"count":-1,"results":[]})");
    BOOST_TEST(s.get("?count=capped").body == R"({"count":0,"count_cap":2000,"results":[]})");
}

BOOST_AUTO_TEST_CASE(times_that_rfc3339_cannot_write_become_the_nearest)
{
    asked s;
    database::add_interceptions(s.conninfo, 101, 102);
    cluster::execute(s.conninfo,
                     "UPDATE aibridge_interceptions SET started_at = '-infinity', ended_at = 'infinity' WHERE id = '" +
                         database::id(101) + "'");
    auto const answer = s.get();
    BOOST_TEST(numbers(answer) == (ints{102, 101}), bt::per_element());
    BOOST_TEST(answer.body.find(R"("started_at":"0000-01-01T00:00:00Z","ended_at":"9999-12-31T23:59:59.999999Z")") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(only_finished_rows_of_visible_users_are_listed_and_counted)
{
    asked s;
    database::add_interceptions(s.conninfo, 101, 104);
    cluster::execute(s.conninfo,
                     fmt::format("UPDATE aibridge_interceptions SET ended_at = NULL WHERE id = '{}';"
                                 "UPDATE aibridge_interceptions SET initiator_id = '{}' WHERE id = '{}';"
                                 "DELETE FROM aibridge_interceptions WHERE id = '{}'",
                                 database::id(101), database::id(777), database::id(102), database::id(103)));
    auto const answer = s.get();
    BOOST_TEST(numbers(answer) == ints{104}, bt::per_element());
    BOOST_TEST(answer.json().at("count").as_int64() == 1);
}

BOOST_AUTO_TEST_CASE(keyset_pages_walk_the_set_once_ties_included)
{
    asked s;
    database::add_interceptions(s.conninfo, 101, 112);
    cluster::execute(s.conninfo, "UPDATE aibridge_interceptions SET started_at = '2026-01-01Z' WHERE id < '" +
                                     database::id(107) + "'");
    std::vector<int> seen;
    std::string query = "?limit=5&count=none";
    for (int page = 0; page < 4; ++page) {
        auto const answer = s.get(query);
        auto const found = numbers(answer);
        seen.insert(seen.end(), found.begin(), found.end());
        if (found.empty())
            break;
        query = "?limit=5&count=none&after_id=" + database::id(static_cast<unsigned>(found.back()));
    }
    BOOST_TEST(seen == (ints{112, 111, 110, 109, 108, 107, 106, 105, 104, 103, 102, 101}), bt::per_element());
}

BOOST_AUTO_TEST_CASE(offset_pages_and_limits)
{
    asked s;
    database::add_interceptions(s.conninfo, 1, 110);
    BOOST_TEST(numbers(s.get("?limit=3&offset=2")) == (ints{108, 107, 106}), bt::per_element());
    BOOST_TEST(numbers(s.get()).size() == 100U);
    BOOST_TEST(numbers(s.get("?limit=0")).size() == 100U);
    BOOST_TEST(numbers(s.get("?limit=1000")).size() == 110U);
    BOOST_TEST(numbers(s.get("?offset=2147483647")).empty());
    BOOST_TEST(numbers(s.get("?limit=&limit=3")).size() == 100U);
    BOOST_TEST(s.get("?limit=3&offset=2").json().at("count").as_int64() == 110);
}

BOOST_AUTO_TEST_CASE(count_has_three_modes)
{
    asked s{{"--count-cap", "5"}};
    database::add_interceptions(s.conninfo, 101, 107);
    BOOST_TEST(s.get("?limit=1").body.starts_with(R"({"count":7,"results":[)"));
    BOOST_TEST(s.get("?limit=1&count=exact").body.starts_with(R"({"count":7,"results":[)"));
    BOOST_TEST(s.get("?limit=1&count=capped").body.starts_with(R"({"count":5,"count_cap":5,"results":[)"));
    BOOST_TEST(s.get("?limit=1&count=none").body.starts_with(R"({"count":-1,"results":[)"));
    BOOST_TEST(s.get("?limit=1&count=some").status == 400);
}

BOOST_AUTO_TEST_CASE(cursor_is_any_spelling_of_an_existing_row)
{
    asked s;
    database::add_interceptions(s.conninfo, 101, 103);
    auto const plain = database::id(103);
    for (auto const& text :
         {plain, "%7B" + plain + "%7D", "urn:uuid:" + plain, std::string{"00000000000040008000000000000103"}})
        BOOST_TEST(numbers(s.get("?after_id=" + text)) == (ints{102, 101}), bt::per_element());
    BOOST_TEST(numbers(s.get("?after_id=00000000-0000-0000-0000-000000000000")).size() == 3U);
    auto const missing = s.get("?after_id=" + database::id(999));
    BOOST_TEST(missing.status == 400);
    BOOST_TEST(missing.body == R"({"message":"Invalid pagination cursor.","detail":"after_id: interception )" +
                                   database::id(999) + R"( not found: invalid pagination cursor"})");
}

BOOST_AUTO_TEST_CASE(checks_come_in_the_contracts_order)
{
    asked const s;
    auto const message = [&](std::string const& query) {
        return std::string{s.get(query).json().at("message").as_string()};
    };
    auto const unknown_row = "&after_id=" + database::id(999);
    BOOST_TEST(message("?limit=x&q=bad:key") == "Query parameters have invalid values.");
    BOOST_TEST(message("?limit=5000&offset=3" + unknown_row) == "Query parameters have invalid values.");
    BOOST_TEST(message("?limit=5000&count=x&q=bad:key") == "Invalid pagination limit value.");
    BOOST_TEST(message("?count=x&q=bad:key") == "Query parameters have invalid values.");
    BOOST_TEST(message("?q=bad:key" + unknown_row) == "Invalid interception search query.");
    BOOST_TEST(message("?q=model:x" + unknown_row) == "Invalid pagination cursor.");
}

BOOST_AUTO_TEST_CASE(every_key_filters)
{
    asked s;
    database::add_interceptions(s.conninfo, 101, 106);
    auto const change = [&](int number, std::string const& set) {
        cluster::execute(s.conninfo, "UPDATE aibridge_interceptions SET " + set + " WHERE id = '" +
                                         database::id(static_cast<unsigned>(number)) + "'");
    };
    change(101, "provider = 'anthropic', provider_name = 'eu'");
    change(102, "model = 'claude sonnet'");
    change(103, "client = 'Cursor'");
    change(104, "client = NULL");
    change(105, "initiator_id = '" + database::id(2) + "'");
    change(106, "client = 'Unknown'");
    BOOST_TEST(numbers(s.search("provider:anthropic")) == ints{101}, bt::per_element());
    BOOST_TEST(numbers(s.search("PROVIDER_NAME:eu")) == ints{101}, bt::per_element());
    BOOST_TEST(numbers(s.search("model:\"claude sonnet\"")) == ints{102}, bt::per_element());
    BOOST_TEST(numbers(s.search("client:Cursor")) == ints{103}, bt::per_element());
    BOOST_TEST(numbers(s.search("client:Unknown")) == (ints{106, 105, 104, 102, 101}), bt::per_element());
    BOOST_TEST(numbers(s.search("bOB")) == ints{105}, bt::per_element());
    BOOST_TEST(numbers(s.search("initiator:" + database::id(2))) == ints{105}, bt::per_element());
    BOOST_TEST(numbers(s.search("initiator:me")).empty());
    BOOST_TEST(numbers(s.search("initiator:" + database::id(888))).empty()); // an id is not looked up
    BOOST_TEST(numbers(s.search("model:\"claude sonnet\" model:nosuch")) == ints{102}, bt::per_element());
    BOOST_TEST(numbers(s.search("started_after:\"2026-01-01T00:01:44Z\" started_before:\"2026-01-01t00:01:45z\"")) ==
                   (ints{105, 104}),
               bt::per_element());
    BOOST_TEST(numbers(s.search("model:nosuch")).empty());
    BOOST_TEST(numbers(s.search("provider:\"\"")).size() == 6U);
    BOOST_TEST(s.search("client:Cursor").json().at("count").as_int64() == 1);
}

BOOST_AUTO_TEST_CASE(faults_of_a_query_come_together_in_its_order)
{
    asked const s;
    auto const answer = s.search("nobody modle:x provider:a started_after:nope frank:");
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(answer.json().at("message").as_string() == "Invalid interception search query.");
    std::vector<std::string> fields;
    auto const body = answer.json(); // kept: a range-for would not
    for (auto const& entry : body.at("validations").as_array())
        fields.emplace_back(entry.at("field").as_string());
    BOOST_TEST(fields == (std::vector<std::string>{"initiator", "modle", "started_after", "q"}), bt::per_element());
    auto const deleted = s.search("initiator:frank");
    BOOST_TEST(
        deleted.body ==
        R"({"message":"Invalid interception search query.","validations":[{"field":"initiator","detail":"Query param \"initiator\" has invalid value: )"
        R"(user \"frank\" either does not exist, or you are unauthorized to view them","position":10,"length":5}]})");
}

BOOST_AUTO_TEST_CASE(routes_methods_and_head)
{
    asked s;
    database::add_interceptions(s.conninfo, 101, 102);
    http_headers const owner{{"Coder-Session-Token", database::token("keyowner00")}};
    http_client client{s.server.address()};
    BOOST_TEST(client.get("/api/v2/ai-gateway/interceptions", owner).status == 200);
    BOOST_TEST(client.get("/api/v2/aibridge/interceptions/", owner).status == 200);
    auto const unknown = client.get("/api/v2/aibridge/nothing");
    BOOST_TEST(unknown.status == 404);
    BOOST_TEST(unknown.body == R"({"message":"Route not found."})");
    for (auto const* method : {"POST", "DELETE", "PUT", "OPTIONS", "get"}) {
        auto const refused = http_client{s.server.address()}.request(method, path, owner);
        BOOST_TEST(refused.status == 405, method);
        BOOST_TEST(refused.headers.at("allow") == "GET, HEAD");
    }
    auto const got = client.get(path, owner);
    auto const head = client.request("HEAD", path, owner);
    BOOST_TEST(head.status == 200);
    BOOST_TEST(head.body.empty());
    BOOST_TEST(head.headers.at("content-length") == got.headers.at("content-length"));
    BOOST_TEST(client.get(path, {{"X-Request-Id", "my-id"}, owner.front()}).headers.at("x-request-id") == "my-id");
    BOOST_TEST(client.get("/api/v2/buildinfo").json().at("version").as_string().starts_with("v"));
}

BOOST_AUTO_TEST_CASE(raw_characters_in_the_query_string_are_data)
{
    asked const s;
    for (auto const* raw : {"?q=model:\"a|b\"", "?q=model:<x>", "?q=model:[x]", "?q=model:100%", "?q=model:a{b}^`"})
        BOOST_TEST(s.get(raw).status == 200, raw);
    BOOST_TEST(s.get("?q=%FF").status == 400);
    BOOST_TEST(s.get("?q=a%00b").status == 400);
    BOOST_TEST(s.get("?q=" + std::string(4097, 'a')).status == 400);
}

BOOST_AUTO_TEST_CASE(role_with_select_only_can_serve)
{
    auto const conninfo = database::create();
    database::add_interceptions(conninfo, 101, 103);
    cluster::grant_reading(conninfo);
    served const server{conninfo + std::string{cluster::as_reader}};
    auto const answer = fetch(server.address(), std::string{path} + "?q=initiator:carol",
                              {{"Coder-Session-Token", database::token("keyowner00")}});
    BOOST_TEST(numbers(answer) == (ints{103, 102, 101}), bt::per_element());
}

BOOST_AUTO_TEST_CASE(statements_without_preparing_give_the_same_answers)
{
    asked s{{"--prepared-statements", "off"}};
    database::add_interceptions(s.conninfo, 101, 103);
    for (int round = 0; round < 3; ++round)
        BOOST_TEST(numbers(s.search("initiator:carol model:gpt-5")) == (ints{103, 102, 101}), bt::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
