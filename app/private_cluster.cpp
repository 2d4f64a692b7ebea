#include "app/private_cluster.hpp"

#include "app/data_directory.hpp"
#include "app/postgres_binaries.hpp"

#include <libpq-fe.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <ranges>
#include <system_error>

namespace bridgewatch::app {
namespace {

namespace fs = std::filesystem;
using boost::system::result;
using std::chrono::milliseconds;
using steady_clock = std::chrono::steady_clock;

constexpr milliseconds initdb_limit{120'000};
constexpr milliseconds fast_stop_limit{15'000};
constexpr milliseconds immediate_stop_limit{5'000};
constexpr milliseconds ready_poll{10};
/// A server whose owner was killed is on its way out already (it got SIGINT); this long we only watch.
constexpr milliseconds left_over_grace{2'000};
/// Backends of a killed server need a moment to notice; until then its shared memory counts as in use.
constexpr milliseconds orphan_limit{10'000};
constexpr milliseconds orphan_pause{100};

constexpr std::string_view account_name = "postgres";
constexpr std::string_view port = "5432";

std::string last_line(std::string_view text, std::string_view preferred)
{
    std::string last, last_preferred;
    for (auto const part : std::views::split(text, '\n')) {
        std::string line{part.begin(), part.end()};
        if (line.find_first_not_of(" \t\r") == std::string::npos)
            continue;
        if (line.find(preferred) != std::string::npos)
            last_preferred = line;
        last = std::move(line);
    }
    return last_preferred.empty() ? last : last_preferred;
}

std::vector<std::string> child_environment()
{
    auto const* path = std::getenv("PATH");
    return {std::string{"PATH="} + (path != nullptr ? path : "/usr/bin:/bin"), "LC_ALL=C"};
}

/// The process that postmaster.pid names, where it lives and was started for this data directory.
std::optional<pid_t> left_over_server(fs::path const& data)
{
    pid_t pid = 0;
    std::ifstream{data / "postmaster.pid"} >> pid;
    if (pid <= 0)
        return std::nullopt;
    std::ifstream command{"/proc/" + std::to_string(pid) + "/cmdline"};
    std::string const line{std::istreambuf_iterator<char>{command}, {}};
    // Arguments end in NUL there: the whole argument has to match.
    auto const wanted = '\0' + data.string() + '\0';
    return line.find(wanted) != std::string::npos ? std::optional{pid} : std::nullopt;
}

std::string conninfo_value(std::string_view value)
{
    std::string out = "'";
    for (char const c : value) {
        if (c == '\'' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + "'";
}

} // namespace

private_cluster::private_cluster(cluster_settings settings) : settings_{std::move(settings)}
{
    std::error_code ignored;
    auto const absolute = fs::weakly_canonical(fs::absolute(settings_.directory, ignored), ignored);
    if (!absolute.empty())
        settings_.directory = absolute;
}

private_cluster::~private_cluster()
{
    stop();
}

fs::path private_cluster::data() const
{
    return settings_.directory / "postgres";
}

fs::path private_cluster::socket_directory() const
{
    return settings_.directory / "run";
}

fs::path private_cluster::log_file() const
{
    return settings_.directory / "postgres.log";
}

std::string private_cluster::conninfo(std::string_view database, std::string_view user) const
{
    return "host=" + conninfo_value(socket_directory().string()) + " port=" + std::string{port} +
           " dbname=" + conninfo_value(database) + " user=" + conninfo_value(user);
}

result<void, std::string> private_cluster::start()
{
    if (is_running())
        return {};
    if (auto prepared = prepare(); !prepared)
        return prepared.error();
    if (!fs::exists(data() / "PG_VERSION"))
        if (auto made = initialise(); !made)
            return made.error();
    end_left_over_server();
    return launch();
}

result<void, std::string> private_cluster::prepare()
{
    auto found = find_postgres_binaries(data());
    if (!found)
        return found.error();
    binaries_ = *found;
    if (::geteuid() == 0) {
        run_as_ = find_account(std::string{account_name});
        if (!run_as_)
            return "PostgreSQL does not run as root, and there is no user " + std::string{account_name} +
                   " on this machine to run it as";
    }
    if (auto made = make_directories(settings_.directory, run_as_.has_value()); !made)
        return made.error();
    if (auto locked = take_lock(); !locked)
        return locked.error();
    if (run_as_) {
        auto const closed = first_closed_directory(settings_.directory, *run_as_);
        if (!closed.empty())
            return "user " + run_as_->name + ", as whom PostgreSQL runs, cannot enter " + closed.string() +
                   ": choose another data directory, or allow it with chmod o+x";
    }
    constexpr std::size_t longest_socket_path = 107; // sockaddr_un::sun_path, NUL excluded
    auto const socket = (socket_directory() / (".s.PGSQL." + std::string{port})).string();
    if (socket.size() > longest_socket_path)
        return "the path of the data directory is too long for a unix socket: " + socket + " has more than " +
               std::to_string(longest_socket_path) + " bytes";
    return make_private_directory(socket_directory(), run_as_);
}

result<void, std::string> private_cluster::take_lock()
{
    if (lock_)
        return {};
    auto const path = settings_.directory / "lock";
    descriptor taken{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (!taken)
        return "cannot write in " + settings_.directory.string() + ": " + std::strerror(errno);
    if (::flock(taken.get(), LOCK_EX | LOCK_NB) != 0)
        return "another bridgewatch is using " + settings_.directory.string();
    lock_ = std::move(taken);
    return {};
}

/// initdb works in a directory of another name, which is renamed when it is done: a half-made one is never started.
result<void, std::string> private_cluster::initialise()
{
    if (auto enough = check_space(settings_.directory, settings_.needed_bytes); !enough)
        return enough.error();
    auto const unfinished = settings_.directory / "postgres.unfinished";
    std::error_code failed;
    fs::remove_all(unfinished, failed);
    if (failed)
        return "cannot remove " + unfinished.string() + ": " + failed.message();
    if (auto made = make_private_directory(unfinished, run_as_); !made)
        return made.error();
    child_settings initdb{.arguments = {(binaries_ / "initdb").string(), "-D", unfinished.string(), "-U",
                                        std::string{superuser}, "-E", "UTF8", "--auth=trust"},
                          .environment = child_environment(),
                          .run_as = run_as_,
                          .signal_at_our_death = SIGKILL};
    initdb.arguments.insert(initdb.arguments.end(), settings_.initdb_arguments.begin(),
                            settings_.initdb_arguments.end());
    auto const done = run_to_end(std::move(initdb), initdb_limit);
    if (!done)
        return done.error();
    if (done->status != exit_status{})
        return "initdb failed: " + last_line(done->output, "error:");
    fs::rename(unfinished, data(), failed);
    if (failed)
        return "cannot rename " + unfinished.string() + ": " + failed.message();
    return {};
}

void private_cluster::end_left_over_server() const
{
    auto const pid = left_over_server(data());
    if (!pid || wait_until_gone(*pid, left_over_grace))
        return;
    for (auto const& [signal, limit] : {std::pair{SIGINT, fast_stop_limit}, std::pair{SIGQUIT, immediate_stop_limit},
                                        std::pair{SIGKILL, immediate_stop_limit}}) {
        ::kill(*pid, signal);
        if (wait_until_gone(*pid, limit))
            return;
    }
}

result<void, std::string> private_cluster::launch()
{
    child_settings postgres{.arguments = {(binaries_ / "postgres").string(), "-D", data().string(), "-k",
                                          socket_directory().string(), "-p", std::string{port}, "-c",
                                          "listen_addresses=", "-c", "logging_collector=off"},
                            .environment = child_environment(),
                            .run_as = run_as_,
                            .signal_at_our_death = SIGINT};
    for (auto const& [name, value] : settings_.parameters) {
        postgres.arguments.emplace_back("-c");
        postgres.arguments.push_back(std::string{name}.append("=").append(value));
    }
    descriptor const log{::open(log_file().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
    if (!log)
        return "cannot write " + log_file().string() + ": " + std::strerror(errno);
    postgres.output = log.get();
    postgres.error_output = log.get();
    auto const give_up = steady_clock::now() + orphan_limit;
    for (;;) {
        auto const log_start = fs::file_size(log_file());
        auto started = child_process::start(postgres);
        if (!started)
            return started.error();
        server_.emplace(std::move(*started));
        if (wait_until_ready())
            return {};
        bool const ended = !server_->is_running();
        server_.reset();
        std::ifstream written{log_file()};
        written.seekg(static_cast<std::streamoff>(log_start));
        auto const why = last_line(std::string{std::istreambuf_iterator<char>{written}, {}}, "FATAL");
        if (!ended)
            return "PostgreSQL did not answer in time; its log is " + log_file().string();
        if (why.find("still in use") == std::string::npos || steady_clock::now() > give_up)
            return "PostgreSQL did not start: " + why;
        ::usleep(static_cast<useconds_t>(std::chrono::microseconds{orphan_pause}.count()));
    }
}

bool private_cluster::wait_until_ready()
{
    auto const text = conninfo("postgres");
    auto const deadline = steady_clock::now() + settings_.start_limit;
    while (steady_clock::now() < deadline) {
        if (::PQping(text.c_str()) == PQPING_OK)
            return server_->is_running();
        if (server_->wait(ready_poll))
            return false;
    }
    return false;
}

bool private_cluster::is_running()
{
    return server_ && server_->is_running();
}

void private_cluster::stop(stop_mode mode)
{
    if (!server_)
        return;
    if (mode == stop_mode::fast) {
        server_->send(SIGINT);
        if (server_->wait(fast_stop_limit))
            return server_.reset();
    }
    if (mode != stop_mode::kill) {
        server_->send(SIGQUIT);
        if (server_->wait(immediate_stop_limit))
            return server_.reset();
    }
    server_.reset();
}

} // namespace bridgewatch::app
