#include "test/support/audit_log.hpp"
#include "test/support/sanitizers.hpp"
#include "test/support/scratch_directory.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

// What the machine has runs out: descriptors, memory, the disk under the log.
namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;

std::string const pages{interceptions_path};

/// A page; nothing where there was no answer at all.
std::optional<http_answer> try_page(std::string const& address, std::string const& query = {})
{
    try {
        return fetch(address, pages + query, as_owner());
    } catch (std::exception const&) {
        return std::nullopt;
    }
}

bool is_refusal(std::optional<http_answer> const& answer)
{
    return answer && answer->status == 503 && answer->headers.contains("retry-after") &&
           answer->json().as_object().contains("message");
}

/// Every one of many connections, so that each loop is asked, has a page.
bool serves(std::string const& address, std::string const& query = {})
{
    for (int i = 0; i < 12; ++i)
        if (auto const answer = try_page(address, query); !answer || answer->status != 200)
            return false;
    return true;
}

rlim_t highest_descriptor(pid_t of)
{
    rlim_t highest = 0;
    for (auto const& each : fs::directory_iterator{"/proc/" + std::to_string(of) + "/fd"})
        highest = std::max<rlim_t>(highest, std::stoul(each.path().filename()));
    return highest;
}

void set_descriptors(pid_t of, rlim_t soft)
{
    rlimit limit{};
    BOOST_TEST_REQUIRE(::prlimit(of, RLIMIT_NOFILE, nullptr, &limit) == 0);
    limit.rlim_cur = std::min(soft, limit.rlim_max);
    BOOST_TEST_REQUIRE(::prlimit(of, RLIMIT_NOFILE, &limit, nullptr) == 0);
}

/// What a process has had in memory at most, in KiB.
std::size_t peak_kib(pid_t of)
{
    return std::stoul(status_line(of, "VmHWM"));
}

/// Pages of some 15 MB each, which are not cut into slices: what is read for one takes as much again and more.
struct large_pages {
    static constexpr int rows = 60;
    static constexpr std::size_t enough_kib = 224UL * 1024, little_kib = 176UL * 1024;
    static constexpr std::size_t askers = 12;

    large_pages() { log.execute("UPDATE aibridge_user_prompts SET prompt = repeat('twelve bytes', 21000)"); }

    /// Under a limit of memory.
    [[nodiscard]] std::unique_ptr<served> start(std::size_t limit_kib, std::vector<std::string> options = {}) const
    {
        options.insert(options.end(), {"--slice-bytes", "1GiB", "--pool-timeout", "5s"});
        auto server = std::make_unique<served>(
            log.conninfo(), options,
            surroundings{.launcher = {"prlimit", "--data=" + std::to_string(limit_kib * 1024)}, .environment = {}});
        BOOST_TEST_REQUIRE(server->ready());
        return server;
    }

    /// Asks for many at one time. @return how many were answered, and how many refused
    static std::pair<std::size_t, std::size_t> flood(std::string const& address)
    {
        std::vector<std::future<std::optional<http_answer>>> asked;
        for (std::size_t i = 0; i < askers; ++i)
            asked.push_back(std::async(std::launch::async, [&] { return try_page(address, "?count=none"); }));
        std::pair<std::size_t, std::size_t> out;
        for (auto& each : asked) {
            auto const answer = each.get();
            if (answer && answer->status == 200 && answer->json().at("results").as_array().size() == rows)
                ++out.first;
            else if (is_refusal(answer))
                ++out.second;
            else
                BOOST_ERROR((answer ? std::to_string(answer->status) + answer->body : "no answer"));
        }
        return out;
    }

    audit_log log;
};

/// A server whose log is a file on a disk of its own, of one size and full soon. Needs root.
class logging_to_small_disk {
  public:
    explicit logging_to_small_disk(audit_log const& log)
        : directory_{scratch_.path() / "disk"},
          program_{{"unshare", "--mount", "--propagation", "private", "sh", "-c",
                    "mkdir $0 && mount -t tmpfs -o size=64k none $0 && exec \"$@\" 2>>$0/log", directory_.string(),
                    BRIDGEWATCH_BINARY, "serve", "--database-url", log.conninfo(), "--listen", address(), "--threads",
                    "1"}}
    {
        BOOST_TEST_REQUIRE(eventually(waits::long_limit, [this] { return serves(address()); }), program_.errors());
    }

    [[nodiscard]] std::string address() const { return "unix:" + (scratch_.path() / "socket").string(); }

    [[nodiscard]] std::string text() const
    {
        std::ifstream file{log_file()};
        return {std::istreambuf_iterator<char>{file}, {}};
    }

    void make_room() const { fs::resize_file(log_file(), 0); }

    void expect_clean_end()
    {
        program_.send(SIGTERM);
        auto const status = program_.wait(waits::long_limit);
        BOOST_TEST((status == exit_status{}));
    }

  private:
    /// As the program sees it.
    [[nodiscard]] fs::path log_file() const
    {
        return fs::path{"/proc/" + std::to_string(program_.pid()) + "/root" + directory_.string()} / "log";
    }

    scratch_directory scratch_;
    fs::path directory_;
    process program_;
};

boost::test_tools::assertion_result may_mount(boost::unit_test::test_unit_id)
{
    return ::geteuid() == 0 && run({"unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"}).status.code == 0;
}

boost::json::object last_line_of(std::string const& text, std::string_view event)
{
    boost::json::object found;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        auto value = boost::json::parse(line); // throws for half a line
        if (value.at("event").as_string() == event)
            found = std::move(value.as_object());
    }
    return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(exhaustion)

BOOST_AUTO_TEST_CASE(few_descriptors_leave_room_for_the_database_and_the_rest_is_refused)
{
    audit_log const log;
    served server{log.conninfo(),
                  {"--pool-size", "8", "--threads", "2"},
                  {.launcher = {"prlimit", "--nofile=64:64"}, .environment = {}}};
    BOOST_TEST_REQUIRE(server.ready());
    auto const lowered = server.log_lines("max_connections_lowered");
    BOOST_TEST_REQUIRE(lowered.size() == 1U);
    auto const most = lowered.front().at("max_connections").to_number<std::size_t>();
    BOOST_TEST((most > 10U && most < 64U), most);

    http_client early{server.address()};
    BOOST_TEST(early.get(pages, as_owner()).status == 200);
    std::vector<std::unique_ptr<http_client>> crowd;
    for (std::size_t i = 0; i < 200; ++i)
        crowd.push_back(std::make_unique<http_client>(server.address()));
    BOOST_TEST(eventually(waits::limit, [&] { return is_refusal(try_page(server.address())); }));
    for (int i = 0; i < 20; ++i)
        BOOST_TEST(early.get(pages, as_owner()).status == 200);
    log.terminate_sessions(); // and there is room for new ones
    BOOST_TEST(early.get(pages, as_owner()).status == 200);
    BOOST_TEST(!server.log_lines("connections_full").empty());
    BOOST_TEST(server.log_lines("accept_failed").empty());
    BOOST_TEST(server.log_lines("database_connect_failed").empty());

    crowd.clear();
    BOOST_TEST(eventually(waits::limit, [&] { return serves(server.address()); }));
}

BOOST_AUTO_TEST_CASE(no_descriptor_left_is_told_to_who_knocks)
{
    audit_log const log;
    served server{log.conninfo()};
    BOOST_TEST_REQUIRE(server.ready());
    http_client early{server.address()};
    BOOST_TEST(early.get(pages, as_owner()).status == 200);

    set_descriptors(server.program().pid(), highest_descriptor(server.program().pid()) + 1);
    std::vector<std::unique_ptr<http_client>> open;
    std::optional<http_answer> refused;
    constexpr std::size_t most_gaps = 40; // below the highest, and of what closes late
    for (int refusals = 0; refusals < 100;) {
        auto client = std::make_unique<http_client>(server.address());
        auto answer = client->get("/livez");
        if (answer.status == 200) {
            open.push_back(std::move(client));
            BOOST_TEST_REQUIRE(open.size() < most_gaps);
            continue;
        }
        BOOST_TEST(is_refusal(answer));
        ++refusals;
        refused = std::move(answer);
    }
    BOOST_TEST(refused->headers.at("connection") == "close");
    BOOST_TEST(refused->headers.contains("x-request-id"));
    BOOST_TEST(early.get(pages, as_owner()).status == 200);
    auto const told = server.log_lines("accept_failed");
    BOOST_TEST_REQUIRE(!told.empty());
    BOOST_TEST(told.front().at("detail").as_string() == "EMFILE");

    set_descriptors(server.program().pid(), RLIM_INFINITY);
    BOOST_TEST(eventually(waits::short_limit, [&] { return serves(server.address()); }));
}

BOOST_FIXTURE_TEST_CASE(answers_keep_within_the_memory_that_there_is, large_pages,
                        *boost::unit_test::precondition(without_sanitizer))
{
    auto const server = start(enough_kib);
    auto const told = server->log_lines("memory_limited");
    BOOST_TEST_REQUIRE(told.size() == 1U);
    BOOST_TEST(told.front().at("max_buffered_bytes").to_number<std::size_t>() == enough_kib * 1024 / 4);
    auto const [answered, refused] = flood(server->address());
    BOOST_TEST(answered > 0U);
    BOOST_TEST(server->log_lines("memory_exhausted").empty());
    BOOST_TEST(peak_kib(server->program().pid()) < enough_kib);
    BOOST_TEST(server->program().is_running());
    BOOST_TEST(serves(server->address()));
    BOOST_TEST_MESSAGE(answered << " answered, " << refused << " refused, at most " << peak_kib(server->program().pid())
                                << " KiB");
}

BOOST_FIXTURE_TEST_CASE(memory_that_runs_out_is_503_and_comes_back, large_pages,
                        *boost::unit_test::precondition(without_sanitizer))
{
    auto const server = start(little_kib, {"--max-buffered-bytes", "4GiB"});
    std::size_t answered = 0, refused = 0;
    for (int round = 0; round < 5 && refused == 0; ++round)
        std::tie(answered, refused) = flood(server->address());
    BOOST_TEST(refused > 0U);
    BOOST_TEST_REQUIRE(server->program().is_running(), server->log());
    BOOST_TEST(eventually(waits::limit, [&] { return !server->log_lines("memory_exhausted").empty(); }));
    // What malloc keeps for one loop the other has not; there is enough for pages of the usual size.
    BOOST_TEST(eventually(waits::limit, [&] { return serves(server->address(), "?limit=2&count=none"); }),
               server->log());
}

BOOST_AUTO_TEST_CASE(full_disk_under_the_log_costs_lines_which_are_counted, *boost::unit_test::precondition(may_mount))
{
    audit_log const log;
    logging_to_small_disk server{log};
    std::size_t asked = 0;
    std::string full;
    auto const is_full = [&] {
        auto const before = full.size();
        for (int i = 0; i < 20; ++i, ++asked)
            BOOST_TEST(fetch(server.address(), pages + "?limit=1", as_owner()).status == 200);
        full = server.text();
        return full.size() >= 60U * 1024 && full.size() == before; // and not just a line that comes late
    };
    BOOST_TEST_REQUIRE(eventually(waits::limit, is_full));
    BOOST_TEST(serves(server.address()));

    server.make_room();
    BOOST_TEST(eventually(waits::limit, [&] {
        BOOST_TEST(fetch(server.address(), pages + "?limit=1", as_owner()).status == 200);
        return server.text().find("\"request\"") != std::string::npos;
    }));
    auto text = server.text();
    text.erase(0, text.find_first_not_of('\n')); // ends what had been half a line
    auto const lost = last_line_of(text, "log_lines_lost");
    BOOST_TEST_REQUIRE(!lost.empty(), text);
    BOOST_TEST(lost.at("lines").to_number<std::size_t>() >= 20U + 12U);
    BOOST_TEST(lost.at("lines").to_number<std::size_t>() < asked + 24U);
    server.expect_clean_end();
}

BOOST_AUTO_TEST_CASE(log_that_cannot_be_written_at_all_is_in_nobodys_way)
{
    audit_log const log;
    scratch_directory const at;
    auto const address = "unix:" + (at.path() / "socket").string();
    process program{{"sh", "-c", "exec \"$@\" >/dev/full 2>&1", "sh", BRIDGEWATCH_BINARY, "serve", "--database-url",
                     log.conninfo(), "--listen", address}};
    BOOST_TEST_REQUIRE(eventually(waits::long_limit, [&] { return serves(address); }));
    BOOST_TEST(serves(address));
    program.send(SIGTERM);
    auto const status = program.wait(waits::long_limit);
    BOOST_TEST((status == exit_status{}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
