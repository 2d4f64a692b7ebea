#include "test/support/nginx.hpp"

#include "test/support/waits.hpp"

#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;

/// What every configuration begins with, up to the servers in `http`.
std::string beginning(fs::path const& directory)
{
    std::string text;
    if (::geteuid() == 0)
        text += "user root;\n"; // its workers could not enter our directory
    text += "daemon off;\nworker_processes 1;\npid " + (directory / "pid").string() + ";\nerror_log stderr warn;\n";
    text += "events { worker_connections 512; }\nhttp {\naccess_log off;\n";
    for (auto const* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
        text += std::string{kind} + "_temp_path " + (directory / kind).string() + ";\n";
    return text;
}

std::string listen_address(fs::path const& directory)
{
    return "unix:" + (directory / "socket").string();
}

std::string configuration(fs::path const& directory, std::vector<std::string> const& upstreams,
                          std::string_view headers)
{
    auto text = beginning(directory) + "upstream bridgewatch {\n";
    for (auto const& each : upstreams)
        text += "server " + each + " max_fails=0;\n"; // a restart is over before nginx would forgive
    text += "keepalive 32;\n}\nserver {\nlisten " + listen_address(directory) + ";\n";
    text += "location / {\nproxy_pass http://bridgewatch;\nproxy_http_version 1.1;\n";
    text += "proxy_set_header Connection \"\";\nproxy_set_header Host $host;\n";
    text.append(headers).append("}\n}\n}\n");
    return text;
}

void replace(std::string& text, std::string const& what, std::string const& with)
{
    auto const at = text.find(what);
    if (at == std::string::npos)
        throw std::runtime_error{"the site does not name " + what};
    text.replace(at, what.size(), with);
}

std::string configuration(fs::path const& directory, nginx::site const& from, std::vector<std::string> const& upstreams)
{
    std::ifstream file{from.file};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    replace(text, from.listen, listen_address(directory));
    for (std::size_t i = 0; i < upstreams.size(); ++i)
        replace(text, from.addresses.at(i), upstreams[i]);
    return beginning(directory) + text + "}\n";
}

std::vector<std::string> command_line(fs::path const& directory, std::string const& text)
{
    auto const file = directory / "nginx.conf";
    std::ofstream{file} << text;
    return {fs::exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx",
            "-p",
            directory.string(),
            "-e",
            "stderr",
            "-c",
            file.string()};
}

} // namespace

nginx::nginx(std::vector<std::string> const& upstreams, std::string_view headers)
    : program_{command_line(directory_.path(), configuration(directory_.path(), upstreams, headers))}
{
    wait_until_it_listens();
}

nginx::nginx(site const& from, std::vector<std::string> const& upstreams)
    : program_{command_line(directory_.path(), configuration(directory_.path(), from, upstreams))}
{
    wait_until_it_listens();
}

void nginx::wait_until_it_listens()
{
    // The file of the pid is written when it listens.
    auto const listens = [this] { return fs::exists(directory_.path() / "pid") || !program_.is_running(); };
    if (!eventually(waits::limit, listens) || !program_.is_running())
        throw std::runtime_error{"nginx does not start: " + program_.errors()};
}

nginx::~nginx()
{
    program_.send(SIGTERM);
    static_cast<void>(program_.wait(waits::limit));
}

std::string nginx::address() const
{
    return listen_address(directory_.path());
}

} // namespace bridgewatch::test
