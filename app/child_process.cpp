#include "app/child_process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

namespace bridgewatch::app {
namespace {

using steady_clock = std::chrono::steady_clock;

constexpr int could_not_run = 127;

std::vector<char*> pointers(std::vector<std::string>& strings)
{
    std::vector<char*> out;
    out.reserve(strings.size() + 1);
    for (auto& string : strings)
        out.push_back(string.data());
    out.push_back(nullptr);
    return out;
}

void restore_signals()
{
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (int const signal : {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGPIPE, SIGCHLD, SIGUSR1, SIGUSR2})
        ::signal(signal, SIG_DFL);
}

/// Between fork and exec: only what is async-signal-safe, since other threads of ours may have held locks.
[[noreturn]] void run(child_settings const& settings, char* const* arguments, char* const* environment, pid_t parent)
{
    restore_signals();
    ::setpgid(0, 0);
    int const nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing >= 0)
        ::dup2(nothing, STDIN_FILENO);
    if (settings.output >= 0)
        ::dup2(settings.output, STDOUT_FILENO);
    if (settings.error_output >= 0)
        ::dup2(settings.error_output, STDERR_FILENO);
    ::close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC);
    if (settings.run_as && !become(*settings.run_as))
        ::_exit(could_not_run);
    if (settings.signal_at_our_death != 0) {
        // Only now: a change of credentials clears it.
        ::prctl(PR_SET_PDEATHSIG, settings.signal_at_our_death);
        if (::getppid() != parent)
            ::_exit(could_not_run);
    }
    ::execvpe(arguments[0], arguments, environment);
    ::_exit(could_not_run);
}

} // namespace

std::optional<account> find_account(std::string const& name)
{
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4096> buffer{};
    if (::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
        return std::nullopt;
    account out{.name = name, .uid = entry.pw_uid, .gid = entry.pw_gid, .groups = {}};
    int count = 0;
    ::getgrouplist(name.c_str(), entry.pw_gid, nullptr, &count);
    out.groups.resize(static_cast<std::size_t>(count));
    if (::getgrouplist(name.c_str(), entry.pw_gid, out.groups.data(), &count) < 0)
        return std::nullopt;
    out.groups.resize(static_cast<std::size_t>(count));
    return out;
}

bool become(account const& who)
{
    return ::setgroups(who.groups.size(), who.groups.data()) == 0 && ::setgid(who.gid) == 0 && ::setuid(who.uid) == 0;
}

boost::system::result<child_process, std::string> child_process::start(child_settings const& settings)
{
    auto argument_copies = settings.arguments;
    auto const arguments = pointers(argument_copies);
    auto environment_copies = settings.environment.value_or(std::vector<std::string>{});
    auto const environment = pointers(environment_copies);
    auto const parent = ::getpid();
    auto const pid = ::fork();
    if (pid < 0)
        return "cannot start " + settings.arguments.front() + ": " + std::strerror(errno);
    if (pid == 0)
        run(settings, arguments.data(), settings.environment ? environment.data() : ::environ, parent);
    ::setpgid(pid, pid); // by both sides, so that it holds as soon as either goes on
    return child_process{pid};
}

child_process::child_process(child_process&& other) noexcept
    : pid_{std::exchange(other.pid_, -1)}, status_{std::exchange(other.status_, std::nullopt)}
{
}

child_process& child_process::operator=(child_process&& other) noexcept
{
    if (this != &other) {
        end();
        pid_ = std::exchange(other.pid_, -1);
        status_ = std::exchange(other.status_, std::nullopt);
    }
    return *this;
}

child_process::~child_process()
{
    end();
}

void child_process::end()
{
    if (!is_running())
        return;
    send(SIGKILL);
    reap(0);
}

bool child_process::is_running()
{
    reap(WNOHANG);
    return pid_ >= 0 && !status_;
}

void child_process::send(int signal)
{
    if (is_running())
        ::kill(pid_, signal);
}

std::optional<exit_status> child_process::wait(std::chrono::milliseconds limit)
{
    if (is_running() && wait_until_gone(pid_, limit))
        reap(0);
    return status_;
}

void child_process::reap(int options)
{
    if (status_ || pid_ < 0)
        return;
    int status = 0;
    pid_t got = 0;
    do {
        got = ::waitpid(pid_, &status, options);
    } while (got < 0 && errno == EINTR);
    if (got == 0)
        return;
    if (got == pid_ && WIFSIGNALED(status))
        status_ = exit_status{.code = 0, .signal = WTERMSIG(status)};
    else
        status_ = exit_status{.code = got == pid_ ? WEXITSTATUS(status) : could_not_run, .signal = 0};
}

bool wait_until_gone(pid_t pid, std::chrono::milliseconds limit)
{
    descriptor const process{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    if (!process)
        return errno == ESRCH;
    auto const deadline = steady_clock::now() + limit;
    bool gone = false;
    for (auto left = limit; !gone && left.count() >= 0;
         left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now())) {
        pollfd events{.fd = process.get(), .events = POLLIN, .revents = 0};
        int const ready = ::poll(&events, 1, static_cast<int>(left.count()));
        gone = ready > 0;
        if (ready == 0 || (ready < 0 && errno != EINTR))
            break;
    }
    return gone;
}

capture::capture() : file_{::memfd_create("bridgewatch-capture", MFD_CLOEXEC)}
{
    // One place to write at for all writers, as of a file opened for appending.
    ::fcntl(file(), F_SETFL, O_APPEND);
}

std::string capture::text() const
{
    std::string out;
    std::array<char, 65'536> buffer{};
    for (;;) {
        auto const got = ::pread(file(), buffer.data(), buffer.size(), static_cast<off_t>(out.size()));
        if (got <= 0)
            return out;
        out.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

boost::system::result<finished_child, std::string> run_to_end(child_settings settings, std::chrono::milliseconds limit)
{
    capture const output;
    settings.output = output.file();
    settings.error_output = output.file();
    auto child = child_process::start(settings);
    if (!child)
        return child.error();
    auto const status = child->wait(limit);
    if (!status)
        return settings.arguments.front() + " has not ended within " +
               std::to_string(std::chrono::duration_cast<std::chrono::seconds>(limit).count()) + " s";
    return finished_child{.status = *status, .output = output.text()};
}

} // namespace bridgewatch::app
