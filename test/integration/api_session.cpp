#include "test/integration/contract_server.hpp"
#include "test/integration/session_interceptions.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

// One session in detail.
namespace {

namespace bt = boost::test_tools;
namespace database = bridgewatch::test::contract_database;
using namespace bridgewatch::test;
using database::id;

constexpr std::string_view sessions_path = "/api/v2/aibridge/sessions/";

struct session_server : contract_server {
    using contract_server::contract_server;

    void add(std::vector<plain_interception> const& rows) const { execute(insertion_of(rows)); }

    [[nodiscard]] http_answer session(std::string_view name, std::string_view query = "",
                                      std::string_view key = "keyowner00")
    {
        return get(std::string{sessions_path}.append(percent_encoded(name)).append(query), key);
    }

    [[nodiscard]] std::string message(std::string_view name, std::string_view query = "")
    {
        return std::string{session(name, query).json().at("message").as_string()};
    }

    /// The numbers of the threads on a page.
    [[nodiscard]] std::vector<unsigned> threads(std::string_view name, std::string_view query = "")
    {
        std::vector<unsigned> out;
        auto const answer = session(name, query);
        BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
        auto const body = answer.json();
        for (auto const& thread : body.at("threads").as_array())
            out.push_back(static_cast<unsigned>(std::stoul(std::string{thread.at("id").as_string()}.substr(24))));
        return out;
    }
};

using numbers = std::vector<unsigned>;

/// Two threads and what belongs to neither.
constexpr char const* hand_made = R"sql(
INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, client, client_session_id, thread_root_id, started_at, ended_at, credential_kind, credential_hint,
                                    error_type, error_message, metadata)
VALUES ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000002', 'anthropic', 'claude', 'Zed', 'a/b "c"', NULL,
        '2026-01-02 03:04:05.120+00', '2026-01-02 03:04:06+00', 'byok', 'sk-...1234', NULL, NULL, '{"team": "payments", "n": 1.10}'),
       ('00000000-0000-4000-8000-0000000000a2', '00000000-0000-4000-8000-000000000002', 'openai', 'gpt-5', NULL, 'a/b "c"', '00000000-0000-4000-8000-0000000000a1',
        '2026-01-02 03:04:07+00', '2026-01-02 03:04:09.000001+00', 'centralized', '', 'timeout', 'of a follower', NULL),
       ('00000000-0000-4000-8000-0000000000a3', '00000000-0000-4000-8000-000000000002', 'openai', 'o3', NULL, 'a/b "c"', NULL,
        '2026-01-02 03:04:08+00', '2026-01-02 03:04:08.5+00', 'centralized', '', 'rate_limited', E'quota "x"\n', NULL),
       ('00000000-0000-4000-8000-0000000000a4', '00000000-0000-4000-8000-000000000002', 'x', 'in flight', NULL, 'a/b "c"', '00000000-0000-4000-8000-0000000000a1',
        '2026-01-01Z', NULL, 'centralized', '', NULL, NULL, NULL),
       ('00000000-0000-4000-8000-0000000000a5', '00000000-0000-4000-8000-000000000003', 'x', 'of another initiator', NULL, 'a/b "c"', '00000000-0000-4000-8000-0000000000a1',
        '2026-01-01Z', '2026-01-01Z', 'centralized', '', NULL, NULL, NULL),
       ('00000000-0000-4000-8000-0000000000a6', '00000000-0000-4000-8000-000000000002', 'x', 'of another session', NULL, 'other', '00000000-0000-4000-8000-0000000000a1',
        '2026-01-01Z', '2026-01-01Z', 'centralized', '', NULL, NULL, NULL);
INSERT INTO aibridge_token_usages (id, interception_id, provider_response_id, input_tokens, output_tokens, cache_read_input_tokens, cache_write_input_tokens, metadata, created_at)
VALUES ('00000000-0000-4000-8000-0000000000b1', '00000000-0000-4000-8000-0000000000a1', 'r', 1, 2, 3, 4, '{"cache": {"hits": 3, "a": {"b": 1}}, "n": -2, "f": 1.5, "list": [7], "s": "8", "ok": true, "none": null}', '2026-01-02Z'),
       ('00000000-0000-4000-8000-0000000000b2', '00000000-0000-4000-8000-0000000000a2', 'r', 10, 20, 30, 40, '{"cache": {"hits": 4}, "big": 9223372036854775807}', '2026-01-02Z'),
       ('00000000-0000-4000-8000-0000000000b3', '00000000-0000-4000-8000-0000000000a2', 'r', 9223372036854775807, 0, 0, 0, '{"n": -3, "big": 9223372036854775807}', '2026-01-02Z'),
       ('00000000-0000-4000-8000-0000000000b4', '00000000-0000-4000-8000-0000000000a3', 'r', 100, 200, 300, 400, '[1, {"n": 5}]', '2026-01-02Z'),
       ('00000000-0000-4000-8000-0000000000b5', '00000000-0000-4000-8000-0000000000a4', 'r', 7, 7, 7, 7, '{"n": 7}', '2026-01-02Z');
INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at)
VALUES ('00000000-0000-4000-8000-0000000000c1', '00000000-0000-4000-8000-0000000000a1', 'r', 'second', '2026-01-02 03:04:06+00'),
       ('00000000-0000-4000-8000-0000000000c2', '00000000-0000-4000-8000-0000000000a1', 'r', E'say "hi"\\\t数据', '2026-01-02 03:04:05+00'),
       ('00000000-0000-4000-8000-0000000000c3', '00000000-0000-4000-8000-0000000000a2', 'r', 'of a follower', '2026-01-01Z');
INSERT INTO aibridge_tool_usages (id, interception_id, provider_response_id, server_url, tool, input, injected, invocation_error, metadata, created_at)
VALUES ('00000000-0000-4000-8000-0000000000d2', '00000000-0000-4000-8000-0000000000a2', 'r2', NULL, 'bash', '{"a":1}', true, NULL, NULL, '2026-01-02 03:04:08+00'),
       ('00000000-0000-4000-8000-0000000000d1', '00000000-0000-4000-8000-0000000000a2', 'r1', 'https://m', 'x', '', false, 'boom', '{"k": [1, 2.50]}', '2026-01-02 03:04:08+00');
INSERT INTO aibridge_model_thoughts (interception_id, content, created_at)
VALUES ('00000000-0000-4000-8000-0000000000a2', 'then', '2026-01-02 03:04:08+00'), ('00000000-0000-4000-8000-0000000000a2', 'first', '2026-01-02 03:04:07+00'),
       ('00000000-0000-4000-8000-0000000000a1', 'of one without tool calls', '2026-01-02 03:04:07+00');
)sql";

constexpr std::string_view first_thread =
    R"({"id":"00000000-0000-4000-8000-0000000000a1","prompt":"say \"hi\"\\\t数据","model":"claude","provider":"anthropic",)"
    R"("credential_kind":"byok","credential_hint":"sk-...1234","started_at":"2026-01-02T03:04:05.12Z","ended_at":"2026-01-02T03:04:09.000001Z",)"
    R"("token_usage":{"input_tokens":9223372036854775818,"output_tokens":22,"cache_read_input_tokens":33,"cache_write_input_tokens":44,)"
    R"("metadata":{"big":18446744073709551614,"cache.a.b":1,"cache.hits":7,"n":-5}},)"
    R"("agentic_actions":[{"model":"gpt-5","token_usage":{"input_tokens":9223372036854775817,"output_tokens":20,"cache_read_input_tokens":30,"cache_write_input_tokens":40,)"
    R"("metadata":{"big":18446744073709551614,"cache.hits":4,"n":-3}},"thinking":[{"text":"first"},{"text":"then"}],)"
    R"("tool_calls":[{"id":"00000000-0000-4000-8000-0000000000d1","interception_id":"00000000-0000-4000-8000-0000000000a2","provider_response_id":"r1",)"
    R"("server_url":"https://m","tool":"x","injected":false,"input":"","metadata":{"k": [1, 2.50]},"created_at":"2026-01-02T03:04:08Z"},)"
    R"({"id":"00000000-0000-4000-8000-0000000000d2","interception_id":"00000000-0000-4000-8000-0000000000a2","provider_response_id":"r2",)"
    R"("server_url":"","tool":"bash","injected":true,"input":"{\"a\":1}","metadata":{},"created_at":"2026-01-02T03:04:08Z"}]}]})";

constexpr std::string_view second_thread =
    R"({"id":"00000000-0000-4000-8000-0000000000a3","model":"o3","provider":"openai","credential_kind":"centralized","credential_hint":"",)"
    R"("error_type":"rate_limited","error_message":"quota \"x\"\n","started_at":"2026-01-02T03:04:08Z","ended_at":"2026-01-02T03:04:08.5Z",)"
    R"("token_usage":{"input_tokens":100,"output_tokens":200,"cache_read_input_tokens":300,"cache_write_input_tokens":400,"metadata":{}},"agentic_actions":[]})";

/// From the start to page_started_at, and from there to the threads.
constexpr std::string_view session_start =
    R"({"id":"a/b \"c\"","initiator":{"id":"00000000-0000-4000-8000-000000000002","username":"Bob","name":"Bob \"B\" \\","avatar_url":""},)"
    R"("providers":["anthropic","openai"],"models":["claude","gpt-5","o3"],"client":"Zed","metadata":{"n": 1.10, "team": "payments"},)";
constexpr std::string_view session_rest =
    R"("started_at":"2026-01-02T03:04:05.12Z","ended_at":"2026-01-02T03:04:09.000001Z",)"
    R"("token_usage_summary":{"input_tokens":9223372036854775918,"output_tokens":222,"cache_read_input_tokens":333,"cache_write_input_tokens":444,)"
    R"("metadata":{"big":18446744073709551614,"cache.a.b":1,"cache.hits":7,"n":-5}},"threads":[)";

std::string whole_session(std::string_view page_bounds, std::string_view threads)
{
    return std::string{session_start}.append(page_bounds).append(session_rest).append(threads).append("]}");
}

} // namespace

BOOST_AUTO_TEST_SUITE(api_session)

BOOST_AUTO_TEST_CASE(body_is_as_the_contract_has_it_to_the_byte)
{
    session_server s;
    s.execute(hand_made);
    auto const answer = s.session("a/b \"c\"");
    BOOST_TEST(answer.headers.at("content-type") == "application/json; charset=utf-8");
    BOOST_TEST(
        answer.body ==
        whole_session(R"("page_started_at":"2026-01-02T03:04:05.12Z","page_ended_at":"2026-01-02T03:04:09.000001Z",)",
                      std::string{first_thread}.append(",").append(second_thread)));
}

BOOST_AUTO_TEST_CASE(bounds_of_a_page_are_those_of_its_interceptions)
{
    session_server s;
    s.execute(hand_made);
    auto const second = s.session("a/b \"c\"", "?after_id=00000000-0000-4000-8000-0000000000a1");
    BOOST_TEST(second.body ==
               whole_session(R"("page_started_at":"2026-01-02T03:04:08Z","page_ended_at":"2026-01-02T03:04:08.5Z",)",
                             second_thread));
    auto const none = s.session("a/b \"c\"", "?after_id=00000000-0000-4000-8000-0000000000A3");
    BOOST_TEST(none.body == whole_session("", ""));
}

BOOST_AUTO_TEST_CASE(what_is_null_is_left_out)
{
    session_server s;
    s.add({{.number = 101, .session = "s"}});
    s.execute("UPDATE aibridge_interceptions SET client = NULL");
    auto const body = s.session("s").json();
    BOOST_TEST(!body.as_object().contains("client"));
    auto const& thread = body.at("threads").at(0).as_object();
    for (auto const* key : {"prompt", "error_type", "error_message"})
        BOOST_TEST(!thread.contains(key), key);
    BOOST_TEST(body.at("metadata").as_object().empty());
    BOOST_TEST(body.at("token_usage_summary").at("metadata").as_object().empty());
    BOOST_TEST(body.at("token_usage_summary").at("input_tokens").as_int64() == 0);
}

BOOST_AUTO_TEST_CASE(metadata_of_the_earliest_is_passed_through)
{
    session_server s;
    s.add({{.number = 102, .session = "s"},
           {.number = 101, .session = "s"},
           {.number = 100, .session = "s", .second = 1}});
    for (auto const* metadata : {"[1, {\"a\": 1.0}]", "\"text\"", "12345678901234567890123", "true", "{\"a\": null}"}) {
        s.execute(
            fmt::format("UPDATE aibridge_interceptions SET metadata = CASE WHEN id = '{}' THEN '{}' ELSE '\"no\"' "
                        "END :: jsonb",
                        id(101), metadata));
        auto const answer = s.session("s");
        BOOST_TEST(answer.body.find(fmt::format("\"metadata\":{},", metadata)) != std::string::npos, answer.body);
    }
}

struct hint_case {
    std::string_view kept, shown;
};

constexpr hint_case hints[] = {
    {"", ""},
    {"sk-...1234", "sk-...1234"},
    {"...", "..."},
    {"sk-ant-...12345", "sk-ant-...12345"},
    {"sk-ant-...123456", "..."},
    {"sk-1234", "..."},
    {"sk-..1234", "..."},
    {"x", "..."},
    {"a whole key without dots", "..."},
};

BOOST_AUTO_TEST_CASE(hints_that_could_be_a_credential_are_masked, *boost::unit_test::precondition(shows_its_own_schema))
{
    session_server s;
    s.execute("ALTER TABLE aibridge_interceptions ALTER credential_hint TYPE text");
    s.add({{.number = 101, .session = "s"}});
    for (auto const& hint : hints) {
        s.execute(fmt::format("UPDATE aibridge_interceptions SET credential_hint = '{}'", hint.kept));
        auto const body = s.session("s").json();
        BOOST_TEST(body.at("threads").at(0).at("credential_hint").as_string() == std::string{hint.shown}, hint.kept);
    }
}

BOOST_AUTO_TEST_CASE(threads_come_oldest_first_and_ids_break_ties)
{
    session_server s;
    s.add({{.number = 104, .session = "s", .second = 5},
           {.number = 101, .session = "s", .second = 9},
           {.number = 103, .session = "s", .second = 5},
           {.number = 105, .session = "s", .second = 5},
           {.number = 102, .session = "s", .second = 1},
           {.number = 106, .session = "s", .root = 101}});
    BOOST_TEST(s.threads("s") == (numbers{102, 103, 104, 105, 101}), bt::per_element());
    BOOST_TEST(s.threads("s", "?limit=2") == (numbers{102, 103}), bt::per_element());
    BOOST_TEST(s.threads("s", "?limit=2&after_id=" + id(103)) == (numbers{104, 105}), bt::per_element());
    BOOST_TEST(s.threads("s", "?after_id=" + id(105)) == (numbers{101}), bt::per_element());
    BOOST_TEST(s.threads("s", "?after_id=" + id(101)).empty());
    BOOST_TEST(s.threads("s", "?limit=2&before_id=" + id(101)) == (numbers{104, 105}), bt::per_element());
    BOOST_TEST(s.threads("s", "?limit=2&before_id=" + id(104)) == (numbers{102, 103}), bt::per_element());
    BOOST_TEST(s.threads("s", "?before_id=" + id(105)) == (numbers{102, 103, 104}), bt::per_element());
    BOOST_TEST(s.threads("s", "?before_id=" + id(102)).empty());
}

BOOST_AUTO_TEST_CASE(a_page_holds_fifty_threads_unless_told_otherwise)
{
    session_server s;
    s.execute("INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, client_session_id, started_at, "
              "ended_at) SELECT gen_random_uuid(), '" +
              id(3) + "', 'p', 'm', 's', now(), now() FROM generate_series(1, 210)");
    for (auto const& [query, size] : {std::pair{"", 50U}, {"?limit=", 50U}, {"?limit=200", 200U}, {"?limit=%2B7", 7U}})
        BOOST_TEST(s.session("s", query).json().at("threads").as_array().size() == size, query);
}

BOOST_AUTO_TEST_CASE(a_session_of_followers_has_no_threads)
{
    session_server s;
    s.add({{.number = 102, .session = "s", .root = 999}});
    auto const body = s.session("s").json().as_object();
    BOOST_TEST(body.at("threads").as_array().empty());
    BOOST_TEST(!body.contains("page_started_at"));
    BOOST_TEST(!body.contains("page_ended_at"));
    BOOST_TEST(body.at("started_at").as_string() == "2026-01-01T00:00:00Z");
}

BOOST_AUTO_TEST_CASE(sessions_without_a_clients_id_are_named_by_their_root)
{
    session_server s;
    s.add({{.number = 101}, {.number = 102, .root = 101}, {.number = 103, .root = 999}});
    BOOST_TEST(s.threads(id(101)) == numbers{101}, bt::per_element());
    BOOST_TEST(s.session(id(101)).json().at("ended_at").as_string() == "2026-01-01T00:00:01Z");
    BOOST_TEST(s.threads(id(999)).empty());
    BOOST_TEST(s.session(id(102)).status == 404);
}

BOOST_AUTO_TEST_SUITE_END()
