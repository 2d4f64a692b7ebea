// Does the program need nothing of what deploy/systemd takes away from it?
#include "test/support/audit_log.hpp"
#include "test/support/file_content.hpp"
#include "test/support/served.hpp"
#include "test/support/tight_box.hpp"
#include "test/support/tls_cluster.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>

#include <sys/stat.h>
#include <unistd.h>

namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view unit_file = BRIDGEWATCH_SOURCE_DIR "/deploy/systemd/bridgewatch.service";

/// What systemd-analyze may rate the unit with at most; it counts tenths.
constexpr auto worst_exposure = "--threshold=11";

/// The unit with its drop-in, and with this build's program in the place of the installed one.
class installed_unit {
  public:
    installed_unit()
    {
        constexpr std::string_view program = "/usr/bin/bridgewatch";
        auto text = content(unit_file);
        text.replace(text.find(program), program.size(), BRIDGEWATCH_BINARY);
        std::ofstream{path()} << text;
        fs::create_directory(path() + ".d");
        fs::copy_file(fs::path{unit_file}.replace_filename("tls.conf"), path() + ".d/tls.conf");
    }

    [[nodiscard]] std::string path() const { return (directory_.path() / "bridgewatch.service").string(); }

  private:
    scratch_directory directory_;
};

/// The descendant that runs our program; 0 where there is none.
pid_t program_below(pid_t process)
{
    if (status_line(process, "Name") == "bridgewatch")
        return process;
    auto const id = std::to_string(process);
    std::istringstream children{content("/proc/" + id + "/task/" + id + "/children")};
    for (pid_t child = 0; children >> child;)
        if (auto const found = program_below(child); found != 0)
            return found;
    return 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sandbox)

BOOST_AUTO_TEST_CASE(systemd_takes_the_unit_and_finds_it_tight)
{
    installed_unit const unit;
    auto const verified = run({"systemd-analyze", "verify", "--man=no", unit.path()});
    BOOST_TEST((verified.status == exit_status{}));
    BOOST_TEST(verified.errors.empty(), verified.errors);
    auto const rated =
        run({"systemd-analyze", "security", "--offline=true", "--no-pager", worst_exposure, unit.path()});
    BOOST_TEST((rated.status == exit_status{}), rated.output);
    auto const accounts = fs::path{unit_file}.replace_filename("sysusers.conf").string();
    scratch_directory const root;
    fs::create_directory(root.path() / "etc");
    auto const made = run({"systemd-sysusers", "--root=" + root.path().string(), accounts});
    BOOST_TEST((made.status == exit_status{}), made.errors);
    BOOST_TEST(content(root.path() / "etc/passwd").find("bridgewatch:") != std::string::npos);
    if (::geteuid() != 0)
        return; // files of other accounts are root's to make
    auto const files = fs::path{unit_file}.replace_filename("tmpfiles.conf").string();
    auto const created = run({"systemd-tmpfiles", "--root=" + root.path().string(), "--create", files});
    BOOST_TEST((created.status == exit_status{}), created.errors);
    BOOST_TEST(created.errors.empty(), created.errors);
    BOOST_TEST((fs::status(root.path() / "etc/bridgewatch").permissions() == fs::perms{0750}));
}

BOOST_AUTO_TEST_CASE(page_is_served_without_what_the_unit_takes_away, *boost::unit_test::precondition(has_namespaces))
{
    tls_cluster database;
    audit_log const log{database.server()};
    auto const identity = database.authority().issue("sandboxed", "IP:127.0.0.1");
    ::chmod(identity.key.c_str(), 0600);
    tight_box const inside{content(unit_file)};
    served server{database.by_tls(log.conninfo()),
                  {"--tls-certificate", identity.chain.string(), "--tls-key", identity.key.string()},
                  {.launcher = inside.launcher({BRIDGEWATCH_BINARY, database.authority().root().parent_path()}),
                   .environment = {}}};
    BOOST_TEST_REQUIRE(server.ready());
    auto const page = fetch(server.address(), interceptions_path, as_owner());
    BOOST_TEST(page.status == 200);
    BOOST_TEST(page.body.find("\"count\":60") != std::string::npos);

    auto const program = program_below(server.program().pid());
    BOOST_TEST_REQUIRE(program != 0);
    BOOST_TEST(status_line(program, "NoNewPrivs") == "1");
    BOOST_TEST(status_line(program, "Seccomp") == "2");
    for (auto const* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"})
        BOOST_TEST(status_line(program, set) == "0000000000000000", set);
    ::kill(program, SIGHUP);
    BOOST_TEST(eventually(waits::limit, [&] { return server.log_lines("tls_reloaded").size() == 1U; }));
    ::kill(program, SIGTERM);
    BOOST_TEST(eventually(waits::limit, [&] { return server.log_lines("stopped").size() == 1U; }));
}

/// The sandbox of the case above is one.
BOOST_AUTO_TEST_CASE(what_the_unit_takes_away_is_gone, *boost::unit_test::precondition(has_namespaces))
{
    tight_box const inside{content(unit_file)};
    auto const refused = [&inside](std::vector<std::string> const& command, std::string_view why) {
        auto const tried = inside.run_inside(command);
        BOOST_TEST((tried.status != exit_status{}), command.front());
        BOOST_TEST(tried.errors.find(why) != std::string::npos, tried.errors);
    };
    BOOST_TEST((inside.run_inside({"true"}).status == exit_status{}));
    refused({"touch", "/var/bridgewatch"}, "Read-only file system");
    refused({"unshare", "--user", "true"}, "Operation not permitted");
    refused({"chown", "0:0", "/tmp"}, "Operation not permitted");
    refused({"taskset", "1", "true"}, "Operation not permitted");
}

BOOST_AUTO_TEST_CASE(rights_cannot_grow_again_and_root_is_told_of)
{
    cluster& database = cluster::shared();
    served server{database.conninfo("postgres")};
    BOOST_TEST(status_line(server.program().pid(), "NoNewPrivs") == "1");
    for (auto const& task : fs::directory_iterator{"/proc/" + std::to_string(server.program().pid()) + "/task"})
        BOOST_TEST(status_line(std::stoi(task.path().filename().string()), "NoNewPrivs") == "1");
    BOOST_TEST(server.log_lines("running_as_root").size() == (::geteuid() == 0 ? 1U : 0U));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
