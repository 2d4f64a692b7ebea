#include "test/support/haproxy.hpp"

#include "test/support/waits.hpp"

#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;

std::string program()
{
    return fs::exists("/usr/sbin/haproxy") ? "/usr/sbin/haproxy" : "haproxy";
}

fs::path socket_in(fs::path const& directory)
{
    return directory / "socket";
}

std::vector<std::string> command_line(fs::path const& directory, fs::path const& from, std::string const& listen,
                                      haproxy::changes more)
{
    std::ifstream file{from};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    more.emplace_back(listen, "unix@" + socket_in(directory).string());
    for (auto const& [what, with] : more) {
        auto const at = text.find(what);
        if (at == std::string::npos)
            throw std::runtime_error{from.string() + " does not name " + what};
        text.replace(at, what.size(), with);
    }
    auto const made = directory / "haproxy.cfg";
    std::ofstream{made} << text;
    return {program(), "-db", "-f", made.string()};
}

} // namespace

haproxy::haproxy(fs::path const& file, std::string const& listen, changes const& more)
    : program_{command_line(directory_.path(), file, listen, more)}
{
    auto const listens = [this] { return fs::exists(socket_in(directory_.path())) || !program_.is_running(); };
    if (!eventually(waits::limit, listens) || !program_.is_running())
        throw std::runtime_error{"haproxy does not start: " + program_.errors()};
}

haproxy::~haproxy()
{
    program_.send(SIGTERM);
    static_cast<void>(program_.wait(waits::limit));
}

std::string haproxy::address() const
{
    return "unix:" + socket_in(directory_.path()).string();
}

finished haproxy::check(fs::path const& file)
{
    return run({program(), "-c", "-f", file.string()});
}

} // namespace bridgewatch::test
