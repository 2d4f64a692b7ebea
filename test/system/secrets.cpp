// Does a token or the database's password ever get out: into the log, an answer, `ps`, PostgreSQL's log, a core dump?
#include "app/child_process.hpp"
#include "test/support/audit_log.hpp"
#include "test/support/raw_client.hpp"
#include "test/support/sanitizers.hpp"
#include "test/support/scratch_directory.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace fs = std::filesystem;

namespace bridgewatch::test {
namespace {

constexpr std::string_view password = "pass-of-the-database";
constexpr std::string_view secret = "ssssssssssssssssssssss";
constexpr std::string_view guess = "gggggggggggggggggggggg";

std::string text_of(fs::path const& name)
{
    std::ifstream file{name};
    return {std::istreambuf_iterator<char>{file}, {}};
}

std::string file_of(process const& program, std::string_view name)
{
    return text_of("/proc/" + std::to_string(program.pid()) + "/" + std::string{name});
}

void expect_clean(std::string_view what, std::string_view text)
{
    for (auto const& hidden : {password, secret, guess})
        BOOST_TEST(text.find(hidden) == std::string_view::npos, what << " holds " << hidden << ": " << text);
}

/// Requests that fail in every way that a request can, each with a token in it.
std::vector<std::string> faulty_requests()
{
    std::string const path{interceptions_path};
    std::string const good{owner_token};
    std::string const wrong = "keyofowner-" + std::string{guess};
    auto const unknown = "keyunknown-" + std::string{guess};
    auto const get = [](std::string const& target, std::string const& fields) {
        return "GET " + target + " HTTP/1.1\r\nHost: t\r\nConnection: close\r\n" + fields + "\r\n";
    };
    auto const header = [](std::string const& token) { return "Coder-Session-Token: " + token + "\r\n"; };
    std::vector<std::string> out;
    for (auto const& token : {good, wrong, unknown, std::string{guess}, std::string{guess} + "-" + std::string{guess}})
        for (std::string const target :
             {"?limit=bad", "?q=modle:x", "?q=initiator:nobody", "?after_id=x", "?limit=5000", ""}) {
            out.push_back(get(path + target, header(token)));
            out.push_back(get(path + target, "Cookie: coder_session_token=" + token + "\r\n"));
            out.push_back(get(path + target, "Authorization: Bearer " + token + "\r\n"));
            auto const so_far = target.empty() ? "?" : target + "&";
            out.push_back(get(std::string{path}.append(so_far).append("coder_session_token=").append(token), ""));
        }
    out.push_back(get("/nowhere/" + good, header(good)));
    out.push_back(get(path + "/" + good, header(good)));
    out.push_back(get("/api/v2/aibridge/sessions/x?coder_session_token=" + wrong, ""));
    out.push_back("DELETE " + path + "?coder_session_token=" + good + " HTTP/1.1\r\nHost: t\r\n\r\n");
    out.push_back(get(path + "?coder_session_token=" + good + "&x=" + std::string(17'000, 'x'), ""));
    out.push_back(get(path, header(good) + "X: " + std::string(33'000, 'x') + "\r\n"));
    out.push_back(get(path, header(good) + " folded\r\n"));
    out.push_back(get(path + "?coder_session_token=" + good + " x", ""));
    out.push_back(get(path, header(good) + "traceparent: " + good + "\r\n"));
    out.push_back(get(path, header(good) + "Content-Length: " + good + "\r\n"));
    out.push_back(get(path, header(good) + "Content-Length: 70000\r\n"));
    out.push_back("GET " + path + " HTTP/1.1\r\nHost: " + good + "/\r\n\r\n");
    out.push_back(good + "\r\n\r\n");
    return out;
}

/// Sends them all, and looks at what comes back.
void ask_everything(std::string const& address)
{
    for (auto const& request : faulty_requests())
        expect_clean("an answer", exchange_bytes(address, request, waits::limit).bytes);
}

/// How a `serve` that crashes ends; the status as wait(2) gives it.
int crash(std::vector<std::string> const& options, fs::path const& directory)
{
    std::vector<std::string> line{BRIDGEWATCH_BINARY,      "serve",    "--database-url",
                                  "host=127.0.0.1 port=1", "--listen", "unix:" + (directory / "socket").string()};
    line.insert(line.end(), options.begin(), options.end());
    std::vector<char*> arguments;
    arguments.reserve(line.size() + 1);
    for (auto& each : line)
        arguments.push_back(each.data());
    arguments.push_back(nullptr);
    auto const child = ::fork();
    if (child == 0) {
        rlimit const all{.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
        bool const ready = ::setrlimit(RLIMIT_CORE, &all) == 0 && ::chdir(directory.c_str()) == 0;
        if (ready)
            ::execv(arguments.front(), arguments.data());
        ::_exit(1);
    }
    auto const serves =
        eventually(waits::limit, [&] { return is_served("unix:" + (directory / "socket").string(), "/livez"); });
    ::kill(child, serves ? SIGSEGV : SIGKILL); // none is left behind, on whose output the run would wait
    int status = 0;
    ::waitpid(child, &status, 0);
    BOOST_TEST_REQUIRE(serves);
    return status;
}

} // namespace

BOOST_AUTO_TEST_SUITE(secrets)

BOOST_AUTO_TEST_CASE(no_fault_lets_one_out)
{
    cluster own{{{"log_statement", "all"}, {"log_min_messages", "info"}, {"log_min_duration_statement", "0"}}};
    audit_log const log{own};
    served server{log.conninfo() + " password=" + std::string{password},
                  {"--log-level", "debug", "--request-timeout", "3s", "--statement-timeout", "300ms",
                   "--max-auth-failures", "30", "--auth-cache-ttl", "0"}};
    BOOST_TEST_REQUIRE(server.ready());
    ask_everything(server.address());
    {
        held_pages const held{log}; // 504
        expect_clean("an answer", fetch(server.address(), interceptions_path, as_owner()).body);
    }
    log.execute("ALTER TABLE aibridge_user_prompts RENAME COLUMN prompt TO prompt_away"); // 500 or 503
    ask_everything(server.address());
    log.execute("ALTER TABLE api_keys RENAME COLUMN hashed_secret TO hash_away");
    ask_everything(server.address());
    expect_clean("a half request's answer",
                 exchange_bytes(server.address(),
                                "GET / HTTP/1.1\r\nCoder-Session-Token: " + std::string{owner_token} + "\r\n",
                                waits::limit)
                     .bytes); // 408
    // The statements' log has the ids that were looked up, and no secrets: those stay with us.
    auto const data = fs::path{log.value("SHOW data_directory")};
    auto const statements = text_of(data.parent_path() / "postgres.log");
    BOOST_TEST(statements.find("keyunknown") != std::string::npos);
    expect_clean("PostgreSQL's log", statements);
    own.stop(app::stop_mode::immediate);
    ask_everything(server.address()); // 503
    server.program().send(SIGTERM);
    BOOST_TEST_REQUIRE(server.program().wait(waits::limit).has_value());
    std::multiset<int> seen;
    for (auto const& line : server.log_lines("request"))
        seen.insert(line.at("status").to_number<int>());
    for (auto const status : {200, 400, 401, 404, 405, 408, 413, 414, 429, 431, 503, 504})
        BOOST_TEST(seen.count(status) > 0U, status << " was not tried");
    expect_clean("the log", server.log());
}

BOOST_AUTO_TEST_CASE(password_on_the_command_line_is_overwritten)
{
    audit_log const log;
    auto const url = log.conninfo() + " password=" + std::string{password};
    served server{url};
    BOOST_TEST_REQUIRE(server.ready());
    auto const line = file_of(server.program(), "cmdline");
    BOOST_TEST(line.find("--database-url") != std::string::npos, line);
    BOOST_TEST(line.find(log.conninfo()) == std::string::npos, line);
    expect_clean("the command line", line);
    BOOST_TEST(fetch(server.address(), interceptions_path, as_owner()).status == 200); // it has not forgotten it
}

BOOST_AUTO_TEST_CASE(environment_is_for_root_only)
{
    scratch_directory const directory;
    auto const socket = "unix:" + (directory.path() / "socket").string();
    ::chmod(directory.path().c_str(), 0777);
    auto const nobody = ::geteuid() == 0 ? app::find_account("nobody") : std::nullopt;
    if (::geteuid() == 0)
        BOOST_TEST_REQUIRE(nobody.has_value());
    process const server{{BRIDGEWATCH_BINARY, "serve", "--listen", socket},
                         {{"BRIDGEWATCH_DATABASE_URL", "host=127.0.0.1 port=1 password=" + std::string{password}}},
                         nobody};
    BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return fs::exists(directory.path() / "socket"); }));
    struct stat file{};
    auto const path = "/proc/" + std::to_string(server.pid()) + "/environ";
    BOOST_TEST_REQUIRE(::stat(path.c_str(), &file) == 0);
    BOOST_TEST(file.st_uid == 0U); // not that of the process's own user
    BOOST_TEST((file.st_mode & 0777U) == 0400U);
    if (::geteuid() != 0)
        BOOST_TEST(file_of(server, "environ").empty());
}

BOOST_AUTO_TEST_CASE(crash_leaves_no_core_dump_unless_asked, *boost::unit_test::precondition(without_sanitizer))
{
    scratch_directory const without, with;
    auto const quiet = crash({}, without.path());
    BOOST_TEST_REQUIRE(WIFSIGNALED(quiet));
    BOOST_TEST(!WCOREDUMP(quiet));
    auto const dumped = crash({"--core-dumps"}, with.path());
    BOOST_TEST_REQUIRE(WIFSIGNALED(dumped));
    rlimit limit{};
    ::getrlimit(RLIMIT_CORE, &limit);
    if (limit.rlim_max == RLIM_INFINITY) // elsewhere the system forbids it
        BOOST_TEST(WCOREDUMP(dumped));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
