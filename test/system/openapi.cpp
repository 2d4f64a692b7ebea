#include "test/support/audit_log.hpp"
#include "test/support/cluster.hpp"
#include "test/support/contract_database.hpp"
#include "test/support/historic_schema.hpp"
#include "test/support/served.hpp"
#include "test/support/session.hpp"
#include "test/support/waits.hpp"
#include "test/system/openapi_answers.hpp"
#include "test/system/openapi_questions.hpp"
#include "test/system/openapi_rows.hpp"
#include "test/system/openapi_tools.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <memory>
#include <span>
#include <string>
#include <vector>

// The document before its linter, and what the program answers before the document.
namespace bridgewatch::test::openapi {
namespace {

namespace database = contract_database;

constexpr char const* no_database = "host=/nowhere";

/// Described, and not asked for here. A readiness check ends by its own time limit or by the request's, and where they
/// are the same either may come first: no test can say which.
std::vector<std::string> const not_seen{"GET /readyz 504", "HEAD /readyz 504"};

std::string document_of(std::string const& address)
{
    auto const answer = fetch(address, "/openapi.json");
    BOOST_TEST_REQUIRE(answer.status == 200);
    return answer.body;
}

void ask(answer_log& log, std::string const& address, std::span<question const> questions, int status)
{
    for (auto const& route : targets())
        for (auto const& each : questions)
            if (each.of == route.route.to)
                log.ask(address, route, status, each.query);
}

/// Those that want a session token.
std::vector<target> log_targets()
{
    auto out = targets();
    std::erase_if(out, [](target const& each) { return !api::reads_log(each.route.to); });
    return out;
}

void ask_as_others(answer_log& log, std::string const& address)
{
    for (auto const& route : log_targets()) {
        log.ask(address, route, 401, "", {});
        for (auto const* token : {"x", "a-b", "nosuchkey0-ssssssssssssssssssssss", "keyowner00-xxxxxxxxxxxxxxxxxxxxxx"})
            log.ask(address, route, 401, "", {{"Coder-Session-Token", token}});
        for (auto const* key : {"keyexpired", "keysuspend", "keydormant", "keydeleted"})
            log.ask(address, route, 401, "", as_caller(key));
        log.ask(address, route, 403, "", as_caller("keynoscope"));
        log.ask(address, route, 200, "", as_caller("keyauditor"));
        auto const is_one = route.route.pattern.ends_with('}');
        log.ask(address, route, is_one ? 404 : 200, "", as_caller("keymember0"));
    }
}

/// Ids that there are not, and a path that is no route.
void ask_for_nothing(answer_log& log, std::string const& address)
{
    for (auto const& route : log_targets()) {
        auto const slash = route.path.rfind('/') + 1;
        if (route.route.to == api::endpoint::interception) {
            log.ask(address, {route.route, route.path.substr(0, slash) + "x"}, 400);
            log.ask(address, {route.route, route.path.substr(0, slash) + database::id(999)}, 404);
        }
        if (route.route.to == api::endpoint::session)
            log.ask(address, {route.route, route.path.substr(0, slash) + "nothing"}, 404);
    }
    for (auto const* path : {"/", "/api/v2/aibridge", "/api/v2/aibridge/nothing"})
        log.add("GET", "", fetch(address, path));
}

/// What is answered before the route is looked at, and the wrong methods.
void send_nonsense(answer_log& log, std::string const& address)
{
    std::string const host = "Host: test\r\n";
    for (auto const& route : targets()) {
        log.send(address, route, 400, "", "\r\n");
        log.send(address, route, 413, "", host + "Content-Length: 100000000\r\n\r\n");
        log.send(address, route, 414, "?x=" + std::string(17'000, 'x'), host + "\r\n");
        log.send(address, route, 431, "", host + "X: " + std::string(33'000, 'x') + "\r\n\r\n");
        for (auto const* method : {"POST", "DELETE", "OPTIONS"})
            log.add(method, route.route.pattern, http_client{address}.request(method, route.path));
    }
}

/// The newest schema, as a role that may only read, which then may not even that.
void ask_newest(answer_log& log)
{
    auto const conninfo = database::create();
    cluster::execute(conninfo, newest_rows);
    cluster::grant_reading(conninfo);
    served const server{conninfo + std::string{cluster::as_reader}};
    auto const& address = server.address();
    BOOST_TEST_REQUIRE(server.ready());
    ask(log, address, good_questions, 200);
    ask(log, address, newest_questions, 200);
    ask(log, address, bad_questions, 400);
    ask_as_others(log, address);
    ask_for_nothing(log, address);
    send_nonsense(log, address);
    // A fault that only rows show: a missing privilege would be found by the next look at the schema, and be 503.
    cluster::execute(conninfo, "CREATE FUNCTION refuse() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION "
                               "''no''; END'; CREATE POLICY refused ON aibridge_interceptions USING (refuse()); ALTER "
                               "TABLE aibridge_interceptions ENABLE ROW LEVEL SECURITY");
    for (auto const& route : log_targets())
        log.ask(address, route, 500);
}

void ask_historic(answer_log& log, column_set const& age)
{
    auto const conninfo = cluster::shared().create_database();
    cluster::execute(conninfo, create_statements(age) + historic_rows);
    if (age.interceptions.find("ended_at") != std::string_view::npos)
        cluster::execute(conninfo, "UPDATE aibridge_interceptions SET ended_at = started_at");
    served const server{conninfo};
    BOOST_TEST_REQUIRE(server.ready());
    ask(log, server.address(), good_questions, 200);
    for (auto route : log_targets()) {
        if (route.route.to == api::endpoint::session) {
            route.path.replace(route.path.rfind('/') + 1, std::string::npos, interception_id);
            log.ask(server.address(), route, 200);
        }
    }
    if (age.interceptions.find("client") == std::string_view::npos)
        log.ask(server.address(), targets().front(), 400, "?q=client:Zed");
}

/// A table is locked, and statements may take a moment.
void ask_slow(answer_log& log)
{
    auto const conninfo = database::create();
    cluster::execute(conninfo, newest_rows);
    served const server{conninfo, {"--statement-timeout", "50ms", "--exact-count-timeout", "50ms"}};
    BOOST_TEST_REQUIRE(server.ready());
    auto holder = open_session(conninfo);
    BOOST_TEST_REQUIRE(holder.script("BEGIN; LOCK TABLE aibridge_interceptions IN ACCESS EXCLUSIVE MODE").has_value());
    for (auto const& route : log_targets())
        log.ask(server.address(), route, 504);
}

/// No database, and health on a port of its own.
void ask_without_database(answer_log& log)
{
    served const server{no_database, {"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"}};
    std::string const admin{server.log_lines("listening").back().at("address").as_string()};
    for (auto const& route : targets()) {
        bool const is_health = api::is_health(route.route.to);
        log.ask(is_health ? server.address() : admin, route, 404);
        if (api::reads_log(route.route.to))
            log.ask(server.address(), route, 503);
        if (route.route.to == api::endpoint::readyz)
            log.ask(admin, route, 503);
    }
}

/// Requests that never arrive as a whole, all at once.
void send_halves(answer_log& log)
{
    struct half {
        std::string_view method, route;
        std::unique_ptr<http_client> client;
    };

    served const server{no_database, {"--request-timeout", "500ms"}};
    std::vector<half> sent;
    for (auto const& route : targets()) {
        for (std::string_view const method : {"GET", "HEAD"}) {
            auto const& added =
                sent.emplace_back(method, route.route.pattern, std::make_unique<http_client>(server.address()));
            added.client->send(std::string{method} + " " + route.path + " HTTP/1.1\r\n");
        }
    }
    for (auto const& each : sent) {
        auto const answer = each.client->receive(each.method == "HEAD");
        BOOST_TEST(answer.status == 408, each.method << ' ' << each.route << ": " << answer.body);
        log.add(each.method, each.route, answer);
    }
}

/// One connection is all that may be, and there is one.
void ask_crowded(answer_log& log)
{
    served const server{no_database, {"--max-connections", "1"}};
    http_client only{server.address()};
    BOOST_TEST_REQUIRE(only.get("/livez").status == 200);
    for (auto const& route : targets())
        log.ask(server.address(), route,
                route.route.to == api::endpoint::livez || route.route.to == api::endpoint::metrics ? 200 : 503);
}

/// One request is all that a key may have at work, and there is one.
void ask_in_excess(answer_log& log)
{
    auto const conninfo = database::create();
    served const server{conninfo, {"--max-requests-per-key", "1"}};
    BOOST_TEST_REQUIRE(server.ready());
    auto holder = open_session(conninfo);
    BOOST_TEST_REQUIRE(holder.script("BEGIN; LOCK TABLE aibridge_interceptions IN ACCESS EXCLUSIVE MODE").has_value());
    http_client running{server.address()};
    running.send("GET /api/v2/aibridge/interceptions?count=none" // else its count may wait on a connection of its own
                 " HTTP/1.1\r\nHost: test\r\nCoder-Session-Token: " +
                 database::token("keyowner00") + "\r\n\r\n");
    // In this database, and of this program: anything in the cluster may wait for a lock.
    BOOST_TEST_REQUIRE(
        eventually(waits::limit, [&] { return sessions_at(conninfo, "wait_event_type = 'Lock'") == 1; }));
    for (auto const& route : log_targets())
        log.ask(server.address(), route, 429);
}

/// One bad token is all that an address may send.
void ask_guessing(answer_log& log)
{
    http_headers const guess{{"Coder-Session-Token", "keyunknown-ssssssssssssssssssssss"}};
    served const server{database::create(), {"--max-auth-failures", "1"}};
    BOOST_TEST_REQUIRE(server.ready());
    BOOST_TEST(fetch(server.address(), targets().front().path, guess).status == 401);
    for (auto const& route : log_targets())
        log.ask(server.address(), route, 429, "", guess);
}

void ask_draining(answer_log& log)
{
    auto const conninfo = database::create();
    served server{conninfo, {"--drain-delay", "5s"}};
    BOOST_TEST_REQUIRE(server.ready());
    server.program().send(SIGTERM);
    BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return fetch(server.address(), "/readyz").status == 503; }));
    log.add("GET", "/readyz", fetch(server.address(), "/readyz"));
    server.program().send(SIGKILL);
}

} // namespace

BOOST_AUTO_TEST_SUITE(openapi)

BOOST_AUTO_TEST_CASE(linter_finds_nothing)
{
    served const server{no_database};
    auto const found = lint(document_of(server.address()));
    BOOST_TEST((found.status == exit_status{}), found.errors);
    for (auto const* word : {"warning", "WARNING"})
        BOOST_TEST(found.errors.find(word) == std::string::npos, found.errors);
}

BOOST_AUTO_TEST_CASE(every_answer_is_as_described)
{
    answer_log log;
    ask_newest(log);
    for (auto const& age : {first_release, with_metadata, with_client, with_sessions, with_credentials})
        ask_historic(log, age);
    ask_slow(log);
    ask_without_database(log);
    send_halves(log);
    ask_crowded(log);
    ask_in_excess(log);
    ask_guessing(log);
    ask_draining(log);
    served const server{no_database};
    auto const checked = validate(document_of(server.address()), log.lines(), not_seen);
    BOOST_TEST_MESSAGE(checked.output);
    BOOST_TEST((checked.status == exit_status{}), checked.output << checked.errors);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test::openapi
