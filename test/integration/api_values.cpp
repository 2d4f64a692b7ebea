#include "test/integration/contract_server.hpp"
#include "test/integration/sessions_links.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

// The distinct models and clients.
namespace {

namespace database = bridgewatch::test::contract_database;
using namespace bridgewatch::test;

/// A list, and what it is a list of.
struct route {
    std::string_view path, column, fault;

    [[nodiscard]] std::string target(std::string_view query = "") const { return std::string{path}.append(query); }

    [[nodiscard]] std::string search(std::string_view q) const { return target("?q=") + percent_encoded(q); }
};

constexpr route models{"/api/v2/aibridge/models", "model", "Invalid AI Bridge models search query."};
constexpr route clients{"/api/v2/aibridge/clients", "client", "Invalid AI Bridge clients search query."};
constexpr route routes[] = {models, clients};

struct values_server : contract_server {
    using contract_server::contract_server;

    /// Completed interceptions whose model and client are these, each of them twice.
    void add(std::vector<std::string> const& values, unsigned initiator = 3) const
    {
        for (auto const& value : values)
            execute(fmt::format(
                "INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, client, started_at, ended_at) "
                "SELECT gen_random_uuid(), '{}', 'openai', $q${}$q$, $q${}$q$, t, t FROM (VALUES (timestamptz "
                "'2026-01-01Z'), ('2026-01-02Z')) AS at (t)",
                database::id(initiator), value, value));
    }

    [[nodiscard]] std::string body(std::string const& target, std::string_view key = "keyowner00")
    {
        auto const answer = get(target, key);
        BOOST_TEST(answer.status == 200, target << " gives " << answer.body);
        return answer.body;
    }

    /// Both lists are that.
    void expect(std::string_view query, std::string_view list, std::string_view key = "keyowner00")
    {
        for (auto const& r : routes)
            BOOST_TEST(body(r.target(query), key) == list, r.column << query);
    }

    void expect_search(std::string_view q, std::string_view list, std::string_view key = "keyowner00")
    {
        expect("?q=" + percent_encoded(q), list, key);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(api_values)

BOOST_FIXTURE_TEST_CASE(values_are_listed_once_ascending, values_server)
{
    expect("", "[]");
    add({"o3", "gpt-5", "Zed", "gpt-5-mini", R"(say "hi" \)", "\xC3\xA9t\xC3\xA9"});
    expect("", "[\"Zed\",\"gpt-5\",\"gpt-5-mini\",\"o3\",\"say \\\"hi\\\" \\\\\",\"été\"]");
    BOOST_TEST(get(models.target()).headers.at("content-type") == "application/json; charset=utf-8");
}

struct prefix_case {
    std::string_view prefix, list;
};

constexpr prefix_case prefixes[] = {
    {"%", R"(["%a"])"},   {"_", R"(["_a"])"},  {R"(\)", R"(["\\a"])"},   {"*", R"(["*a"])"},    {"a%", R"(["a%b"])"},
    {"a_", R"(["a_b"])"}, {"A", R"(["A_b"])"}, {R"(a\)", R"(["a\\b"])"}, {"a*", R"(["a*b"])"},  {"b", R"(["ba"])"},
    {"a_bc", "[]"},       {"'", "[]"},         {R"(\_)", "[]"},          {"a_b", R"(["a_b"])"}, {"a*b*", "[]"}};

BOOST_FIXTURE_TEST_CASE(a_prefix_stands_for_itself, values_server)
{
    add({"%a", "_a", R"(\a)", "*a", "ba", "a%b", "a_b", R"(a\b)", "a*b", "axb", "A_b"});
    for (auto const& [prefix, list] : prefixes) {
        expect_search(prefix, list);
        for (auto const& r : routes) {
            BOOST_TEST(body(r.search(fmt::format("{}:{}", r.column, prefix))) == list, prefix);
            BOOST_TEST(body(r.search(fmt::format("{}:\"{}\"", r.column, prefix))) == list, prefix);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(bare_words_are_one_prefix, values_server)
{
    add({"Claude Code", "Claude", "Claude Cowork", "Code", "a:b"});
    expect_search("Claude Co", R"(["Claude Code","Claude Cowork"])");
    expect_search("  Claude   Cod  ", R"(["Claude Code"])");
    expect_search("\"Claude Cod\"", R"(["Claude Code"])");
    expect_search("\"a:\"", R"(["a:b"])");
    expect_search("", R"(["Claude","Claude Code","Claude Cowork","Code","a:b"])");
    BOOST_TEST(body(models.search("MODEL:Cod")) == R"(["Code"])");
    BOOST_TEST(body(clients.search("Client:\"\"")) == body(clients.target()));
}

BOOST_FIXTURE_TEST_CASE(a_missing_client_is_unknown_once, values_server)
{
    add({"Cursor", "Zed"});
    execute("UPDATE aibridge_interceptions SET client = NULL WHERE client = 'Zed'");
    BOOST_TEST(body(clients.target()) == R"(["Cursor","Unknown"])");
    add({"Unknown", "Zed"});
    BOOST_TEST(body(clients.target()) == R"(["Cursor","Unknown","Zed"])");
    BOOST_TEST(body(clients.search("Unk")) == R"(["Unknown"])");
    BOOST_TEST(body(clients.target("?limit=1&offset=1")) == R"(["Unknown"])");
    execute("DELETE FROM aibridge_interceptions WHERE client = 'Unknown'");
    BOOST_TEST(body(clients.search("client:Unknown")) == R"(["Unknown"])");
    execute("DELETE FROM aibridge_interceptions WHERE client IS NULL");
    BOOST_TEST(body(clients.search("Unk")) == "[]");
}

BOOST_FIXTURE_TEST_CASE(only_completed_interceptions_have_values, values_server)
{
    add({"o3", "gpt-5"});
    execute("UPDATE aibridge_interceptions SET ended_at = NULL WHERE model = 'o3'");
    expect("", R"(["gpt-5"])");
    execute("UPDATE aibridge_interceptions SET ended_at = now()");
    expect("", R"(["gpt-5","o3"])");
    execute("DELETE FROM aibridge_interceptions WHERE model = 'gpt-5'");
    expect("", R"(["o3"])");
}

BOOST_FIXTURE_TEST_CASE(initiators_need_not_be_visible_users, values_server)
{
    add({"o3"});
    add({"gpt-5"}, 777);
    expect("", R"(["gpt-5","o3"])");
}

BOOST_FIXTURE_TEST_CASE(members_see_nothing, values_server)
{
    add({"o3"});
    expect("", "[]", "keymember0");
    expect_search("o", "[]", "keymember0");
    expect("", R"(["o3"])", "keyauditor");
    for (auto const& r : routes) {
        BOOST_TEST(get(r.target(), "keynoscope").status == 403);
        BOOST_TEST(client.get(r.target()).status == 401);
    }
}

BOOST_AUTO_TEST_CASE(members_see_their_own_where_that_is_allowed)
{
    values_server s{{"--member-access=own"}};
    s.add({"o3", "gpt-5"});
    s.add({"o3", "grok"}, 2);
    s.add({"secret"}, 777);
    s.expect("", R"(["gpt-5","o3"])", "keymember0");
    s.expect_search("gr", "[]", "keymember0");
    s.expect("", R"(["gpt-5","grok","o3","secret"])");
}

BOOST_FIXTURE_TEST_CASE(pages_are_parts_of_the_list, values_server)
{
    add({"a", "b", "c", "d", "e"});
    expect("?limit=2", R"(["a","b"])");
    expect("?limit=2&offset=3", R"(["d","e"])");
    expect("?offset=4", R"(["e"])");
    expect("?limit=0", R"(["a","b","c","d","e"])");
    expect("?limit=1000&offset=2147483647", "[]");
    expect("?limit=&limit=1&q=&x=y", R"(["a","b","c","d","e"])");
}

BOOST_FIXTURE_TEST_CASE(a_page_holds_a_hundred_where_no_limit_is_given, values_server)
{
    execute("INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, client, started_at, ended_at) "
            "SELECT gen_random_uuid(), gen_random_uuid(), 'p', 'v' || n, 'v' || n, now(), now() FROM "
            "generate_series(1, 120) AS n");
    for (auto const& r : routes) {
        BOOST_TEST(get(r.target()).json().as_array().size() == 100U);
        BOOST_TEST(get(r.target("?limit=1000")).json().as_array().size() == 120U);
    }
}

BOOST_FIXTURE_TEST_CASE(links_lead_through_the_list, values_server)
{
    add({"a", "x1", "x2", "x&3", "x4", "x5", "z"});
    for (auto const& r : routes) {
        std::vector<std::string> pages;
        for (auto target = r.target("?limit=2&q=x"); !target.empty() && pages.size() < 9;) {
            auto const answer = get(target);
            pages.push_back(answer.body);
            target = sessions::next_target(answer);
        }
        BOOST_TEST(pages == (std::vector<std::string>{R"(["x&3","x1"])", R"(["x2","x4"])", R"(["x5"])"}),
                   boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(faults_of_a_query_are_told)
{
    auto& s = shared_server<values_server>();
    for (auto const& r : routes) {
        auto const unknown = s.get(r.search("modle:x"));
        BOOST_TEST(unknown.status == 400);
        auto const told = unknown.json();
        BOOST_TEST(told.at("message").as_string() == std::string{r.fault});
        auto const& entry = told.at("validations").at(0);
        BOOST_TEST(entry.at("field").as_string() == "modle");
        BOOST_TEST(std::string{entry.at("detail").as_string()}.starts_with(
            R"(Query param "modle" is not a valid query param)"));
        BOOST_TEST(entry.at("position").as_int64() == 0);
        BOOST_TEST(entry.at("length").as_int64() == 5);
    }
}

BOOST_AUTO_TEST_CASE(keys_of_other_searches_are_unknown_here)
{
    auto& s = shared_server<values_server>();
    for (auto const& r : routes)
        for (auto const* key : {"initiator", "provider", "session_id", "started_after", "tool", "has", "metadata.a",
                                r.column == "model" ? "client" : "model"}) {
            auto const answer = s.get(r.search(std::string{key} + ":x"));
            BOOST_TEST(answer.status == 400, key);
            BOOST_TEST(answer.json().at("message").as_string() == std::string{r.fault}, key);
        }
}

struct colon_case {
    std::string query, detail;
};

BOOST_AUTO_TEST_CASE(pieces_with_misplaced_colons_are_told)
{
    auto& s = shared_server<values_server>();
    for (auto const& r : routes) {
        std::string const column{r.column};
        for (auto const& [query, detail] :
             {colon_case{":x", R"(Query element ":x" cannot start or end with ':')"},
              colon_case{column + ":", "Query element \"" + column + ":\" cannot start or end with ':'"},
              colon_case{column + ":a:b", "Query element \"" + column + ":a:b\" can only contain 1 ':'"}}) {
            auto const told = s.get(r.search(query)).json();
            BOOST_TEST(told.at("message").as_string() == std::string{r.fault}, query);
            BOOST_TEST(told.at("validations").at(0).at("field").as_string() == "q", query);
            BOOST_TEST(told.at("validations").at(0).at("detail").as_string() == detail, query);
        }
    }
}

BOOST_AUTO_TEST_CASE(texts_that_are_none_are_faults_of_the_query)
{
    auto& s = shared_server<values_server>();
    for (auto const& r : routes) {
        for (auto const* q : {"?q=%FF", "?q=a%00b"}) {
            auto const answer = s.get(r.target(q));
            BOOST_TEST(answer.status == 400, q);
            BOOST_TEST(answer.json().at("message").as_string() == std::string{r.fault}, q);
            BOOST_TEST(answer.json().at("validations").at(0).at("field").as_string() == "q", q);
        }
        BOOST_TEST(s.get(r.target("?q=" + std::string(4097, 'a'))).status == 400);
    }
}

BOOST_AUTO_TEST_CASE(faults_of_parameters_are_those_of_every_list)
{
    auto& s = shared_server<values_server>();
    for (auto const& r : routes) {
        auto const both = s.get(r.target("?offset=-1&limit=x&q=a:b")).json();
        BOOST_TEST(both.at("message").as_string() == "Query parameters have invalid values.");
        BOOST_TEST_REQUIRE(both.at("validations").as_array().size() == 2U);
        BOOST_TEST(both.at("validations").at(0).at("field").as_string() == "limit");
        BOOST_TEST(both.at("validations").at(1).at("field").as_string() == "offset");
        BOOST_TEST(
            s.get(r.target("?limit=1001&q=a:b")).body ==
            R"({"message":"Invalid pagination limit value.","detail":"Pagination limit must be in range (0, 1000]"})");
    }
}

BOOST_FIXTURE_TEST_CASE(routes_methods_and_head, values_server)
{
    add({"o3"});
    expect("/?q=o", R"(["o3"])");
    for (auto const& r : routes) {
        BOOST_TEST(body(fmt::format("/api/v2/ai-gateway/{}s", r.column)) == R"(["o3"])");
        BOOST_TEST(get(r.target("/o3")).body == R"({"message":"Route not found."})");
        auto const head = client.request("HEAD", r.target(), as("keyowner00"));
        BOOST_TEST(head.status == 200);
        BOOST_TEST(head.headers.at("content-length") == "6");
        auto const refused = http_client{server.address()}.request("POST", r.target());
        BOOST_TEST(refused.status == 405);
        BOOST_TEST(refused.headers.at("allow") == "GET, HEAD");
    }
}

BOOST_AUTO_TEST_SUITE_END()
