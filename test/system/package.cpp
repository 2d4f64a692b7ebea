// Does the Debian package install, serve, upgrade and go away as one expects? systemd does not run here: what it would
// start is started as its unit says, by its account and in its sandbox.
#include "test/support/audit_log.hpp"
#include "test/support/overlay_root.hpp"
#include "test/support/tight_box.hpp"
#include "test/support/tls_cluster.hpp"
#include "test/support/waits.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;

constexpr auto configuration = "/etc/bridgewatch/bridgewatch.conf";
constexpr auto url_file = "/etc/bridgewatch/database-url";
constexpr auto enabled_unit = "/etc/systemd/system/multi-user.target.wants/bridgewatch.service";

bool succeeded(finished const& program)
{
    return program.status == exit_status{};
}

bool has(std::string const& text, std::string_view what)
{
    return text.find(what) != std::string::npos;
}

/// The package of this build, made on first use.
class built_package {
  public:
    static built_package const& instance()
    {
        static built_package const made;
        return made;
    }

    [[nodiscard]] std::string const& path() const { return path_; }

    /// The same with a higher version, and a configuration that has a line more.
    [[nodiscard]] std::string const& newer() const { return newer_; }

  private:
    built_package()
    {
        auto const& folder = directory_.path();
        must({"cpack", "--config", BRIDGEWATCH_BUILD_DIR "/CPackConfig.cmake", "-B", folder.string()});
        for (auto const& entry : fs::directory_iterator{folder})
            if (entry.path().extension() == ".deb")
                path_ = entry.path().string();
        newer_ = (folder / "newer.deb").string();
        must({"sh", "-c", R"(set -e
            dpkg-deb --raw-extract "$1" "$2"
            sed -i 's/^Version: .*/Version: 99.0/' "$2/DEBIAN/control"
            echo '# a line of the newer version' >> "$2/etc/bridgewatch/bridgewatch.conf"
            dpkg-deb --root-owner-group -Znone --build "$2" "$3")",
              "sh", path_, (folder / "newer").string(), newer_});
    }

    static void must(std::vector<std::string> const& command)
    {
        if (auto const done = run(command); !succeeded(done))
            throw std::runtime_error{command.front() + ": " + done.output + done.errors};
    }

    scratch_directory directory_;
    std::string path_, newer_;
};

/// A machine that the package is installed on, and taken away from.
class machine {
  public:
    /// Must succeed. @return what it says
    std::string operator()(std::vector<std::string> const& command) const
    {
        auto const done = root_.run_inside(command);
        BOOST_TEST(succeeded(done), command.front() << ' ' << command.back() << ": " << done.output << done.errors);
        return done.output;
    }

    /// Without triggers: indexing the machine's whole manual anew takes seconds, and is none of ours.
    std::string dpkg(std::vector<std::string> const& arguments) const
    {
        std::vector<std::string> line{"dpkg", "--no-triggers", "--force-confold"};
        line.insert(line.end(), arguments.begin(), arguments.end());
        return (*this)(line);
    }

    [[nodiscard]] bool fails(std::vector<std::string> const& command) const
    {
        return !succeeded(root_.run_inside(command));
    }

    void write(std::string const& path, std::string const& text, std::string const& how = ">") const
    {
        (*this)({"sh", "-c", R"(printf '%s\n' "$2" )" + how + R"( "$1")", "sh", path, text});
    }

    /// "root:bridgewatch 640"
    [[nodiscard]] std::string rights(std::string const& path) const { return (*this)({"stat", "-c%U:%G %a", path}); }

    [[nodiscard]] overlay_root const& root() const { return root_; }

  private:
    overlay_root root_;
};

std::string value_of(std::string const& unit, std::string const& key)
{
    auto const start = unit.find("\n" + key + "=") + key.size() + 2;
    return unit.substr(start, unit.find('\n', start) - start);
}

/// The installed service, as its unit has it.
class service {
  public:
    /// @param readable what it may see below /tmp
    service(machine const& on, fs::path const& readable)
        : unit_{on({"cat", "/usr/lib/systemd/system/bridgewatch.service"})},
          box_{unit_},
          program_{command_line(on, readable)}
    {
        BOOST_TEST_REQUIRE(program_.wait_for_text("\"event\":\"started\"", waits::long_limit), program_.errors());
        constexpr std::string_view before = "\"address\":\"";
        auto const log = program_.errors();
        auto const start = log.find(before, log.find("\"event\":\"listening\"")) + before.size();
        address_ = log.substr(start, log.find('"', start) - start);
    }

    [[nodiscard]] http_answer page() const { return fetch(address_, interceptions_path, as_owner()); }

    [[nodiscard]] bool is_ready() const
    {
        return eventually(waits::limit, [this] { return fetch(address_, "/readyz").status == 200; });
    }

    [[nodiscard]] std::string log() const { return program_.errors(); }

  private:
    [[nodiscard]] std::vector<std::string> command_line(machine const& on, fs::path const& readable) const
    {
        auto line = on.root().launcher();
        line.insert(line.end(), {"setpriv", "--reuid=" + value_of(unit_, "User"), "--regid=" + value_of(unit_, "Group"),
                                 "--init-groups", "--reset-env", "--"});
        std::ranges::copy(box_.launcher({readable}), std::back_inserter(line));
        std::istringstream words{value_of(unit_, "ExecStart")};
        for (std::string word; words >> word;)
            line.push_back(word);
        return line;
    }

    std::string unit_;
    tight_box box_;
    process program_;
    std::string address_;
};

/// What dpkg and the tools that make accounts keep for themselves. The account stays (deploy/debian/postrm).
bool is_bookkeeping(std::string const& path)
{
    static constexpr std::array kept{"/etc/group",     "/etc/gshadow",   "/etc/passwd",       "/etc/shadow",
                                     "/etc/.pwd.lock", "/var/lib/dpkg/", "/var/log/dpkg.log", "/var/cache/man/"};
    return std::ranges::any_of(kept, [&path](std::string_view start) { return path.starts_with(start); });
}

std::vector<std::string> changed_files(machine const& on)
{
    auto files = on.root().changed_files();
    std::erase_if(files, is_bookkeeping);
    return files;
}

std::string listed(std::vector<std::string> const& files)
{
    std::string out;
    for (auto const& file : files)
        out += file + '\n';
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(package)

BOOST_AUTO_TEST_CASE(package_says_what_it_is_and_what_it_needs)
{
    auto const control = run({"dpkg-deb", "--field", built_package::instance().path()}).output;
    auto const release = run({BRIDGEWATCH_BINARY, "--version"}).output;
    auto const version = release.substr(release.find(' ') + 1, release.find('\n') - release.find(' ') - 1);
    for (auto const& line : {std::string{"Package: bridgewatch\n"}, "Version: " + version + "\n",
                             std::string{"Maintainer: "}, std::string{"Section: net\n"}})
        BOOST_TEST(has(control, line), control);
    for (auto const* library : {"libpq5 (", "libssl3 (", "libboost-program-options1.81.0 (", "libzstd1 (", "systemd |"})
        BOOST_TEST(has(control, library), library);
    BOOST_TEST(run({"dpkg-deb", "--info", built_package::instance().path(), "conffiles"}).output ==
               std::string{configuration} + "\n");
}

BOOST_AUTO_TEST_CASE(everything_is_roots_and_nobody_else_may_write)
{
    auto const& package = built_package::instance().path();
    std::istringstream lines{run({"dpkg-deb", "--contents", package}).output};
    std::string paths;
    for (std::string line; std::getline(lines, line);) {
        bool const is_directory = line.starts_with("drwxr-xr-x");
        bool const is_file = line.starts_with("-rw-r--r--") || line.starts_with("-rwxr-xr-x");
        BOOST_TEST((is_directory || is_file), line);
        BOOST_TEST(has(line, " root/root "), line);
        paths += line.substr(line.find("./") + 1) + "\n";
    }
    for (auto const* file :
         {"/usr/bin/bridgewatch", "/usr/lib/systemd/system/bridgewatch.service", "/usr/lib/sysusers.d/bridgewatch.conf",
          "/usr/lib/tmpfiles.d/bridgewatch.conf", "/etc/bridgewatch/bridgewatch.conf",
          "/usr/share/man/man1/bridgewatch.1.gz", "/usr/share/bash-completion/completions/bridgewatch",
          "/usr/share/zsh/vendor-completions/_bridgewatch", "/usr/share/fish/vendor_completions.d/bridgewatch.fish",
          "/usr/share/doc/bridgewatch/copyright", "/usr/share/doc/bridgewatch/changelog.gz",
          "/usr/share/bridgewatch/least-role.sql"})
        BOOST_TEST(has(paths, std::string{file} + "\n"), file);
}

BOOST_AUTO_TEST_CASE(a_root_in_memory_leaves_the_machine_alone, *boost::unit_test::precondition(has_overlays))
{
    scratch_directory const machines;
    auto const file = (machines.path() / "file").string();
    std::ofstream{file} << "the machine's";
    machine const here;
    BOOST_TEST(here({"cat", file}) == "the machine's");
    BOOST_TEST(here.fails({"rm", file}));
    BOOST_TEST(here.fails({"mkdir", "/dev/bridgewatch"}));
    here({"rm", "/etc/os-release"});
    BOOST_TEST(fs::exists("/etc/os-release"));
}

BOOST_AUTO_TEST_CASE(installed_served_upgraded_removed_and_purged,
                     *boost::unit_test::precondition(has_overlays) * boost::unit_test::precondition(has_namespaces))
{
    tls_cluster database; // by TCP: the unix socket of a test's cluster is not for other accounts
    audit_log const log{database.server()};
    auto const certificates = database.authority().root().parent_path();
    machine const here;

    auto const said = here.dpkg({"--install", built_package::instance().path()});
    BOOST_TEST(has(said, "name a database in /etc/bridgewatch/bridgewatch.conf"), said);
    BOOST_TEST(here({"bridgewatch", "--version"}) == run({BRIDGEWATCH_BINARY, "--version"}).output);
    BOOST_TEST(here.rights(configuration) == "root:bridgewatch 640\n");
    BOOST_TEST(here.rights("/etc/bridgewatch") == "root:bridgewatch 750\n");
    here({"test", "-L", enabled_unit});

    here.write(url_file, database.by_tls(log.conninfo()));
    here.write(configuration, std::string{"database-url-file = "} + url_file + "\nlisten = 127.0.0.1:0", ">>");
    here({"systemd-tmpfiles", "--create", "bridgewatch.conf"});
    BOOST_TEST(here.rights(url_file) == "root:bridgewatch 640\n");
    BOOST_TEST(here.fails({"setpriv", "--reuid=nobody", "--clear-groups", "cat", url_file}));
    {
        service const running{here, certificates};
        BOOST_TEST(running.is_ready(), running.log());
        BOOST_TEST(has(running.page().body, "\"count\":60"));
        BOOST_TEST(!has(running.log(), "running_as_root"));
    }

    auto const edited = here({"cat", configuration});
    auto const upgraded = here.dpkg({"--install", built_package::instance().newer()});
    BOOST_TEST(!has(upgraded, "name a database"), upgraded);
    BOOST_TEST(here({"dpkg-query", "-W", "-f${Version}", "bridgewatch"}) == "99.0");
    BOOST_TEST(here({"cat", configuration}) == edited);
    BOOST_TEST(here.rights(configuration) == "root:bridgewatch 640\n"); // dpkg has put the file anew
    BOOST_TEST(has(here({"cat", std::string{configuration} + ".dpkg-dist"}), "a line of the newer version"));
    {
        service const running{here, certificates};
        BOOST_TEST(running.is_ready(), running.log());
        BOOST_TEST(running.page().status == 200);
    }

    here.dpkg({"--remove", "bridgewatch"});
    BOOST_TEST(here.fails({"test", "-e", "/usr/bin/bridgewatch"}));
    BOOST_TEST(here({"cat", configuration}) == edited);
    here.dpkg({"--purge", "bridgewatch"});
    auto const left = changed_files(here);
    BOOST_TEST(left.empty(), listed(left));
    BOOST_TEST(here.fails({"test", "-e", "/etc/bridgewatch"}));
}

BOOST_AUTO_TEST_CASE(a_disabled_service_stays_disabled_and_foreign_files_stay,
                     *boost::unit_test::precondition(has_overlays))
{
    machine const here;
    here.dpkg({"--install", built_package::instance().path()});
    here({"systemctl", "disable", "bridgewatch"});
    here.dpkg({"--install", built_package::instance().newer()});
    BOOST_TEST(here.fails({"test", "-L", enabled_unit}));
    here({"mkdir", "/etc/bridgewatch/tls"});
    here.write("/etc/bridgewatch/tls/key.pem", "a key");
    here.dpkg({"--purge", "bridgewatch"});
    auto const left = changed_files(here);
    BOOST_TEST(listed(left) == "/etc/bridgewatch/tls/key.pem\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
