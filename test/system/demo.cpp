#include "test/support/process.hpp"
#include "test/support/scratch_directory.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;
using steady_clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds second_start_limit{3000};
constexpr std::string_view last_words = "Ctrl-C stops both.";

/// A directory for a demo's data.
class place : public scratch_directory {
  public:
    [[nodiscard]] fs::path data() const { return path() / "postgres"; }

    /// Whether a PostgreSQL runs on this directory.
    [[nodiscard]] bool has_server() const
    {
        std::string const wanted{std::string{"-D"} + '\0' + data().string() + '\0'};
        std::error_code ignored;
        for (auto const& entry : fs::directory_iterator{"/proc", ignored}) {
            std::ifstream command{entry.path() / "cmdline"};
            std::string const line{std::istreambuf_iterator<char>{command}, {}};
            if (line.find(wanted) != std::string::npos)
                return true;
        }
        return false;
    }
};

std::vector<std::string> command_line(fs::path const& directory, std::vector<std::string> const& options = {})
{
    std::vector<std::string> line{BRIDGEWATCH_BINARY, "demo", "--data-dir", directory.string()};
    line.insert(line.end(), options.begin(), options.end());
    return line;
}

std::vector<std::string> small(std::string const& interceptions = "300")
{
    return {"--listen", "127.0.0.1:0", "--interceptions", interceptions};
}

/// Waits until it serves. @return what it has printed.
std::string wait_until_served(process& demo)
{
    BOOST_TEST_REQUIRE(demo.wait_for_text(last_words, waits::long_limit), demo.errors());
    return demo.output();
}

std::vector<std::string> lines_with(std::string const& text, std::string_view part)
{
    std::vector<std::string> out;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);)
        if (line.find(part) != std::string::npos)
            out.push_back(line);
    return out;
}

/// The lines that name a role, its token and its user.
std::vector<std::string> tokens(std::string const& printed)
{
    std::vector<std::string> out;
    for (std::string const role : {"owner", "auditor", "member"})
        for (auto const& line : lines_with(printed, "  " + role + " "))
            out.push_back(line);
    BOOST_TEST_REQUIRE(out.size() == 3U, printed);
    return out;
}

/// Pastes a printed line into a shell.
boost::json::value paste(std::string const& line)
{
    auto const said = run({"/bin/sh", "-c", line});
    BOOST_TEST_REQUIRE(said.status.code == 0, line << ": " << said.errors);
    return boost::json::parse(said.output);
}

void expect_working_lines(std::string const& printed)
{
    auto const lines = lines_with(printed, "curl ");
    BOOST_TEST_REQUIRE(lines.size() == 4U, printed);
    auto const owners = paste(lines[0]);
    BOOST_TEST(owners.at("results").as_array().size() == 2U);
    BOOST_TEST(owners.at("count").to_number<int>() > 250); // some are in flight
    BOOST_TEST(paste(lines[1]).at("count").to_number<int>() >= 0);
    BOOST_TEST(paste(lines[2]).at("sessions").as_array().size() == 2U);
    BOOST_TEST(paste(lines[3]).at("count").to_number<int>() == 0);
}

void expect_clean_end(process& demo, place const& at)
{
    demo.send(SIGINT);
    auto const status = demo.wait(waits::long_limit);
    BOOST_TEST_REQUIRE(status.has_value());
    BOOST_TEST((*status == exit_status{}));
    BOOST_TEST(!at.has_server());
    BOOST_TEST(!fs::exists(at.data() / "postmaster.pid"));
}

/// A refusal: status 1 and one line that says why.
void expect_refusal(finished const& said, std::string_view why)
{
    BOOST_TEST(said.status.code == 1);
    BOOST_TEST(said.errors.find('\n') == said.errors.size() - 1, said.errors);
    BOOST_TEST(said.errors.starts_with("bridgewatch demo: "), said.errors);
    BOOST_TEST(said.errors.find(why) != std::string::npos, said.errors);
    BOOST_TEST(said.output.empty(), said.output);
}

/// Runs a shell's preparation as root in mounts of its own, and then the demo.
std::vector<std::string> with_mounts(std::string const& preparation, std::vector<std::string> const& demo)
{
    std::vector<std::string> line{"unshare", "--mount", "/bin/sh", "-c", preparation + " && exec \"$@\"", "sh"};
    line.insert(line.end(), demo.begin(), demo.end());
    return line;
}

boost::test_tools::assertion_result may_mount(boost::unit_test::test_unit_id)
{
    return ::geteuid() == 0 &&
           run({"unshare", "--mount", "/bin/sh", "-c", "mount -t tmpfs none /mnt"}).status.code == 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(demo)

BOOST_AUTO_TEST_CASE(first_start_seeds_and_second_one_reuses_it)
{
    place const at;
    std::vector<std::string> first_tokens;
    {
        process first{command_line(at.path(), small())};
        auto const printed = wait_until_served(first);
        first_tokens = tokens(printed);
        expect_working_lines(printed);
        BOOST_TEST(at.has_server());
        expect_clean_end(first, at);
    }
    auto const start = steady_clock::now();
    process second{command_line(at.path(), small())};
    auto const printed = wait_until_served(second);
    BOOST_TEST((steady_clock::now() - start < second_start_limit));
    BOOST_TEST(tokens(printed) == first_tokens, boost::test_tools::per_element());
    expect_working_lines(printed);
    expect_clean_end(second, at);
}

BOOST_AUTO_TEST_CASE(killed_demo_starts_again_by_itself)
{
    place const at;
    std::vector<std::string> first_tokens;
    {
        process killed{command_line(at.path(), small())};
        first_tokens = tokens(wait_until_served(killed));
        killed.send(SIGKILL);
        BOOST_TEST_REQUIRE(killed.wait(waits::limit).has_value());
    }
    process again{command_line(at.path(), small())};
    auto const printed = wait_until_served(again);
    BOOST_TEST(tokens(printed) == first_tokens, boost::test_tools::per_element());
    expect_working_lines(printed);
    expect_clean_end(again, at);
}

BOOST_DATA_TEST_CASE(first_start_that_is_cut_off_leaves_nothing_in_the_way, bdata::make({SIGINT, SIGTERM, SIGKILL}),
                     signal)
{
    place const at;
    {
        process cut_off{command_line(at.path(), small("20000"))};
        BOOST_TEST_REQUIRE(eventually(waits::long_limit, [&] { return fs::exists(at.data() / "postmaster.pid"); }));
        cut_off.send(signal);
        BOOST_TEST_REQUIRE(cut_off.wait(waits::limit).has_value());
        BOOST_TEST(eventually(waits::limit, [&] { return !at.has_server(); }));
    }
    process again{command_line(at.path(), small())};
    expect_working_lines(wait_until_served(again));
    expect_clean_end(again, at);
}

BOOST_AUTO_TEST_CASE(demo_whose_postgresql_dies_still_ends_cleanly)
{
    place const at;
    process running{command_line(at.path(), small())};
    auto const printed = wait_until_served(running);
    auto const owners = lines_with(printed, "curl ").front();
    pid_t server = 0;
    std::ifstream{at.data() / "postmaster.pid"} >> server;
    BOOST_TEST_REQUIRE(server > 0);
    ::kill(server, SIGKILL);
    BOOST_TEST(eventually(waits::limit, [&] {
        auto const answer = paste(owners);
        return answer.as_object().contains("message") && !answer.as_object().contains("results");
    }));
    BOOST_TEST(running.is_running());
    running.send(SIGINT);
    auto const status = running.wait(waits::long_limit);
    BOOST_TEST_REQUIRE(status.has_value());
    BOOST_TEST((*status == exit_status{}));
    process again{command_line(at.path(), small())};
    expect_working_lines(wait_until_served(again));
    expect_clean_end(again, at);
}

BOOST_AUTO_TEST_CASE(second_demo_on_the_same_directory_is_refused)
{
    place const at;
    process first{command_line(at.path(), small())};
    auto const printed = wait_until_served(first);
    expect_refusal(run(command_line(at.path(), small())), "another bridgewatch is using");
    expect_working_lines(printed);
    expect_clean_end(first, at);
}

BOOST_AUTO_TEST_CASE(port_in_use_is_known_before_anything_is_made)
{
    place const at;
    served const other{"host=127.0.0.1 port=1"};
    expect_refusal(run(command_line(at.path() / "new", {"--listen", other.address()})), "address already in use");
    BOOST_TEST(!fs::exists(at.path() / "new"));
}

BOOST_AUTO_TEST_CASE(directory_that_cannot_be_written_is_refused)
{
    place const at;
    std::ofstream{at.path() / "file"} << "mine";
    expect_refusal(run(command_line(at.path() / "file" / "demo", small())), (at.path() / "file").string());
    expect_refusal(run(command_line(at.path() / "file", small())), "not a directory");
    expect_refusal(run(command_line("/proc/demo", small())), "/proc/demo");
}

BOOST_AUTO_TEST_CASE(too_long_a_path_is_refused)
{
    place const at;
    expect_refusal(run(command_line(at.path() / std::string(100, 'x'), small())), "too long");
}

BOOST_AUTO_TEST_CASE(more_than_fits_on_the_disk_is_refused)
{
    place const at;
    expect_refusal(run(command_line(at.path(), small("100000000"))), "not enough free space");
}

BOOST_AUTO_TEST_CASE(small_disk_is_refused, *boost::unit_test::precondition(may_mount))
{
    place const at;
    auto const mount = "mount -t tmpfs -o size=30m none " + at.path().string();
    expect_refusal(run(with_mounts(mount, command_line(at.path(), small()))), "not enough free space");
}

BOOST_AUTO_TEST_CASE(missing_postgresql_is_refused, *boost::unit_test::precondition(may_mount))
{
    place const at;
    constexpr auto hide = "mount -t tmpfs none /usr/lib/postgresql";
    expect_refusal(run(with_mounts(hide, command_line(at.path(), small()))), "apt-get install postgresql");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
