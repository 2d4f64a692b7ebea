#include "app/private_cluster.hpp"
#include "test/support/cluster.hpp"
#include "test/support/scratch_directory.hpp"
#include "test/support/waits.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

namespace {

namespace bdata = boost::unit_test::data;
namespace fs = std::filesystem;
using namespace bridgewatch;
using app::private_cluster;
using app::stop_mode;
using test::cluster;
using test::eventually;

struct short_directory : test::scratch_directory {
    [[nodiscard]] app::cluster_settings settings() const
    {
        app::cluster_settings out;
        out.directory = path() / "demo";
        out.initdb_arguments = {"--no-locale", "--no-sync"};
        out.parameters = {{"fsync", "off"}};
        return out;
    }
};

std::string start_fault(app::cluster_settings const& settings)
{
    private_cluster server{settings};
    auto const started = server.start();
    BOOST_TEST_REQUIRE(started.has_error());
    BOOST_TEST(started.error().find('\n') == std::string::npos);
    return started.error();
}

/// Starts a cluster in a process of its own and kills that; returns the server's process id.
pid_t start_and_kill_the_owner(app::cluster_settings const& settings)
{
    auto const owner = ::fork();
    if (owner == 0) {
        private_cluster server{settings};
        if (!server.start())
            ::_exit(1);
        std::ofstream{settings.directory / "ready"} << "yes\n";
        for (;;)
            ::pause();
    }
    bool const ready = eventually(test::waits::long_limit, [&] { return fs::exists(settings.directory / "ready"); });
    pid_t server = 0;
    std::ifstream{settings.directory / "postgres" / "postmaster.pid"} >> server;
    ::kill(owner, SIGKILL);
    ::waitpid(owner, nullptr, 0);
    BOOST_TEST_REQUIRE(ready);
    BOOST_TEST_REQUIRE(server > 0);
    return server;
}

boost::test_tools::assertion_result started_as_root(boost::unit_test::test_unit_id)
{
    return ::geteuid() == 0;
}

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(stop_mode)

BOOST_AUTO_TEST_SUITE(private_cluster_life)

BOOST_DATA_TEST_CASE(data_outlives_every_way_to_stop,
                     bdata::make({stop_mode::fast, stop_mode::immediate, stop_mode::kill}), how)
{
    cluster own;
    auto const conninfo = own.create_database();
    cluster::execute(conninfo, "CREATE TABLE kept AS SELECT 42 AS answer");
    cluster::execute(conninfo, "CHECKPOINT"); // the test cluster does not wait for the disk at a commit
    BOOST_TEST(own.is_running());
    own.stop(how);
    BOOST_TEST(!own.is_running());
    BOOST_CHECK_THROW(cluster::execute(conninfo, "SELECT 1"), std::runtime_error);
    own.start();
    BOOST_TEST(own.is_running());
    BOOST_TEST(cluster::value(conninfo, "SELECT answer FROM kept") == "42");
}

BOOST_FIXTURE_TEST_CASE(a_killed_owner_takes_its_server_along_and_the_next_start_works, short_directory)
{
    auto const server = start_and_kill_the_owner(settings());
    BOOST_TEST(app::wait_until_gone(server, test::waits::limit));
    private_cluster again{settings()};
    auto const started = again.start();
    BOOST_TEST(started.has_value(), started.error());
}

BOOST_FIXTURE_TEST_CASE(the_next_start_does_not_have_to_wait_by_itself, short_directory)
{
    (void)start_and_kill_the_owner(settings());
    private_cluster again{settings()};
    auto const started = again.start();
    BOOST_TEST(started.has_value(), started.error());
    BOOST_TEST(again.is_running());
}

BOOST_FIXTURE_TEST_CASE(an_initdb_that_was_killed_is_done_again, short_directory)
{
    auto const unfinished = settings().directory / "postgres.unfinished";
    fs::create_directories(unfinished / "base");
    std::ofstream{unfinished / "PG_VERSION"} << "15\n";
    private_cluster server{settings()};
    auto const started = server.start();
    BOOST_TEST(started.has_value(), started.error());
    BOOST_TEST(!fs::exists(unfinished));
}

BOOST_FIXTURE_TEST_CASE(a_directory_is_used_by_one_at_a_time, short_directory)
{
    private_cluster first{settings()};
    BOOST_TEST_REQUIRE(first.start().has_value());
    BOOST_TEST(start_fault(settings()) == "another bridgewatch is using " + settings().directory.string());
    BOOST_TEST(first.is_running());
}

BOOST_FIXTURE_TEST_CASE(nobody_else_gets_to_the_socket, short_directory)
{
    private_cluster server{settings()};
    BOOST_TEST_REQUIRE(server.start().has_value());
    auto const mode = fs::status(settings().directory / "run").permissions();
    BOOST_TEST((mode == fs::perms::owner_all));
    BOOST_TEST(cluster::value(server.conninfo("postgres"), "SHOW listen_addresses") == "");
}

BOOST_FIXTURE_TEST_CASE(a_file_in_the_way_is_named, short_directory)
{
    std::ofstream{path() / "demo"} << "a file";
    BOOST_TEST(start_fault(settings()) == "cannot use " + (path() / "demo").string() + ": it is not a directory");
}

BOOST_FIXTURE_TEST_CASE(a_directory_that_cannot_be_made_is_named, short_directory)
{
    auto wanted = settings();
    wanted.directory = "/proc/bridgewatch/demo";
    BOOST_TEST(start_fault(wanted).starts_with("cannot make the directory /proc/bridgewatch: "));
}

BOOST_FIXTURE_TEST_CASE(a_disk_that_is_too_small_is_found_before_initdb, short_directory)
{
    auto wanted = settings();
    wanted.needed_bytes = std::numeric_limits<std::uint64_t>::max();
    auto const fault = start_fault(wanted);
    BOOST_TEST(fault.starts_with("not enough free space in " + wanted.directory.string() + ": "));
    BOOST_TEST(!fs::exists(wanted.directory / "postgres"));
    BOOST_TEST(!fs::exists(wanted.directory / "postgres.unfinished"));
}

BOOST_FIXTURE_TEST_CASE(a_path_too_long_for_a_socket_is_found_before_initdb, short_directory)
{
    auto wanted = settings();
    wanted.directory = path() / std::string(100, 'x');
    BOOST_TEST(start_fault(wanted).starts_with("the path of the data directory is too long for a unix socket: "));
    BOOST_TEST(!fs::exists(wanted.directory / "postgres"));
}

BOOST_FIXTURE_TEST_CASE(what_initdb_says_is_passed_on, short_directory)
{
    auto wanted = settings();
    wanted.initdb_arguments = {"--locale=nowhere"};
    auto const fault = start_fault(wanted);
    BOOST_TEST(fault.starts_with("initdb failed: "));
    BOOST_TEST(fault.find("nowhere") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(what_the_server_says_is_passed_on, short_directory)
{
    auto wanted = settings();
    wanted.parameters = {{"shared_buffers", "nonsense"}};
    auto const fault = start_fault(wanted);
    BOOST_TEST(fault.starts_with("PostgreSQL did not start: "));
    BOOST_TEST(fault.find("shared_buffers") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(as_root_a_directory_that_the_server_cannot_enter_is_named, short_directory,
                        *boost::unit_test::precondition(started_as_root))
{
    fs::create_directory(path() / "closed");
    fs::permissions(path() / "closed", fs::perms::owner_all);
    auto wanted = settings();
    wanted.directory = path() / "closed" / "demo";
    BOOST_TEST(start_fault(wanted) == "user postgres, as whom PostgreSQL runs, cannot enter " +
                                          (path() / "closed").string() +
                                          ": choose another data directory, or allow it with chmod o+x");
}

BOOST_AUTO_TEST_SUITE_END()
