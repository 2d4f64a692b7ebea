#include "test/support/tight_box.hpp"

#include "app/descriptor.hpp"

#include <seccomp.h>

#include <cerrno>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>

namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;

/// The values of the unit's SystemCallFilter lines, in order.
std::vector<std::string> filter_lines(std::string const& unit)
{
    constexpr std::string_view key = "SystemCallFilter=";
    std::vector<std::string> out;
    std::istringstream text{unit};
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
std::set<std::string> allowed_calls(std::string const& unit)
{
    auto out = calls_in("@default");
    for (auto const& line : filter_lines(unit)) {
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
    explicit unit_filter(std::string const& unit)
    {
        for (auto const& name : allowed_calls(unit)) {
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
        app::descriptor const file{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644)};
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

} // namespace

tight_box::tight_box(std::string const& unit)
{
    unit_filter{unit}.write_to(directory_.path() / "filter");
}

std::vector<std::string> tight_box::launcher(std::vector<fs::path> const& readable) const
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
                                 "--die-with-parent"};
    for (auto const& path : readable)
        out.insert(out.end(), {"--ro-bind", path.string(), path.string()});
    out.emplace_back("--");
    return out;
}

finished tight_box::run_inside(std::vector<std::string> const& command) const
{
    auto line = launcher();
    line.insert(line.end(), command.begin(), command.end());
    return run(line);
}

boost::test_tools::assertion_result has_namespaces(boost::unit_test::test_unit_id)
{
    auto const tried = run({"bwrap", "--unshare-user", "--ro-bind", "/", "/", "true"});
    boost::test_tools::assertion_result out{tried.status == exit_status{}};
    out.message() << "no namespaces here: " << tried.errors;
    return out;
}

} // namespace bridgewatch::test
