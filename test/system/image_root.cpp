#include "test/system/image_root.hpp"

#include "test/support/deploy_script.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <stdexcept>

#include <sys/stat.h>
#include <unistd.h>

namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;

constexpr unsigned account = 65532; // as deploy/container has it

/// Up to the file systems.
std::vector<std::string> beginning()
{
    auto const number = std::to_string(account);
    std::vector<std::string> out;
    if (::geteuid() == 0) // the account is a real one then, which may not read what is root's
        out = {"setpriv", "--reuid=" + number, "--regid=" + number, "--clear-groups"};
    out.insert(out.end(), {"bwrap", "--unshare-user", "--uid", number, "--gid", number, "--unshare-pid", "--as-pid-1",
                           "--unshare-ipc", "--unshare-uts", "--cap-drop", "ALL", "--die-with-parent", "--clearenv"});
    return out;
}

void end_with(std::vector<std::string>& line, container_settings const& settings,
              std::vector<std::string> const& command)
{
    line.insert(line.end(), {"--dev", "/dev", "--proc", "/proc", "--tmpfs", "/run"});
    for (auto const& [from, to] : settings.mounts)
        line.insert(line.end(), {"--ro-bind", from.string(), to});
    for (auto const& [name, value] : settings.environment)
        line.insert(line.end(), {"--setenv", name, value});
    line.emplace_back("--");
    line.insert(line.end(), command.begin(), command.end());
}

/// Of the process, or of those below it, the one that is number 1 of its own.
pid_t first_below(pid_t process)
{
    auto const id = std::to_string(process);
    if (status_line(process, "NSpid").ends_with("\t1"))
        return process;
    std::ifstream children{"/proc/" + id + "/task/" + id + "/children"};
    for (pid_t child = 0; children >> child;)
        if (auto const found = first_below(child); found != 0)
            return found;
    return 0;
}

} // namespace

image_root::image_root()
{
    deploy_script("container/make-root.sh", {BRIDGEWATCH_BINARY, path().string()});
}

image_root const& image_root::shared()
{
    static image_root const instance;
    return instance;
}

std::vector<std::string> image_root::command_line(container_settings const& settings,
                                                  std::vector<std::string> const& command) const
{
    auto line = beginning();
    line.insert(line.end(), {"--ro-bind", path().string(), "/"});
    end_with(line, settings, command);
    return line;
}

std::vector<std::string> confined_command_line(container_settings const& settings,
                                               std::vector<std::string> const& command)
{
    auto line = beginning();
    for (auto const* folder : {"/usr", "/etc"})
        line.insert(line.end(), {"--ro-bind", folder, folder});
    for (auto const* folder : {"bin", "lib", "lib64"})
        line.insert(line.end(), {"--symlink", "usr/" + std::string{folder}, "/" + std::string{folder}});
    end_with(line, settings, command);
    return line;
}

void give_to_container(fs::path const& file)
{
    if (::geteuid() == 0 && ::chown(file.c_str(), 0, account) != 0)
        throw std::runtime_error{"cannot give away " + file.string()};
    ::chmod(file.c_str(), 0440);
}

pid_t program_in_container(process const& launcher)
{
    return first_below(launcher.pid());
}

boost::test_tools::assertion_result has_containers(boost::unit_test::test_unit_id)
{
    auto const tried = run(confined_command_line({}, {"true"}));
    boost::test_tools::assertion_result out{tried.status == exit_status{}};
    out.message() << "no namespaces here: " << tried.errors;
    return out;
}

} // namespace bridgewatch::test
