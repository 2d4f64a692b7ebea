#include "test/support/breaking_proxy.hpp"
#include "test/support/cluster.hpp"
#include "test/support/nginx.hpp"
#include "test/support/process.hpp"
#include "test/support/scratch_directory.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

// The load test that users run, on real servers: what it counts is what they were asked.
namespace bridgewatch::test {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

std::string const folder = BRIDGEWATCH_SOURCE_DIR "/deploy/loadtest";

std::string bridgewatch(std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), BRIDGEWATCH_BINARY);
    auto const done = run(arguments);
    BOOST_TEST_REQUIRE((done.status == exit_status{}), done.errors);
    return done.output;
}

/// A log with rows, and the token of an owner.
struct seeded {
    seeded()
    {
        cluster::shared().create_template("loadtest", [](std::string const& filled) {
            bridgewatch({"migrate", "--database-url", filled});
            bridgewatch(
                {"seed", "--interceptions", "600", "--until", "2026-08-30T00:00:00Z", "--database-url", filled});
        });
        conninfo = cluster::shared().create_database("loadtest");
        token = bridgewatch({"token", "--username", "the_owner", "--role", "owner", "--database-url", conninfo});
        token.resize(token.find_last_not_of('\n') + 1);
    }

    std::string conninfo, token;
};

finished node(std::vector<std::string> arguments, std::string const& token = {})
{
    BOOST_TEST_REQUIRE(fs::exists(folder + "/node_modules"), "npm's packages are missing: ./dev test installs them");
    arguments[0] = folder + "/" + arguments[0];
    arguments.insert(arguments.begin(), "node");
    return run(arguments, {{"CODER_SESSION_TOKEN", token}, {"CODER_SESSION_TOKEN_CANDIDATE", ""}});
}

std::vector<std::string> words(std::string const& line)
{
    std::istringstream in{line};
    return {std::istream_iterator<std::string>{in}, {}};
}

std::string url(std::string const& address)
{
    return address.starts_with("unix:") ? address : "http://" + address;
}

/// A short load, to the end. @return what it says as JSON
json::object load(std::string const& address, std::string const& token, std::string const& options)
{
    auto const done = node(words("loadtest.mjs --url " + url(address) +
                                 " --duration 400ms --warmup 100ms --limit 20 --timeout 5s --json - " + options),
                           token);
    BOOST_TEST_REQUIRE((done.status == exit_status{}), done.output << done.errors);
    BOOST_TEST((done.output + done.errors).find(token) == std::string::npos);
    return json::parse(done.output).as_object();
}

finished compare(served const& baseline, served const& candidate, std::string const& token, std::string const& options)
{
    return node(words("compare.mjs --baseline " + url(baseline.address()) + " --candidate " + url(candidate.address()) +
                      ' ' + options),
                token);
}

std::int64_t sum(json::value const& counts)
{
    std::int64_t out = 0;
    for (auto const& each : counts.as_object())
        out += each.value().to_number<std::int64_t>();
    return out;
}

using numbers = std::map<std::string, std::int64_t>;

std::string route_of(std::string_view kind)
{
    if (kind == "page" || kind == "search")
        return "interceptions";
    if (kind == "sessions-search")
        return "sessions";
    if (kind == "interception")
        return "interceptions/{id}";
    return std::string{kind == "session" ? "sessions/{session_id}" : kind};
}

/// How often each route was asked, as the load test has counted, and its look at the server: once each.
numbers asked(json::object const& result)
{
    numbers out;
    for (auto const& [kind, of] : result.at("kinds").as_object())
        out[route_of(kind)] += sum(of.at("statuses"));
    for (auto const* route :
         {"interceptions", "interceptions/{id}", "sessions", "sessions/{session_id}", "models", "clients"})
        ++out[route];
    return out;
}

std::string const prefix = "/api/v2/aibridge/";

numbers logged(served const& server, std::string_view by)
{
    numbers out;
    for (auto const& line : server.log_lines("request")) {
        std::string const route{line.at("route").as_string()};
        if (route.starts_with(prefix))
            ++out[by == "route" ? route.substr(prefix.size()) : std::to_string(line.at("status").as_int64())];
    }
    return out;
}

/// The same from the metrics, which count refusals of an overload that the log leaves out.
numbers metered(served const& server, std::string_view by)
{
    static std::regex const sample{
        R"|(\nbridgewatch_http_requests_total\{.*route="/api/v2/aibridge/(.*)",status="(.*)"\} (\d+))|"};
    numbers out;
    auto const all = fetch(server.address(), "/metrics").body;
    for (std::sregex_iterator it{all.begin(), all.end(), sample}, end; it != end; ++it)
        if (auto const count = std::stoll((*it)[3]); count > 0)
            out[by == "route" ? (*it)[1] : (*it)[2]] += count;
    return out;
}

std::string text(numbers const& of)
{
    std::string out;
    for (auto const& [name, number] : of)
        out += name + ": " + std::to_string(number) + ' ';
    return out;
}

using server_counts = numbers (*)(served const&, std::string_view by);

/// Both the server's counts and the client's summary.
void check_counts(served const& server, json::object const& result, server_counts seen = &logged)
{
    auto const expected = asked(result);
    auto const agree = eventually(waits::limit, [&] { return seen(server, "route") == expected; });
    BOOST_TEST(agree, "counted " << text(expected) << "seen " << text(seen(server, "route")));
    numbers statuses;
    for (auto const& [status, number] : result.at("statuses").as_object())
        statuses[status] = number.to_number<std::int64_t>();
    statuses["200"] += result.at("probeRequests").as_int64();
    BOOST_TEST(text(seen(server, "status")) == text(statuses));
    BOOST_TEST(result.at("sent").as_int64() == sum(result.at("statuses")));
}

/// Each kind as often as any other, so that none is missing in a short load.
std::string const each_kind = "--mix page=1,search=1,sessions=1,sessions-search=1,session=1,interception=1,models=1,"
                              "clients=1 ";
std::string const closed = each_kind + "--clients 4";
std::string const open = each_kind + "--rate 200";

/// Upstream as a client sees it: its routes, its parameters, and nothing else.
std::string upstream_site(fs::path const& directory)
{
    auto const file = directory / "upstream.conf";
    std::ofstream{file} << R"(
server {
    listen 127.0.0.1:1;
    default_type application/json;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    if ($args ~ "(^|&)(count|after_initiator_id|after_last_active_at|initiator_id)=") { return 400; }
    location / { return 404 '{"message":"Route not found."}'; }
    location ~ ^/api/v2/aibridge/(interceptions|sessions|models|clients)$ { proxy_pass http://127.0.0.1:2; }
    location ~ ^/api/v2/aibridge/sessions/[^/]+$ { proxy_pass http://127.0.0.1:2; }
}
)";
    return file;
}

/// A rate is kept however slow the machine is, all of it with one key: there is room for all at once.
served patient_server(seeded const& log)
{
    return served{log.conninfo, {"--max-requests-per-key", "1000", "--pool-size", "48"}};
}

void ask_as_it_is(std::string const& options)
{
    seeded const log;
    auto const server = patient_server(log);
    BOOST_TEST_REQUIRE(server.ready());
    auto const result = load(server.address(), log.token, options);
    check_counts(server, result);
    BOOST_TEST(result.at("kinds").as_object().size() == 8U);
    BOOST_TEST(result.at("good").to_number<std::int64_t>() > 20);
    BOOST_TEST(result.at("failedShare").to_number<double>() == 0);
    BOOST_TEST(result.at("latency").at("p99").to_number<double>() > 0);
    if (result.at("load").at("loop") == "open") // 400 ms of 200/s
        BOOST_TEST(result.at("measured").as_int64() == 80);
}

void ask_as_upstream(std::string const& options)
{
    seeded const log;
    auto const server = patient_server(log);
    BOOST_TEST_REQUIRE(server.ready());
    scratch_directory const directory;
    nginx const upstream{{upstream_site(directory.path()), "127.0.0.1:1", {"127.0.0.1:2", "127.0.0.1:2"}},
                         {server.address(), server.address()}};
    auto const result = load(upstream.address(), log.token, options);
    BOOST_TEST(result.at("leftOut") == json::array({"interception"}));
    BOOST_TEST(result.at("failedShare").to_number<double>() == 0, json::serialize(result.at("statuses"))
                                                                      << upstream.errors());
    BOOST_TEST(result.at("kinds").as_object().size() == 7U);
    // What nginx has refused by itself, the look for single interceptions, is not in the log.
    auto const sent = result.at("sent").as_int64() + result.at("probeRequests").as_int64() - 1;
    BOOST_TEST(eventually(waits::limit, [&] { return logged(server, "status") == numbers{{"200", sent}}; }));
}

} // namespace

BOOST_AUTO_TEST_SUITE(loadtest)

BOOST_AUTO_TEST_CASE(its_own_tests_pass)
{
    std::vector<std::string> line{"node", "--test"};
    for (auto const& each : fs::directory_iterator{folder + "/test"})
        if (each.path().string().ends_with(".test.mjs"))
            line.push_back(each.path().string());
    BOOST_TEST_REQUIRE(line.size() == 5U);
    auto const done = run(line);
    BOOST_TEST((done.status == exit_status{}), done.output << done.errors);
}

BOOST_AUTO_TEST_CASE(counts_are_those_of_the_access_log)
{
    ask_as_it_is(closed);
    ask_as_it_is(open + " --threads 2 --count mixed");
}

BOOST_AUTO_TEST_CASE(refusals_are_counted_and_make_nothing_quicker)
{
    seeded const log;
    served const server{log.conninfo, {"--max-requests-per-key", "1"}};
    BOOST_TEST_REQUIRE(server.ready());
    auto const result = load(server.address(), log.token, "--rate 2000");
    check_counts(server, result, &metered);
    BOOST_TEST(result.at("notAnswered").at("429").to_number<std::int64_t>() > 0);
    BOOST_TEST(result.at("good").as_int64() + sum(result.at("notAnswered")) == result.at("measured").as_int64());
}

BOOST_AUTO_TEST_CASE(works_against_upstreams_routes)
{
    ask_as_upstream(closed + " --threads 2");
    ask_as_upstream(open);
}

BOOST_AUTO_TEST_CASE(slower_server_is_told)
{
    seeded const log;
    breaking_proxy network{log.conninfo};
    network.pass_slowly();
    served const baseline{log.conninfo};
    served const candidate{network.conninfo(), {"--pool-size", "2"}};
    BOOST_TEST_REQUIRE(baseline.ready());
    BOOST_TEST_REQUIRE(candidate.ready());
    // Small answers: each byte is a packet of its own.
    auto const done = compare(baseline, candidate, log.token,
                              "--rounds 8 --slice 300ms --settle 10ms --mix models=1,clients=1 --clients 4 "
                              "--max-ratio 1.2 --json -");
    BOOST_TEST_REQUIRE((done.status == exit_status{.code = 3}), done.output << done.errors);
    auto const result = json::parse(done.output);
    BOOST_TEST_MESSAGE(json::serialize(result.at("compared")));
    BOOST_TEST(result.at("verdict").as_string() == "slower");
    BOOST_TEST(result.at("sameData").as_bool());
    BOOST_TEST(result.at("compared").at("p50").at("low").as_double() > 1);
    BOOST_TEST(result.at("compared").at("throughput").at("high").as_double() < 1);
    BOOST_TEST(result.at("gate").at("p50").as_string() == "exceeded");
}

BOOST_AUTO_TEST_CASE(nothing_is_compared_where_requests_fail)
{
    seeded const log;
    served const baseline{log.conninfo};
    served const candidate{log.conninfo, {"--max-requests-per-key", "1"}};
    BOOST_TEST_REQUIRE(baseline.ready());
    BOOST_TEST_REQUIRE(candidate.ready());
    auto const done =
        compare(baseline, candidate, log.token, "--rounds 8 --slice 20ms --settle 10ms --clients 4 --limit 5");
    BOOST_TEST((done.status == exit_status{.code = 1}), done.output << done.errors);
    BOOST_TEST(done.output.find("not comparable") != std::string::npos, done.output);
    BOOST_TEST(done.output.find("429: ") != std::string::npos, done.output);
}

BOOST_AUTO_TEST_CASE(faults_are_one_line)
{
    seeded const log;
    served const server{log.conninfo, {"--max-auth-failures", "1"}};
    BOOST_TEST_REQUIRE(server.ready());
    auto const here = url(server.address());
    auto const member =
        bridgewatch({"token", "--username", "somebody", "--role", "member", "--database-url", log.conninfo});

    struct fault {
        std::string options, token;
        int status;
        std::string_view said;
    };

    std::string const wrong = "nosuchkey0-ssssssssssssssssssssss";
    auto const at = "--url " + here;
    for (fault const& each : {
             fault{at, wrong, 1, "401, the session token is not accepted"},
             {at, wrong, 1, "429, the server limits requests"},
             {at, member.substr(0, member.find('\n')), 1, "the log is empty, or is not shown"},
             {at + " --api /nothing", log.token, 1, "404, there are neither"},
             {"--url http://127.0.0.1:1", log.token, 1, "no connection (ECONNREFUSED)"},
             {"--url ftp://x", log.token, 2, "--url ftp://x: expected http://"},
             {"--url http://x/?coder_session_token=y", log.token, 2, "expected no \"?\""},
             {at + " --clients 0", log.token, 2, "--clients 0: expected"},
             {at + " --rate 5 --clients 2", log.token, 2, "--rate and --clients"},
             {at + " --header Cookie:a", log.token, 2, "expected no secret"},
             {at + " --mix page=0", log.token, 2, "--mix page=0: expected"},
             {at + " --nothing", log.token, 2, "--nothing"},
             {at, "", 2, "no session token"},
             {at + " --token-file /nowhere", "", 2, "cannot read /nowhere: ENOENT"},
         }) {
        auto const done = node(words("loadtest.mjs " + each.options), each.token);
        BOOST_TEST((done.status == exit_status{.code = each.status}), done.errors);
        BOOST_TEST(done.errors.find(each.said) != std::string::npos, each.said << " in " << done.errors);
        BOOST_TEST(done.errors.find('\n') + 1 == done.errors.size(), done.errors);
        BOOST_TEST((each.token.empty() || done.errors.find(each.token) == std::string::npos));
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
