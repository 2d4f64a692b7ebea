#include "test/support/audit_log.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/json/object.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstdint>
#include <ostream>
#include <string>
#include <tuple>
#include <vector>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::test {
namespace {

http_headers named(std::string_view request_id)
{
    auto headers = as_owner();
    headers.emplace_back("X-Request-Id", std::string{request_id});
    return headers;
}

struct token_place {
    std::string_view name, query;
    http_headers headers;
};

std::ostream& operator<<(std::ostream& out, token_place const& place)
{
    return out << place.name;
}

std::string const token{owner_token};
constexpr std::string_view secret = "ssssssssssssssssssssss";

token_place const token_places[] = {
    {"cookie", "", {{"Cookie", "a=b; coder_session_token=" + token}}},
    {"query parameter", "&coder_session_token=keyofowner-ssssssssssssssssssssss", {}},
    {"header", "", {{"Coder-Session-Token", token}}},
    {"bearer", "", {{"Authorization", "Bearer " + token}}},
};

} // namespace

BOOST_AUTO_TEST_SUITE(logs)

BOOST_AUTO_TEST_CASE(access_line_tells_what_happened)
{
    audit_log const log;
    served const server{log.conninfo()};
    BOOST_TEST_REQUIRE(server.ready());
    auto headers = named("told");
    headers.emplace_back("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    auto const answer = fetch(server.address(), std::string{interceptions_path} + "/?limit=2", headers);
    BOOST_TEST_REQUIRE(answer.status == 200);
    auto const line = server.request_line("told");
    BOOST_TEST(line.at("level").as_string() == "info");
    BOOST_TEST(line.at("method").as_string() == "GET");
    BOOST_TEST(line.at("route").as_string() == interceptions_path);
    BOOST_TEST(line.at("status").to_number<int>() == 200);
    BOOST_TEST(line.at("bytes").to_number<std::size_t>() > answer.body.size());
    auto const database = line.at("database_us").to_number<std::int64_t>();
    BOOST_TEST(database > 0);
    BOOST_TEST(line.at("pool_wait_us").to_number<std::int64_t>() >= 0);
    BOOST_TEST(line.at("duration_us").to_number<std::int64_t>() >= database);
    BOOST_TEST(line.at("remote").as_string() == "127.0.0.1");
    BOOST_TEST(line.at("trace_id").as_string() == "4bf92f3577b34da6a3ce929d0e0e4736");
    BOOST_TEST(line.at("parent_id").as_string() == "00f067aa0ba902b7");
    BOOST_TEST(line.at("ended").as_string() == "ok");
    BOOST_TEST(line.at("caller").as_string() == log.value("SELECT md5('owner')::uuid"));
    BOOST_TEST(!line.contains("error"));
    BOOST_TEST(line.at("time").as_string().ends_with("Z"));
}

BOOST_AUTO_TEST_CASE(bad_traceparent_and_odd_route_leave_no_trace)
{
    served const server{"host=127.0.0.1 port=1"};
    http_headers const headers{{"X-Request-Id", "odd"}, {"traceparent", "00-nonsense"}};
    BOOST_TEST(fetch(server.address(), "/api/v2/secret-project", headers).status == 404);
    auto const line = server.request_line("odd");
    BOOST_TEST(!line.contains("trace_id"));
    BOOST_TEST(line.at("route").as_string() == "-");
    BOOST_TEST(line.at("status").to_number<int>() == 404);
    BOOST_TEST(server.log().find("secret-project") == std::string::npos);
}

BOOST_DATA_TEST_CASE(no_token_gets_into_the_log, bdata::make(token_places), place)
{
    audit_log const log;
    auto const target = std::string{interceptions_path} + "?limit=1" + std::string{place.query};
    served server{log.conninfo(), {"--log-level", "debug", "--log-queries"}};
    BOOST_TEST_REQUIRE(server.ready());
    auto const answer = fetch(server.address(), target, place.headers);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body.find(secret) == std::string::npos);
    // Now with an unknown key, so that the failure may tempt somebody to say more; and where the database fails.
    log.execute("UPDATE api_keys SET hashed_secret = sha256('other')");
    auto const wrong = fetch(server.address(), target + "&q=model:x", place.headers);
    BOOST_TEST(wrong.body.find(secret) == std::string::npos);
    log.execute("ALTER TABLE api_keys RENAME TO api_keys_away");
    log.terminate_sessions();
    BOOST_TEST(eventually(waits::limit, [&] { return fetch(server.address(), target, place.headers).status == 503; }));
    server.program().send(SIGTERM);
    BOOST_TEST_REQUIRE(server.program().wait(waits::limit).has_value());
    BOOST_TEST(server.log().find(secret) == std::string::npos);
    BOOST_TEST(server.log().find(interceptions_path) != std::string::npos);
}

BOOST_DATA_TEST_CASE(query_is_logged_only_where_asked, bdata::make({false, true}), wanted)
{
    audit_log const log;
    served const server{log.conninfo(),
                        wanted ? std::vector<std::string>{"--log-queries"} : std::vector<std::string>{}};
    BOOST_TEST_REQUIRE(server.ready());
    auto const searches = std::string{interceptions_path} + "?q=";
    for (auto const* q : {"initiator:owner model:hush-hush", "initiator:hush-hush", "hush-hush:1"})
        std::ignore = fetch(server.address(), searches + percent_encoded(q), as_owner());
    std::ignore = fetch(server.address(), searches + percent_encoded("model:hush-hush"), named("last"));
    auto const line = server.request_line("last");
    BOOST_TEST(line.contains("q") == wanted);
    if (wanted)
        BOOST_TEST(line.at("q").as_string() == "model:hush-hush");
    BOOST_TEST((server.log().find("hush-hush") != std::string::npos) == wanted);
}

BOOST_AUTO_TEST_CASE(failure_is_found_by_its_request_id)
{
    audit_log const log;
    served const server{log.conninfo()};
    BOOST_TEST_REQUIRE(server.ready());
    log.execute(
        "CREATE OR REPLACE VIEW visible_users AS SELECT id, (username || (1 / (random() * 0)::int)::text)::text AS "
        "username, name, avatar_url FROM users");
    auto const failed = fetch(server.address(), interceptions_path, named("broken"));
    BOOST_TEST(failed.status == 500);
    BOOST_TEST(failed.headers.at("x-request-id") == "broken");
    BOOST_TEST(failed.json().at("detail").as_string().find("broken") != std::string::npos);
    BOOST_TEST(failed.body.find("division") == std::string::npos, failed.body);
    auto const line = server.request_line("broken");
    BOOST_TEST(line.at("level").as_string() == "warn");
    BOOST_TEST(line.at("error").as_string().find("22012") != std::string::npos);
    log.execute("CREATE OR REPLACE VIEW visible_users AS SELECT id, username, name, avatar_url FROM users");
    BOOST_TEST(fetch(server.address(), interceptions_path, as_owner()).status == 200);
}

BOOST_AUTO_TEST_CASE(request_id_is_the_callers_or_a_fresh_one)
{
    served const server{"host=127.0.0.1 port=1"};
    auto const id_for = [&server](http_headers const& headers) {
        return fetch(server.address(), "/livez", headers).headers.at("x-request-id");
    };
    BOOST_TEST(id_for({{"X-Request-Id", "abc/123?~"}}) == "abc/123?~");
    BOOST_TEST(id_for({{"x-request-id", std::string(128, 'x')}}) == std::string(128, 'x'));
    constexpr std::size_t uuid_size = 36;
    for (auto const& offered :
         {std::string(129, 'x'), std::string{"two words"}, std::string{"caf\xc3\xa9"}, std::string{}})
        BOOST_TEST(id_for({{"X-Request-Id", offered}}).size() == uuid_size);
    BOOST_TEST(id_for({}) != id_for({}));
}

BOOST_AUTO_TEST_CASE(text_format_is_one_line_an_event)
{
    process server{{BRIDGEWATCH_BINARY, "serve", "--database-url", "host=127.0.0.1 port=1", "--listen", "127.0.0.1:0",
                    "--log-format", "text"}};
    BOOST_TEST_REQUIRE(server.wait_for_text("started", waits::limit));
    auto const said = server.errors();
    constexpr std::string_view before = "listening address=";
    auto const start = said.find(before);
    BOOST_TEST_REQUIRE(start != std::string::npos, said);
    auto const address = said.substr(start + before.size(), said.find('\n', start) - start - before.size());
    BOOST_TEST(fetch(address, "/livez", {{"X-Request-Id", "a=\"b\""}}).status == 200);
    BOOST_TEST(server.wait_for_text("request method=GET route=/livez status=200", waits::limit), server.errors());
    BOOST_TEST(server.errors().find(R"(request_id="a=\"b\"")") != std::string::npos, server.errors());
    BOOST_TEST(server.errors().find('{') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(quiet_level_says_nothing_about_good_requests)
{
    audit_log const log;
    process server{{BRIDGEWATCH_BINARY, "serve", "--database-url", log.conninfo(), "--listen", "unix:/tmp/bw-quiet",
                    "--log-level", "warn"}};
    BOOST_TEST_REQUIRE(eventually(waits::limit, [] { return is_served("unix:/tmp/bw-quiet", "/readyz"); }));
    BOOST_TEST(fetch("unix:/tmp/bw-quiet", interceptions_path, as_owner()).status == 200);
    server.send(SIGTERM);
    BOOST_TEST_REQUIRE(server.wait(waits::limit).has_value());
    // Where the tests run as root, the program warns of that.
    BOOST_TEST(server.errors().find("\"event\":\"request\"") == std::string::npos, server.errors());
    BOOST_TEST(server.errors().find("\"level\":\"info\"") == std::string::npos, server.errors());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
