// What SIGHUP changes while the server serves, and what slow statements tell.
#include "test/support/audit_log.hpp"
#include "test/support/scratch_directory.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/json/object.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <fstream>
#include <string>
#include <vector>

namespace bridgewatch::test {
namespace {

std::string const list{interceptions_path};

/// A file for --config.
class config_file {
  public:
    explicit config_file(std::string_view text) { write(text); }

    void write(std::string_view text) const { std::ofstream{path()} << text; }

    [[nodiscard]] std::string path() const { return folder_.path() / "bridgewatch.conf"; }

  private:
    scratch_directory folder_;
};

bool is_logged(served const& server, std::string_view event, std::size_t times = 1)
{
    return eventually(waits::limit, [&] { return server.log_lines(event).size() >= times; });
}

BOOST_AUTO_TEST_SUITE(live_options)

BOOST_AUTO_TEST_CASE(hangup_reads_the_level_and_the_slow_query_limit_again)
{
    audit_log const log;
    cluster::grant_reading(log.conninfo());
    config_file const config{"log-level = info\nslow-query = 0\n"};
    served server{log.conninfo() + std::string{cluster::as_reader}, {"--config", config.path()}};
    BOOST_TEST_REQUIRE(server.ready());
    BOOST_TEST(fetch(server.address(), list, as_owner()).status == 200);
    BOOST_TEST(server.log_lines("slow_query").empty());

    config.write("log-level = warn\nslow-query = 1ms\n");
    server.program().send(SIGHUP);
    BOOST_TEST(eventually(waits::limit, [&] { // the new level has no line for the change itself
        auto const before = server.log_lines("request").size();
        return fetch(server.address(), "/livez").status == 200 && fetch(server.address(), "/livez").status == 200 &&
               server.log_lines("request").size() == before;
    }));
    log.slow_each_row_down();
    BOOST_TEST(fetch(server.address(), list, as_owner()).status == 200);
    BOOST_TEST(is_logged(server, "slow_query"));

    config.write("log-level = debug\nslow-query = 0\n");
    server.program().send(SIGHUP);
    BOOST_TEST(is_logged(server, "config_reloaded"));
    BOOST_TEST(fetch(server.address(), "/livez").status == 200);
    BOOST_TEST(is_logged(server, "request"));
}

BOOST_AUTO_TEST_CASE(file_that_is_wrong_changes_nothing_and_ends_nothing)
{
    audit_log const log;
    config_file const config{"log-level = info\n"};
    served server{log.conninfo(), {"--config", config.path()}};
    BOOST_TEST_REQUIRE(server.ready());
    config.write("log-level = shouting\n");
    server.program().send(SIGHUP);
    BOOST_TEST_REQUIRE(is_logged(server, "config_reload_failed"));
    BOOST_TEST(server.log_lines("config_reload_failed").front().at("reason").as_string().find("log-level") !=
               std::string::npos);
    BOOST_TEST(fetch(server.address(), list, as_owner()).status == 200);
    config.write("log-level = debug\n");
    server.program().send(SIGHUP);
    BOOST_TEST(is_logged(server, "config_reloaded"));
}

/// What a caller searches for is in no line of the log; its shape, and the request, are.
BOOST_AUTO_TEST_CASE(slow_statement_is_told_with_its_shape_and_plan_and_without_values)
{
    audit_log const log;
    log.slow_each_row_down();
    cluster::grant_reading(log.conninfo());
    served const server{log.conninfo() + std::string{cluster::as_reader},
                        {"--slow-query", "100ms", "--slow-query-plan"}};
    BOOST_TEST_REQUIRE(server.ready());
    auto headers = as_owner();
    headers.emplace_back("X-Request-Id", "slow-one");
    BOOST_TEST(fetch(server.address(), list + "?q=prompt:hunter2", headers).status == 200);
    auto const first_of = [&server](std::string_view event) {
        boost::json::object out;
        BOOST_TEST_REQUIRE(eventually(waits::limit, [&] {
            for (auto& line : server.log_lines(event)) // the look for the key may be slow too
                if (out.empty() && line.at("question").as_string() != "authentication")
                    out = std::move(line);
            return !out.empty();
        }));
        return out;
    };
    auto const slow = first_of("slow_query"), plan = first_of("slow_query_plan");
    BOOST_TEST(slow.at("request_id").as_string() == "slow-one");
    BOOST_TEST(slow.at("route").as_string() == list);
    BOOST_TEST(slow.at("took_us").to_number<int>() >= 100'000);
    BOOST_TEST(slow.at("sql").as_string().find("$1") != std::string::npos);
    BOOST_TEST(plan.at("question").as_string() == slow.at("question").as_string());
    BOOST_TEST(plan.at("plan").as_string().find("aibridge_interceptions") != std::string::npos, plan);
    BOOST_TEST(server.log().find("hunter2") == std::string::npos);
}

/// By script(1), which gives the program a terminal.
BOOST_AUTO_TEST_CASE(text_has_colours_on_a_terminal_alone)
{
    std::string const serve = std::string{"timeout 3 "} + BRIDGEWATCH_BINARY +
                              " serve --log-format text --listen 127.0.0.1:0 --database-url host=/nowhere; true";
    auto const on_terminal = [&](std::string const& environment) {
        return run({"script", "-qec", environment + " " + serve, "/dev/null"}).output;
    };
    std::string const info = "\033[32mINFO\033[0m";
    BOOST_TEST(on_terminal("TERM=xterm NO_COLOR=").find(info) != std::string::npos);
    for (auto const* plain : {"TERM=xterm NO_COLOR=1", "TERM=dumb NO_COLOR="}) {
        auto const log = on_terminal(plain);
        BOOST_TEST(log.find(" INFO listening") != std::string::npos, log);
        BOOST_TEST(log.find('\033') == std::string::npos, log);
    }
    auto const piped = run({"sh", "-c", "TERM=xterm " + serve});
    BOOST_TEST(piped.errors.find(" INFO listening") != std::string::npos);
    BOOST_TEST(piped.errors.find('\033') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(refusals_of_an_overload_are_sampled_and_counted)
{
    audit_log const log;
    served const server{log.conninfo(), {"--threads", "1", "--pool-size", "1", "--max-requests", "1"}};
    BOOST_TEST_REQUIRE(server.ready());
    std::size_t refused = 0;
    {
        held_pages const held{log};
        auto waiting = ask_aside(server.address(), list);
        BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return log.sessions("wait_event_type = 'Lock'") > 0; }));
        http_client client{server.address()};
        for (int i = 0; i < 2000; ++i)
            refused += client.get(list, as_owner()).status == 503 ? 1 : 0;
    }
    BOOST_TEST(refused == 2000U);
    BOOST_TEST(fetch(server.address(), list, as_owner()).status == 200);
    std::size_t written = 0, left_out = 0;
    BOOST_TEST(eventually(waits::limit,
                          [&] {
                              written = left_out = 0;
                              for (auto const& line : server.log_lines("request")) {
                                  written += line.at("status").to_number<int>() == 503 ? 1 : 0;
                                  if (auto const* count = line.if_contains("left_out"))
                                      left_out += count->to_number<std::size_t>();
                              }
                              return written + left_out == refused;
                          }),
               written << " written, " << left_out << " left out");
    BOOST_TEST(written < refused);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::test
