#include "test/system/soak_faults.hpp"

#include "test/support/session.hpp"
#include "test/system/soak_rude.hpp"

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <sstream>
#include <thread>
#include <vector>

namespace bridgewatch::test::soak {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view our_sessions =
    " FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'bridgewatch'";

/// More than the server has room for (see soak.cpp).
constexpr std::size_t too_many = 500;

void run(scene const& at, std::string const& sql)
{
    cluster::execute(at.conninfo, sql);
}

std::vector<pid_t> backends(scene const& at)
{
    std::vector<pid_t> out;
    std::istringstream pids{
        cluster::value(at.conninfo, "SELECT coalesce(string_agg(pid::text, ' '), '')" + std::string{our_sessions})};
    for (pid_t pid = 0; pids >> pid;)
        out.push_back(pid);
    return out;
}

void terminate_one(scene& at)
{
    run(at, "SELECT pg_terminate_backend(pid)" + std::string{our_sessions} + " LIMIT 1");
}

void terminate_all(scene& at)
{
    run(at, "SELECT pg_terminate_backend(pid)" + std::string{our_sessions});
}

void cancel_all(scene& at)
{
    run(at, "SELECT pg_cancel_backend(pid)" + std::string{our_sessions});
}

void kill_one(scene& at)
{
    if (auto const some = backends(at); !some.empty())
        ::kill(some.front(), SIGKILL); // the postmaster then ends all others, and recovers
}

void restart(scene& at)
{
    at.database.stop(stop_mode::fast);
    at.database.start();
}

void crash_and_stay_away(scene& at)
{
    at.database.stop(stop_mode::kill);
    std::this_thread::sleep_for(2s);
    at.database.start();
}

void hang(scene& at)
{
    auto const stopped = backends(at);
    for (auto const pid : stopped)
        ::kill(pid, SIGSTOP);
    std::this_thread::sleep_for(3s);
    for (auto const pid : stopped)
        ::kill(pid, SIGCONT);
}

void lock_a_table(scene& at)
{
    auto session = open_session(at.conninfo + " application_name=locker");
    (void)session.script("BEGIN; LOCK TABLE aibridge_user_prompts IN ACCESS EXCLUSIVE MODE");
    std::this_thread::sleep_for(3s);
    (void)session.script("ROLLBACK");
}

void vacuum_fully(scene& at)
{
    run(at, "VACUUM FULL aibridge_interceptions");
}

void crowd_the_door(scene& at)
{
    silent_crowd const crowd{at.address, too_many};
    std::this_thread::sleep_for(2s);
}

constexpr fault all_faults[] = {
    {"one session terminated", weather::fair, terminate_one},
    {"all sessions terminated", weather::stormy, terminate_all},
    {"table locked for 3 s", weather::stormy, lock_a_table},
    {"all statements cancelled", weather::stormy, cancel_all},
    {"a crowd at the door", weather::crowded, crowd_the_door},
    {"backends hang for 3 s", weather::stormy, hang},
    {"server restarted", weather::stormy, restart},
    {"a backend killed with SIGKILL", weather::stormy, kill_one},
    {"table written anew by VACUUM FULL", weather::stormy, vacuum_fully},
    {"postmaster killed, away for 2 s", weather::stormy, crash_and_stay_away},
};

} // namespace

std::span<fault const> faults()
{
    return all_faults;
}

} // namespace bridgewatch::test::soak
