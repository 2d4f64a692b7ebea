#include "test/integration/session_interceptions.hpp"

#include <boost/test/unit_test.hpp>

// What can be asked of one session: names, parameters, callers.
namespace {

namespace database = bridgewatch::test::contract_database;
using namespace bridgewatch::test;
using database::id;

constexpr std::string_view sessions_path = "/api/v2/aibridge/sessions/";
constexpr std::string_view no_session = R"({"message":"Session not found."})";

struct session_server : contract_server {
    using contract_server::contract_server;

    void add(std::vector<plain_interception> const& rows) const { execute(insertion_of(rows)); }

    /// @param name  percent-encoded
    [[nodiscard]] http_answer session(std::string_view name, std::string_view query = "",
                                      std::string_view key = "keyowner00")
    {
        return get(std::string{sessions_path}.append(name).append(query), key);
    }

    /// The `id` of the answer, or why there is none.
    [[nodiscard]] std::string found(std::string_view name)
    {
        auto const answer = session(name);
        return answer.status == 200 ? std::string{answer.json().at("id").as_string()} : answer.body;
    }
};

/// Sessions `s`, of two initiators, and `other`.
struct two_sessions : session_server {
    two_sessions()
    {
        add({{.number = 101, .session = "s"},
             {.number = 102, .session = "s", .second = 1},
             {.number = 103, .session = "s", .root = 101},
             {.number = 104, .session = "s", .ended = false},
             {.number = 105, .session = "s", .initiator = 2},
             {.number = 201, .session = "other"},
             {.number = 301, .session = "in flight", .ended = false},
             {.number = 302, .session = "of nobody", .initiator = 777}});
    }
};

std::string const largest_name = "\xC3\xA9" + std::string(254, 'x') + "y";

std::string const names[] = {"a/b",
                             "/",
                             "//",
                             "a/",
                             "/a",
                             "two words",
                             " ",
                             "100%",
                             "%2F",
                             "%zz",
                             "a?b=c",
                             "a#b",
                             "a+b",
                             "a&b=c",
                             "..",
                             ".",
                             "../models",
                             "a/../b",
                             "...",
                             "-",
                             "'; DROP TABLE users; --",
                             R"(back\slash "quoted")",
                             "Gr\xC3\xBC\xC3\x9F\x65",
                             "\xE6\x95\xB0\xE6\x8D\xAE",
                             "\xF0\x9F\xA6\x8A",
                             "tab\tnewline\n",
                             "<a>[b]{c}|^`",
                             "S",
                             "s",
                             "models",
                             "null",
                             largest_name};

} // namespace

BOOST_AUTO_TEST_SUITE(api_session_requests)

BOOST_AUTO_TEST_CASE(a_session_is_found_by_any_text)
{
    session_server s;
    unsigned number = 100;
    for (auto const& name : names)
        s.add({{.number = ++number, .session = name}});
    for (auto const& name : names)
        BOOST_TEST(s.found(percent_encoded(name)) == name, name);
}

BOOST_AUTO_TEST_CASE(names_may_be_encoded_more_than_needed_and_less)
{
    session_server s;
    s.add({{.number = 101, .session = ".."}, {.number = 102, .session = "abc"}, {.number = 103, .session = "a+b"}});
    BOOST_TEST(s.found("%2E%2e") == "..");
    BOOST_TEST(s.found("%61bc") == "abc");
    BOOST_TEST(s.found("a+b") == "a+b"); // a space in a query string only
    BOOST_TEST(s.found("abc/") == "abc");
    BOOST_TEST(s.found("abc?x=y/z") == "abc");
}

BOOST_AUTO_TEST_CASE(names_that_cannot_be_are_not_found)
{
    auto& s = shared_server<two_sessions>();
    for (auto const& name : {std::string{"othe"}, std::string{"OTHER"}, std::string{"other%20"},
                             std::string{"other%2F"}, std::string{"%256Fther"}, std::string(257, 'x'),
                             std::string(9'000, 'x'), std::string{"othe_"}, std::string{"%25"}})
        BOOST_TEST(s.session(name).body == no_session, name);
    for (auto const* name :
         {"%00", "other%00", "%FF", "%C3%28", "%zz", "%", "other%2"}) // whichever it is, no fault of ours
        BOOST_TEST((s.session(name).status == 404 || s.session(name).status == 400), name);
}

BOOST_AUTO_TEST_CASE(what_is_not_listed_is_not_found)
{
    auto& s = shared_server<two_sessions>();
    for (auto const* name : {"in flight", "of nobody", "nothing"}) {
        auto const answer = s.session(percent_encoded(name));
        BOOST_TEST(answer.status == 404, name);
        BOOST_TEST(answer.body == no_session, name);
    }
}

struct fault_case {
    std::string name, query, message, detail = "";
};

constexpr char const* bad_limit = "Invalid limit query parameter.";
constexpr char const* limit_range = "Limit must be between 1 and 200.";
constexpr char const* bad_cursor = "Invalid pagination cursor.";
constexpr char const* both_cursors = "Cannot use both after_id and before_id in the same request.";

fault_case const faults[] = {
    {"after_id is no UUID", "?after_id=x", "Invalid after_id query parameter."},
    {"before_id is no UUID", "?before_id=1234", "Invalid before_id query parameter."},
    {"both cursors", "?after_id=" + id(101) + "&before_id=" + id(102), both_cursors},
    {"both cursors, the same", "?after_id=" + id(101) + "&before_id=" + id(101), both_cursors},
    {"limit 0", "?limit=0", bad_limit, limit_range},
    {"limit 201", "?limit=201", bad_limit, limit_range},
    {"negative limit", "?limit=-1", bad_limit, limit_range},
    {"limit beyond 64 bits", "?limit=99999999999999999999", bad_limit},
    {"limit is no number", "?limit=ten", bad_limit},
    {"limit is half a number", "?limit=1x", bad_limit},
    {"unknown cursor", "?after_id=" + id(999), bad_cursor},
    {"unknown cursor before", "?before_id=" + id(999), bad_cursor},
    {"cursor of another session", "?after_id=" + id(201), bad_cursor},
    {"cursor before of another session", "?before_id=" + id(201), bad_cursor},
    {"cursor of another initiator", "?initiator_id=" + id(3) + "&after_id=" + id(105), bad_cursor},
    {"cursor is a follower", "?after_id=" + id(103), bad_cursor},
    {"cursor is in flight", "?before_id=" + id(104), bad_cursor},
};

BOOST_AUTO_TEST_CASE(faults_are_told)
{
    auto& s = shared_server<two_sessions>();
    for (auto const& c : faults) {
        auto const answer = s.session("s", c.query);
        BOOST_TEST(answer.status == 400, c.name << ": " << answer.body);
        auto const body = answer.json().as_object();
        BOOST_TEST(body.at("message").as_string() == c.message, c.name);
        if (!c.detail.empty())
            BOOST_TEST(answer.body == R"({"message":")" + c.message + R"(","detail":")" + c.detail + R"("})", c.name);
    }
}

BOOST_AUTO_TEST_CASE(parameters_are_looked_at_before_the_session)
{
    auto& s = shared_server<two_sessions>();
    for (auto const* query : {"?limit=0", "?after_id=x", "?before_id=x"})
        BOOST_TEST(s.session("nothing", query).status == 400, query);
    BOOST_TEST(s.session("nothing", "?after_id=" + id(999)).body == no_session);
}

BOOST_AUTO_TEST_CASE(cursors_that_are_absent_or_nil_do_not_count)
{
    auto& s = shared_server<two_sessions>();
    auto const carols = "?initiator_id=" + id(3);
    auto const all = s.session("s", carols).body;
    std::string const nil = "00000000-0000-0000-0000-000000000000";
    for (auto const& query :
         {std::string{"&after_id="}, "&after_id=" + nil, "&before_id=" + nil,
          fmt::format("&after_id={0}&before_id={0}", nil), std::string{"&limit=&limit=1"}, std::string{"&unknown=x"}})
        BOOST_TEST(s.session("s", std::string{carols}.append(query)).body == all, query);
    auto const before = s.session("s", carols + "&after_id=" + nil + "&before_id=" + id(102));
    BOOST_TEST(before.json().at("threads").as_array().size() == 1U, before.body);
    BOOST_TEST(s.session("s", carols + "&before_id=%7B" + id(102) + "%7D").body == before.body);
}

BOOST_AUTO_TEST_CASE(of_two_initiators_the_more_recently_active_is_shown)
{
    session_server s;
    s.add({{.number = 101, .session = "s", .second = 5, .initiator = 2}, {.number = 102, .session = "s", .second = 9}});
    auto const initiator = [&](std::string const& query) {
        auto const answer = s.session("s", query);
        return answer.status == 200 ? std::string{answer.json().at("initiator").at("username").as_string()}
                                    : answer.body;
    };
    BOOST_TEST(initiator("") == "carol");
    BOOST_TEST(initiator("?initiator_id=" + id(2)) == "Bob");
    BOOST_TEST(initiator("?initiator_id=" + id(3)) == "carol");
    BOOST_TEST(initiator("?initiator_id=" + id(1)) == no_session);
    BOOST_TEST(initiator("?initiator_id=" + id(777)) == no_session);
    BOOST_TEST(initiator("?initiator_id=") == "carol");
    s.execute("INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at) "
              "VALUES (gen_random_uuid(), '" +
              id(101) + "', 'r', 'hi', '2026-02-01Z')");
    BOOST_TEST(initiator("") == "Bob");
    s.add({{.number = 103, .session = "s", .second = 60, .initiator = 777}});
    s.execute("INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at) "
              "VALUES (gen_random_uuid(), '" +
              id(103) + "', 'r', 'hi', '2026-03-01Z')");
    BOOST_TEST(initiator("") == "Bob");
}

BOOST_AUTO_TEST_CASE(members_find_no_session)
{
    auto& s = shared_server<two_sessions>();
    auto const answer = s.session("s", "", "keymember0");
    BOOST_TEST(answer.status == 404);
    BOOST_TEST(answer.body == no_session);
    BOOST_TEST(s.session("s", "?initiator_id=" + id(3), "keymember0").body == no_session);
    BOOST_TEST(s.session("s", "", "keyauditor").status == 200);
    BOOST_TEST(s.session("s", "", "keynoscope").status == 403);
    BOOST_TEST(s.client.get("/api/v2/aibridge/sessions/s").status == 401);
}

BOOST_AUTO_TEST_CASE(members_find_their_own_where_that_is_allowed)
{
    session_server s{{"--member-access=own"}};
    s.add({{.number = 101, .session = "s"},
           {.number = 102, .session = "s", .second = 9, .initiator = 2},
           {.number = 103, .session = "t", .initiator = 2}});
    auto const own = s.session("s", "", "keymember0");
    BOOST_TEST_REQUIRE(own.status == 200, own.body);
    BOOST_TEST(own.json().at("initiator").at("username").as_string() == "carol");
    BOOST_TEST(s.session("s", "?initiator_id=" + id(2), "keymember0").body == no_session);
    BOOST_TEST(s.session("t", "", "keymember0").body == no_session);
    BOOST_TEST(s.session("s", "?after_id=" + id(102), "keymember0").status == 400);
    BOOST_TEST(s.session("t").status == 200);
}

BOOST_AUTO_TEST_CASE(routes_methods_and_head)
{
    auto& s = shared_server<two_sessions>();
    auto const got = s.session("s");
    BOOST_TEST(s.get("/api/v2/ai-gateway/sessions/s").body == got.body);
    BOOST_TEST(s.session("s", "/").body == got.body);
    auto const head = s.client.request("HEAD", std::string{sessions_path} + "s", contract_server::as("keyowner00"));
    BOOST_TEST(head.status == 200);
    BOOST_TEST(head.headers.at("content-length") == got.headers.at("content-length"));
    BOOST_TEST(
        s.client.request("HEAD", std::string{sessions_path} + "nothing", contract_server::as("keyowner00")).status ==
        404);
    for (auto const* method : {"POST", "DELETE", "OPTIONS"}) {
        auto const refused = http_client{s.server.address()}.request(method, std::string{sessions_path} + "s");
        BOOST_TEST(refused.status == 405, method);
        BOOST_TEST(refused.headers.at("allow") == "GET, HEAD");
    }
}

BOOST_AUTO_TEST_SUITE_END()
