#include "test/support/overlay_root.hpp"

#include "test/support/waits.hpp"

#include <algorithm>
#include <exception>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace bridgewatch::test {
namespace {

/// $1: an empty directory. The upper layer lies in a tmpfs, since one overlay cannot be that of another. pivot_root
/// rather than chroot, which would keep programs inside from making user namespaces. What is the machine's own is
/// read-only: root in there would be root of its files, and systemd's tmpfiles.d, for one, empties /tmp.
/// Source: mount(8), pivot_root(2), "pivot_root(".", ".")".
constexpr auto make_the_root = R"(
set -e
mount -t tmpfs -o mode=755 overlay "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"
for shared in dev sys tmp; do
    mount --rbind "/$shared" "$1/root/$shared"
    mount -o remount,bind,ro "$1/root/$shared"
done
mount -t proc proc "$1/root/proc"
mount -t tmpfs -o mode=755 run "$1/root/run"
cd "$1/root"
pivot_root . .
umount -l .
cd /
echo made
exec sleep infinity
)";

std::string child_of(pid_t process)
{
    auto const id = std::to_string(process);
    std::ifstream children{"/proc/" + id + "/task/" + id + "/children"};
    std::string first;
    children >> first;
    return first;
}

} // namespace

overlay_root::overlay_root()
    : holder_{{"unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", make_the_root, "sh",
               store_.path().string()}}
{
    if (!holder_.wait_for_text("made", waits::limit))
        throw std::runtime_error{"no root in memory: " + holder_.errors()};
    first_process_ = child_of(holder_.pid());
}

std::vector<std::string> overlay_root::launcher() const
{
    return {"nsenter", "--target", first_process_, "--mount", "--pid", "--wdns=/", "--"};
}

finished overlay_root::run_inside(std::vector<std::string> const& command) const
{
    auto line = launcher();
    line.insert(line.end(), command.begin(), command.end());
    return run(line);
}

std::vector<std::string> overlay_root::changed_files() const
{
    // A file that is taken away stands there as a device.
    std::istringstream lines{
        run_inside({"find", store_.path().string() + "/upper", "!", "-type", "d", "-printf", "/%P\n"}).output};
    std::vector<std::string> out;
    for (std::string line; std::getline(lines, line);)
        out.push_back(line);
    std::ranges::sort(out);
    return out;
}

boost::test_tools::assertion_result has_overlays(boost::unit_test::test_unit_id)
{
    boost::test_tools::assertion_result out{true};
    try {
        overlay_root const tried;
        auto const seen = tried.run_inside({"dpkg-query", "--show", "dpkg"});
        out = seen.status == exit_status{};
        out.message() << "the machine's root is not all there: " << seen.errors;
    } catch (std::exception const& error) {
        out = false;
        out.message() << error.what();
    }
    return out;
}

} // namespace bridgewatch::test
