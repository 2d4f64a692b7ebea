#include "test/support/cluster.hpp"
#include "test/support/contract_database.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace bridgewatch::test;
namespace database = contract_database;
using database::token;

constexpr char const* path = "/api/v2/aibridge/interceptions";
/// Every route that reads the log.
constexpr char const* reading_routes[] = {
    "/api/v2/aibridge/interceptions",      "/api/v2/ai-gateway/interceptions", "/api/v2/aibridge/interceptions/x",
    "/api/v2/ai-gateway/interceptions/x",  "/api/v2/aibridge/sessions",        "/api/v2/ai-gateway/sessions",
    "/api/v2/aibridge/sessions/x",         "/api/v2/ai-gateway/sessions/x",    "/api/v2/aibridge/models?limit=bad",
    "/api/v2/ai-gateway/models?limit=bad", "/api/v2/aibridge/clients",         "/api/v2/ai-gateway/clients",
};

constexpr char const* signed_out = "You are signed out or your session has expired. Please sign in again to continue.";

struct suite {
    std::string conninfo = database::create();
    served server{conninfo, {"--auth-cache-ttl", "0"}};
};

struct refusal_case {
    char const* name;
    std::string token;
    int status;
    std::string message, detail;
};

refusal_case const refusals[] = {
    {"no token", "", 401, signed_out, "Cookie \"coder_session_token\" or query parameter must be provided."},
    {"malformed", "nonsense", 401, signed_out, "Invalid API key format: expected ID-SECRET with exactly one hyphen."},
    {"unknown id", "keyunknown-ssssssssssssssssssssss", 401, signed_out, "API key is invalid."},
    {"wrong secret", "keyowner00-xxxxxxxxxxxxxxxxxxxxxx", 401, signed_out, "API key secret is invalid."},
    {"expired", token("keyexpired"), 401, signed_out, "API key expired at 2025-01-01T00:00:00Z."},
    {"suspended", token("keysuspend"), 401,
     "User is not active (status = \"suspended\"). Contact an admin to reactivate your account.", ""},
    {"dormant", token("keydormant"), 401,
     "User is not active (status = \"dormant\"). Contact an admin to reactivate your account.", ""},
    {"deleted user", token("keydeleted"), 401, signed_out, "API key is invalid."},
    {"no scope", token("keynoscope"), 403, "Forbidden.", ""},
};

} // namespace

BOOST_AUTO_TEST_SUITE(api_authentication)

BOOST_AUTO_TEST_CASE(each_fault_has_its_words_on_every_route_and_no_secret_leaves)
{
    suite s;
    http_client client{s.server.address()};
    for (auto const* target : reading_routes) {
        for (auto const& c : refusals) {
            BOOST_TEST_CONTEXT(target << ": " << c.name)
            {
                http_headers headers;
                if (!c.token.empty())
                    headers.emplace_back("Coder-Session-Token", c.token);
                auto const answer = client.get(target, headers);
                BOOST_TEST(answer.status == c.status);
                auto const body = answer.json().as_object();
                BOOST_TEST(body.at("message").as_string() == c.message);
                BOOST_TEST(body.contains("detail") == !c.detail.empty());
                if (!c.detail.empty())
                    BOOST_TEST(body.at("detail").as_string() == c.detail);
            }
        }
    }
    BOOST_TEST(s.server.log().find("ssssssssss") == std::string::npos);
    BOOST_TEST(s.server.log().find("xxxxxxxxxx") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_place_of_a_token_works)
{
    suite s;
    auto const good = token("keyowner00");
    auto const status = [&](std::string const& target, http_headers const& headers) {
        return fetch(s.server.address(), target, headers).status;
    };
    BOOST_TEST(status(path, {{"Cookie", "x=y; coder_session_token=" + good}}) == 200);
    BOOST_TEST(status(std::string{path} + "?coder_session_token=" + good, {}) == 200);
    BOOST_TEST(status(path, {{"Coder-Session-Token", good}}) == 200);
    BOOST_TEST(status(path, {{"Authorization", "bearer " + good}}) == 200);
    // The first place with a value decides: no falling through to the good one.
    BOOST_TEST(status(path, {{"Cookie", "coder_session_token=bad"}, {"Coder-Session-Token", good}}) == 401);
    BOOST_TEST(status(std::string{path} + "?coder_session_token=", {{"Coder-Session-Token", good}}) == 200);
}

BOOST_AUTO_TEST_CASE(bytes_that_the_database_refuses_never_reach_it)
{
    suite s;
    for (auto const* bad : {"%00", "%ff", "%0A", "%20"}) {
        auto const answer = fetch(s.server.address(), std::string{path} + "?coder_session_token=keyowner0" + bad +
                                                          "-ssssssssssssssssssssss");
        BOOST_TEST(answer.status == 401, bad);
        BOOST_TEST(answer.body.find("Invalid API key format: ") != std::string::npos, answer.body);
    }
    auto const header =
        fetch(s.server.address(), path, {{"Coder-Session-Token", "keyowner0\xff-ssssssssssssssssssssss"}});
    BOOST_TEST(header.status == 401);
}

BOOST_AUTO_TEST_CASE(scopes_and_roles_that_read)
{
    suite s;
    database::add_interceptions(s.conninfo, 101, 103);
    auto const count = [&](char const* key) {
        return fetch(s.server.address(), path, {{"Coder-Session-Token", token(key)}}).json().at("count").as_int64();
    };
    BOOST_TEST(count("keyowner00") == 3);
    BOOST_TEST(count("keyauditor") == 3);
    BOOST_TEST(count("keyreadone") == 3);
    BOOST_TEST(count("keymember0") == 0); // not even their own
}

BOOST_AUTO_TEST_CASE(member_reads_nothing_and_learns_nothing)
{
    suite s;
    database::add_interceptions(s.conninfo, 101, 103);
    http_headers const member{{"Coder-Session-Token", token("keymember0")}};
    auto const body = [&](std::string const& query) { return fetch(s.server.address(), path + query, member).body; };
    BOOST_TEST(body("?q=initiator:me") == R"({"count":0,"results":[]})");
    BOOST_TEST(body("?count=none") == R"({"count":-1,"results":[]})");
    BOOST_TEST(body("?count=capped") == R"({"count":0,"count_cap":2000,"results":[]})");
    BOOST_TEST(body("?q=initiator:alice") == body("?q=initiator:nobody")); // nor which users there are
    // A cursor does not tell whether a row exists.
    auto const existing = fetch(s.server.address(), path + ("?after_id=" + database::id(101)), member);
    auto const missing = fetch(s.server.address(), path + ("?after_id=" + database::id(999)), member);
    BOOST_TEST(existing.status == 400);
    BOOST_TEST(missing.status == 400);
}

BOOST_AUTO_TEST_CASE(member_access_own_shows_their_own)
{
    auto const conninfo = database::create();
    database::add_interceptions(conninfo, 101, 103);
    cluster::execute(conninfo, "UPDATE aibridge_interceptions SET initiator_id = '" + database::id(1) +
                                   "' WHERE id = '" + database::id(102) + "'");
    served const server{conninfo, {"--member-access", "own"}};
    http_headers const member{{"Coder-Session-Token", token("keymember0")}};
    BOOST_TEST(fetch(server.address(), path, member).json().at("count").as_int64() == 2);
    BOOST_TEST(
        fetch(server.address(), path + std::string{"?q=initiator:alice"}, member).json().at("count").as_int64() == 0);
    BOOST_TEST(fetch(server.address(), path + ("?after_id=" + database::id(103)), member)
                   .json()
                   .at("results")
                   .as_array()
                   .size() == 1U);
    BOOST_TEST(fetch(server.address(), path + ("?after_id=" + database::id(102)), member).status == 400); // alice's row
}

BOOST_AUTO_TEST_CASE(revoked_key_works_at_most_for_the_caches_time)
{
    auto const conninfo = database::create();
    served const server{conninfo, {"--auth-cache-ttl", "300ms"}};
    http_headers const owner{{"Coder-Session-Token", token("keyowner00")}};
    BOOST_TEST(fetch(server.address(), path, owner).status == 200);
    cluster::execute(conninfo, "DELETE FROM api_keys WHERE id = 'keyowner00'");
    BOOST_TEST(eventually(waits::short_limit, [&] { return fetch(server.address(), path, owner).status == 401; }));
}

BOOST_TEST_DECORATOR(*boost::unit_test::precondition(shows_its_own_schema))

BOOST_AUTO_TEST_CASE(scopes_that_our_role_cannot_see_let_nobody_in)
{
    auto const conninfo = database::create();
    cluster::grant_reading(conninfo);
    cluster::execute(conninfo, "REVOKE SELECT ON api_keys FROM \"Bridge Reader\"; GRANT SELECT (id, hashed_secret, "
                               "user_id, expires_at) ON api_keys TO \"Bridge Reader\"");
    served const server{conninfo + std::string{cluster::as_reader}};
    BOOST_TEST(fetch(server.address(), path, {{"Coder-Session-Token", token("keynoscope")}}).status == 503);
    auto const why = fetch(server.address(), "/readyz");
    BOOST_TEST(why.status == 503);
    BOOST_TEST(why.body.find("not readable by this role: api_keys.scopes") != std::string::npos, why.body);
}

BOOST_TEST_DECORATOR(*boost::unit_test::precondition(shows_its_own_schema))

BOOST_AUTO_TEST_CASE(older_schemas_have_one_scope_or_none)
{
    auto const conninfo = database::create();
    cluster::execute(
        conninfo,
        "ALTER TABLE api_keys DROP COLUMN scopes; CREATE TYPE old_scope AS ENUM ('all', 'application_connect');"
        "ALTER TABLE api_keys ADD COLUMN scope old_scope NOT NULL DEFAULT 'all';"
        "UPDATE api_keys SET scope = 'application_connect' WHERE id = 'keynoscope'");
    {
        served const server{conninfo};
        BOOST_TEST(fetch(server.address(), path, {{"Coder-Session-Token", token("keyowner00")}}).status == 200);
        BOOST_TEST(fetch(server.address(), path, {{"Coder-Session-Token", token("keynoscope")}}).status == 403);
    }
    cluster::execute(conninfo, "ALTER TABLE api_keys DROP COLUMN scope");
    served const server{conninfo};
    BOOST_TEST(fetch(server.address(), path, {{"Coder-Session-Token", token("keynoscope")}}).status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
