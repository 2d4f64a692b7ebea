// Does the program need nothing of what deploy/systemd takes away from it?
#include "app/descriptor.hpp"
#include "test/support/audit_log.hpp"
#include "test/support/served.hpp"
#include "test/support/tls_cluster.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <seccomp.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view unit_file = BRIDGEWATCH_SOURCE_DIR "/deploy/systemd/bridgewatch.service";

/// What systemd-analyze may rate the unit with at most; it counts tenths.
constexpr auto worst_exposure = "--threshold=11";

std::string content(fs::path const& path)
{
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

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

/// The values of the unit's SystemCallFilter lines, in order.
std::vector<std::string> filter_lines()
{
    constexpr std::string_view key = "SystemCallFilter=";
    std::vector<std::string> out;
    std::istringstream text{content(unit_file)};
    for (std::string line; std::getline(text, line);)
        if (line.starts_with(key))
            out.push_back(line.substr(key.size()));
    return out;
}

/// The names of system calls that a set of systemd's stands for.
std::set<std::string> calls_in(std::string const& name)
{
    if (!name.starts_with('@'))
        return {name};
    std::set<std::string> out;
    std::istringstream lines{run({"systemd-analyze", "syscall-filter", name}).output};
    std::string line;
    std::getline(lines, line); // its name
    while (std::getline(lines, line)) {
        auto const start = line.find_first_not_of(' ');
        if (start != std::string::npos && line[start] != '#')
            out.merge(calls_in(line.substr(start)));
    }
    return out;
}

/// As systemd reads them (systemd.exec, "SystemCallFilter="): the first line makes it a list of what is allowed.
std::set<std::string> allowed_calls()
{
    auto out = calls_in("@default");
    for (auto const& line : filter_lines()) {
        bool const takes_away = line.starts_with('~');
        std::istringstream names{line.substr(takes_away ? 1 : 0)};
        for (std::string name; names >> name;)
            for (auto const& call : calls_in(name)) {
                if (takes_away)
                    out.erase(call);
                else
                    out.insert(call);
            }
    }
    out.insert({"execve", "exit", "exit_group", "rt_sigreturn"});
    return out;
}

/// The unit's system calls as a program for the kernel: SystemCallFilter=, and what systemd makes of
/// MemoryDenyWriteExecute=, RestrictAddressFamilies= and RestrictNamespaces=.
class unit_filter {
  public:
    unit_filter()
    {
        for (auto const& name : allowed_calls()) {
            auto const number = seccomp_syscall_resolve_name(name.c_str());
            if (number >= 0 && !restricted(name))
                allow(number, {});
        }
        constexpr scmp_datum_t writable_code = PROT_WRITE | PROT_EXEC;
        for (scmp_datum_t const mode : {scmp_datum_t{0}, scmp_datum_t{PROT_WRITE}, scmp_datum_t{PROT_EXEC}})
            allow(SCMP_SYS(mmap), {bits(2, writable_code, mode)});
        allow(SCMP_SYS(mprotect), {bits(2, PROT_EXEC, 0)});
        for (auto const family : {AF_UNIX, AF_INET, AF_INET6})
            allow(SCMP_SYS(socket), {bits(0, ~scmp_datum_t{0}, static_cast<scmp_datum_t>(family))});
        constexpr scmp_datum_t namespaces =
            CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWUTS;
        allow(SCMP_SYS(clone), {bits(0, namespaces, 0)});
        check(seccomp_rule_add(filter_.get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0));
    }

    void write_to(fs::path const& path) const
    {
        app::descriptor const file{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
        check(seccomp_export_bpf(filter_.get(), file.get()));
    }

  private:
    struct releaser {
        void operator()(void* filter) const { seccomp_release(filter); }
    };

    static bool restricted(std::string_view name)
    {
        static std::set<std::string_view> const names{"mmap",   "mprotect", "pkey_mprotect", "socket",
                                                      "clone3", "clone",    "unshare",       "setns"};
        return names.contains(name);
    }

    /// That these bits of an argument are so.
    static scmp_arg_cmp bits(unsigned argument, scmp_datum_t mask, scmp_datum_t value)
    {
        return {.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
    }

    static void check(int result)
    {
        if (result != 0)
            throw std::runtime_error{"libseccomp: " + std::to_string(result)};
    }

    void allow(int call, std::vector<scmp_arg_cmp> const& where)
    {
        check(seccomp_rule_add_array(filter_.get(), SCMP_ACT_ALLOW, call, static_cast<unsigned>(where.size()),
                                     where.data()));
    }

    std::unique_ptr<void, releaser> filter_{seccomp_init(SCMP_ACT_ERRNO(EPERM))};
};

/// Runs a program as the unit does, as far as that can be had without systemd: a root that is read-only, a /tmp and
/// /dev of its own, no capabilities, no way to get any, and the unit's system calls.
class tight_box {
  public:
    tight_box() { unit_filter{}.write_to(directory_.path() / "filter"); }

    /// @param readable what it may see below /tmp
    [[nodiscard]] std::vector<std::string> launcher(std::vector<fs::path> const& readable = {}) const
    {
        std::vector<std::string> out{"sh",
                                     "-c",
                                     R"(filter="$1"; shift; exec bwrap --seccomp 9 "$@" 9< "$filter")",
                                     "sh",
                                     (directory_.path() / "filter").string(),
                                     "--unshare-user",
                                     "--unshare-pid",
                                     "--unshare-ipc",
                                     "--unshare-uts",
                                     "--cap-drop",
                                     "ALL",
                                     "--ro-bind",
                                     "/",
                                     "/",
                                     "--dev",
                                     "/dev",
                                     "--proc",
                                     "/proc",
                                     "--tmpfs",
                                     "/tmp",
                                     "--ro-bind", // it may have been built there
                                     BRIDGEWATCH_BINARY,
                                     BRIDGEWATCH_BINARY,
                                     "--die-with-parent"};
        for (auto const& path : readable)
            out.insert(out.end(), {"--ro-bind", path.string(), path.string()});
        out.emplace_back("--");
        return out;
    }

    [[nodiscard]] finished run_inside(std::vector<std::string> const& command) const
    {
        auto line = launcher();
        line.insert(line.end(), command.begin(), command.end());
        return run(line);
    }

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

/// Whether this machine lets us make namespaces; a container may not.
boost::test_tools::assertion_result has_namespaces(boost::unit_test::test_unit_id)
{
    auto const tried = run({"bwrap", "--unshare-user", "--ro-bind", "/", "/", "true"});
    boost::test_tools::assertion_result out{tried.status == exit_status{}};
    out.message() << "no namespaces here: " << tried.errors;
    return out;
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
}

BOOST_AUTO_TEST_CASE(page_is_served_without_what_the_unit_takes_away, *boost::unit_test::precondition(has_namespaces))
{
    tls_cluster database;
    audit_log const log{database.server()};
    auto const identity = database.authority().issue("sandboxed", "IP:127.0.0.1");
    ::chmod(identity.key.c_str(), 0600);
    tight_box const inside;
    served server{database.by_tls(log.conninfo()),
                  {"--tls-certificate", identity.chain.string(), "--tls-key", identity.key.string()},
                  {.launcher = inside.launcher({database.authority().root().parent_path()}), .environment = {}}};
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
    tight_box const inside;
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
