#include "test/integration/session_interceptions.hpp"

#include <boost/test/unit_test.hpp>

// The list of sessions: one by hand, and what can be wrong with a request.
namespace {

namespace bt = boost::test_tools;
using namespace bridgewatch::test;
using contract_database::id;

struct list_server : contract_server {
    using contract_server::contract_server;

    void add(std::vector<plain_interception> const& rows) const { execute(insertion_of(rows)); }

    [[nodiscard]] http_answer list(std::string_view query = "", std::string_view key = "keyowner00")
    {
        return get(std::string{"/api/v2/aibridge/sessions"}.append(query), key);
    }

    [[nodiscard]] http_answer search(std::string_view q) { return list("?q=" + percent_encoded(q)); }

    [[nodiscard]] std::vector<std::string> ids(std::string_view query, std::string_view key = "keyowner00")
    {
        std::vector<std::string> out;
        auto const answer = list(query, key);
        BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
        auto const body = answer.json();
        for (auto const& each : body.at("sessions").as_array())
            out.emplace_back(each.at("id").as_string());
        return out;
    }
};

using texts = std::vector<std::string>;

/// From the latest: a, b, c. Two initiators have a `b`.
struct few_sessions : list_server {
    few_sessions()
    {
        add({{.number = 101, .session = "c"},
             {.number = 102, .session = "b", .second = 2},
             {.number = 103, .session = "b", .second = 3, .initiator = 2},
             {.number = 104, .session = "a", .second = 4},
             {.number = 105, .session = "in flight", .second = 9, .ended = false},
             {.number = 106, .session = "of nobody", .second = 9, .initiator = 777}});
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(api_sessions)

BOOST_AUTO_TEST_CASE(body_is_as_the_contract_has_it_to_the_byte)
{
    list_server s;
    s.execute(R"sql(
INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, client, client_session_id, thread_root_id, started_at, ended_at, metadata)
VALUES ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000002', 'openai', 'o3', NULL, NULL, NULL,
        '2026-01-02 03:04:05.120+00', '2026-01-02 03:04:07+00', '{"team": "payments", "n": 1.10}'),
       ('00000000-0000-4000-8000-0000000000a2', '00000000-0000-4000-8000-000000000002', 'anthropic', 'claude', 'Zed', NULL, '00000000-0000-4000-8000-0000000000a1',
        '2026-01-02 03:04:06+00', '2026-01-02 03:04:06.000001+00', NULL);
INSERT INTO aibridge_token_usages (id, interception_id, provider_response_id, input_tokens, output_tokens, cache_read_input_tokens, cache_write_input_tokens, created_at)
VALUES (gen_random_uuid(), '00000000-0000-4000-8000-0000000000a1', 'r', 9223372036854775807, 2, 3, 4, now()),
       (gen_random_uuid(), '00000000-0000-4000-8000-0000000000a2', 'r', 10, 20, 30, 40, now());
INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at)
VALUES (gen_random_uuid(), '00000000-0000-4000-8000-0000000000a1', 'r', E'say "hi"\\\n数据', '2026-01-02 03:04:05.5+00');
)sql");
    std::string const start =
        R"("id":"00000000-0000-4000-8000-0000000000a1","initiator":{"id":"00000000-0000-4000-8000-000000000002","username":"Bob","name":"Bob \"B\" \\","avatar_url":""},)"
        R"("providers":["anthropic","openai"],"models":["claude","o3"],"client":null,"metadata":{"n": 1.10, "team": "payments"},)";
    std::string const sums =
        R"("token_usage_summary":{"input_tokens":9223372036854775817,"output_tokens":22,"cache_read_input_tokens":33,"cache_write_input_tokens":44},)"
        R"("last_prompt":"say \"hi\"\\\n数据",)";
    BOOST_TEST(s.list().body ==
               R"({"count":1,"sessions":[{)" + start +
                   R"("started_at":"2026-01-02T03:04:05.12Z","ended_at":"2026-01-02T03:04:07Z","threads":1,)" + sums +
                   R"("last_active_at":"2026-01-02T03:04:05.5Z"}]})");
    BOOST_TEST(s.search("client:Zed").body ==
               R"({"count":1,"sessions":[{)" + start +
                   R"("started_at":"2026-01-02T03:04:06Z","ended_at":"2026-01-02T03:04:06.000001Z","threads":0,)" +
                   sums + R"("last_active_at":"2026-01-02T03:04:06Z"}]})");
}

BOOST_AUTO_TEST_CASE(no_sessions_are_an_empty_list)
{
    list_server s;
    BOOST_TEST(s.list().body == R"({"count":0,"sessions":[]})");
    BOOST_TEST(s.list("?count=none").body == R"({"count":-1,"sessions":[]})");
    BOOST_TEST(s.list("?count=capped").body == R"({"count":0,"count_cap":2000,"sessions":[]})");
    BOOST_TEST(!s.list().headers.contains("link"));
}

BOOST_AUTO_TEST_CASE(sessions_of_completed_interceptions_and_visible_users_are_listed)
{
    auto& s = shared_server<few_sessions>();
    BOOST_TEST(s.ids("") == (texts{"a", "b", "b", "c"}), bt::per_element());
    BOOST_TEST(s.list("?limit=1").body.starts_with(R"({"count":4,"sessions":[{"id":"a",)"));
    BOOST_TEST(s.ids("?offset=3") == texts{"c"}, bt::per_element());
    BOOST_TEST(s.ids("?offset=4").empty());
    BOOST_TEST(s.ids("?limit=&limit=1&after_session_id=&unknown=x").size() == 4U);
    BOOST_TEST(s.ids("?q=is:inflight") == texts{"in flight"}, bt::per_element());
}

BOOST_AUTO_TEST_CASE(a_page_holds_a_hundred_unless_told_otherwise)
{
    list_server s;
    s.execute("INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, started_at, ended_at) SELECT "
              "gen_random_uuid(), '" +
              id(3) + "', 'p', 'm', now(), now() FROM generate_series(1, 1050)");
    BOOST_TEST(s.ids("").size() == 100U);
    BOOST_TEST(s.ids("?limit=0").size() == 100U);
    BOOST_TEST(s.ids("?limit=1000").size() == 1000U);
}

BOOST_AUTO_TEST_CASE(a_cursor_names_a_session_or_the_last_of_its_id)
{
    auto& s = shared_server<few_sessions>();
    BOOST_TEST(s.ids("?after_session_id=a") == (texts{"b", "b", "c"}), bt::per_element());
    BOOST_TEST(s.ids("?after_session_id=b") == texts{"c"}, bt::per_element());
    BOOST_TEST(s.ids("?after_session_id=b&after_initiator_id=" + id(2)) == (texts{"b", "c"}), bt::per_element());
    BOOST_TEST(s.ids("?after_session_id=b&after_initiator_id=" + id(3)) == texts{"c"}, bt::per_element());
    BOOST_TEST(s.ids("?after_session_id=c").empty());
    BOOST_TEST(s.ids("?after_session_id=a&offset=0") == (texts{"b", "b", "c"}), bt::per_element());
    BOOST_TEST(s.ids("?after_session_id=b&q=initiator:Bob&after_initiator_id=" + id(2)).empty());
    BOOST_TEST(s.ids("?after_session_id=a&q=initiator:Bob") == texts{"b"}, bt::per_element());
}

BOOST_AUTO_TEST_CASE(a_cursor_that_is_not_listed_is_not_found)
{
    auto& s = shared_server<few_sessions>();
    for (auto const* name : {"nothing", "A", "in flight", "of nobody"}) {
        auto const answer = s.list("?after_session_id=" + percent_encoded(name));
        BOOST_TEST(answer.status == 400, name);
        BOOST_TEST(
            answer.body ==
            std::string{R"({"message":"Query parameter has invalid value.","detail":"after_session_id: session \")"} +
                name + R"(\" not found"})");
    }
    auto const of_another = s.list("?after_session_id=a&after_initiator_id=" + id(2));
    BOOST_TEST(
        of_another.body ==
        R"({"message":"Query parameter has invalid value.","detail":"after_session_id: session \"a\" not found"})");
}

BOOST_AUTO_TEST_CASE(checks_come_in_the_contracts_order)
{
    auto& s = shared_server<few_sessions>();
    auto const message = [&](std::string const& query) {
        return std::string{s.list(query).json().at("message").as_string()};
    };
    std::string const unknown = "&after_session_id=nothing";
    BOOST_TEST(message("?limit=x&q=bad:key") == "Query parameters have invalid values.");
    BOOST_TEST(
        s.list("?limit=5000&offset=3" + unknown).body ==
        R"({"message":"Query parameters have invalid values.","detail":"Cannot use both after_session_id and offset pagination in the same request."})");
    BOOST_TEST(message("?limit=5000&count=x&q=bad:key" + unknown) == "Invalid pagination limit value.");
    auto const bad_count = s.list("?count=x&q=bad:key" + unknown).json();
    BOOST_TEST(bad_count.at("message").as_string() == "Query parameters have invalid values.");
    BOOST_TEST(bad_count.at("validations").at(0).at("field").as_string() == "count");
    BOOST_TEST(message("?q=bad:key" + unknown) == "Invalid session search query.");
    BOOST_TEST(message("?q=model:x" + unknown) == "Query parameter has invalid value.");
}

BOOST_AUTO_TEST_CASE(numbers_that_are_none_are_told_each)
{
    auto& s = shared_server<few_sessions>();
    auto const body = s.list("?offset=-1&limit=2147483648").json();
    BOOST_TEST(body.at("message").as_string() == "Query parameters have invalid values.");
    BOOST_TEST_REQUIRE(body.at("validations").as_array().size() == 2U);
    BOOST_TEST(body.at("validations").at(0).at("field").as_string() == "limit");
    BOOST_TEST(body.at("validations").at(1).at("field").as_string() == "offset");
}

BOOST_AUTO_TEST_CASE(bare_words_are_refused)
{
    auto& s = shared_server<few_sessions>();
    for (auto const* q :
         {"carol", "model:x carol", "carol dave model:x", "-carol", "(carol)", "NOT carol OR model:x", "\"carol\""}) {
        auto const answer = s.search(q);
        BOOST_TEST(answer.status == 400, q);
        auto const body = answer.json();
        BOOST_TEST(body.at("message").as_string() == "Invalid session search query.", q);
        BOOST_TEST_REQUIRE(body.as_object().contains("validations"), q);
        BOOST_TEST(body.at("validations").at(0).at("field").as_string() == "q", q);
        BOOST_TEST(body.at("validations").at(0).at("detail").as_string() == "no search key specified", q);
    }
}

BOOST_AUTO_TEST_CASE(faults_of_a_query_come_together_in_its_order)
{
    auto& s = shared_server<few_sessions>();
    auto const body = s.search("modle:x carol started_after:nope initiator:frank").json();
    texts fields;
    for (auto const& entry : body.at("validations").as_array())
        fields.emplace_back(entry.at("field").as_string());
    BOOST_TEST(fields == (texts{"modle", "q", "started_after", "initiator"}), bt::per_element());
}

BOOST_AUTO_TEST_CASE(sessions_have_a_key_of_their_own)
{
    auto& s = shared_server<few_sessions>();
    BOOST_TEST(s.ids("?q=session_id:b") == (texts{"b", "b"}), bt::per_element());
    BOOST_TEST(s.ids("?q=session_id:b%20initiator:carol") == texts{"b"}, bt::per_element());
    BOOST_TEST(s.ids("?q=-session_id:b") == (texts{"a", "c"}), bt::per_element());
}

BOOST_AUTO_TEST_CASE(members_see_no_session)
{
    auto& s = shared_server<few_sessions>();
    BOOST_TEST(s.list("", "keymember0").body == R"({"count":0,"sessions":[]})");
    BOOST_TEST(s.list("?q=initiator:me&count=none", "keymember0").body == R"({"count":-1,"sessions":[]})");
    for (auto const* name : {"a", "nothing"})
        BOOST_TEST(s.list(std::string{"?after_session_id="} + name, "keymember0").status == 400, name);
    BOOST_TEST(s.ids("", "keyauditor").size() == 4U);
    BOOST_TEST(s.list("", "keynoscope").status == 403);
}

BOOST_AUTO_TEST_CASE(members_see_their_own_where_that_is_allowed)
{
    list_server s{{"--member-access=own"}};
    s.add({{.number = 101, .session = "c"},
           {.number = 102, .session = "b", .second = 2},
           {.number = 103, .session = "b", .second = 3, .initiator = 2},
           {.number = 104, .session = "a", .second = 4, .initiator = 2}});
    auto const all = s.list("", "keymember0");
    BOOST_TEST(all.body.starts_with(R"({"count":2,"sessions":[{"id":"b",)"));
    BOOST_TEST(s.ids("", "keymember0") == (texts{"b", "c"}), bt::per_element());
    BOOST_TEST(s.ids("?after_session_id=b", "keymember0") == texts{"c"}, bt::per_element());
    BOOST_TEST(s.list("?after_session_id=a", "keymember0").status == 400);
    BOOST_TEST(s.ids("?q=initiator:Bob", "keymember0").empty());
}

BOOST_AUTO_TEST_CASE(routes_methods_and_head)
{
    auto& s = shared_server<few_sessions>();
    auto const got = s.list();
    BOOST_TEST(s.get("/api/v2/ai-gateway/sessions").body == got.body);
    BOOST_TEST(s.list("/").body == got.body);
    auto const head = s.client.request("HEAD", "/api/v2/aibridge/sessions", contract_server::as("keyowner00"));
    BOOST_TEST(head.status == 200);
    BOOST_TEST(head.headers.at("content-length") == got.headers.at("content-length"));
    auto const refused = http_client{s.server.address()}.request("POST", "/api/v2/aibridge/sessions");
    BOOST_TEST(refused.status == 405);
    BOOST_TEST(refused.headers.at("allow") == "GET, HEAD");
}

BOOST_AUTO_TEST_SUITE_END()
