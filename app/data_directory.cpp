#include "app/data_directory.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ranges>
#include <system_error>
#include <vector>

namespace bridgewatch::app {
namespace {

namespace fs = std::filesystem;
using boost::system::result;

std::string reason()
{
    return std::strerror(errno);
}

} // namespace

result<void, std::string> make_directories(fs::path const& path, bool open_for_all)
{
    std::vector<fs::path> missing;
    std::error_code ignored;
    for (auto at = path; !fs::exists(at, ignored) && at.has_relative_path(); at = at.parent_path())
        missing.push_back(at);
    for (auto const& each : std::views::reverse(missing)) {
        if (::mkdir(each.c_str(), 0755) != 0 && errno != EEXIST)
            return "cannot make the directory " + each.string() + ": " + reason();
        if (open_for_all)
            ::chmod(each.c_str(), 0755);
    }
    if (!fs::is_directory(path, ignored))
        return "cannot use " + path.string() + ": it is not a directory";
    return {};
}

result<void, std::string> make_private_directory(fs::path const& path, std::optional<account> const& owner)
{
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
        return "cannot make the directory " + path.string() + ": " + reason();
    if (owner && ::chown(path.c_str(), owner->uid, owner->gid) != 0)
        return "cannot give " + path.string() + " to user " + owner->name + ": " + reason();
    return {};
}

result<void, std::string> check_space(fs::path const& directory, std::uint64_t needed)
{
    struct statvfs space{};
    if (needed == 0 || ::statvfs(directory.c_str(), &space) != 0)
        return {};
    auto const free = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
    if (free >= needed)
        return {};
    constexpr std::uint64_t megabyte = 1'000'000;
    return "not enough free space in " + directory.string() + ": " + std::to_string(free / megabyte) + " MB, " +
           std::to_string(needed / megabyte) + " MB are needed";
}

fs::path first_closed_directory(fs::path const& path, account const& who)
{
    std::vector<fs::path> steps;
    std::error_code ignored;
    for (auto at = path; steps.empty() || at != steps.back(); at = at.parent_path())
        steps.push_back(at);
    std::erase_if(steps, [&](fs::path const& step) { return !fs::exists(step, ignored); });
    std::ranges::reverse(steps);
    // Asked by a child that is that account: access lists and groups count too.
    auto const child = ::fork();
    if (child == 0) {
        if (!become(who))
            ::_exit(0);
        for (std::size_t i = 0; i < steps.size(); ++i)
            if (::access(steps[i].c_str(), X_OK) != 0)
                ::_exit(static_cast<int>(i) + 1);
        ::_exit(0);
    }
    int status = 0;
    while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    auto const closed = WIFEXITED(status) ? static_cast<std::size_t>(WEXITSTATUS(status)) : 0;
    return closed == 0 || closed > steps.size() ? fs::path{} : steps[closed - 1];
}

} // namespace bridgewatch::app
