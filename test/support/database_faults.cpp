#include "test/support/database_faults.hpp"

#include "test/support/cluster.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <functional>
#include <future>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace bridgewatch::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string page_of(std::string_view count)
{
    return std::string{interceptions_path} + "?limit=5&count=" + std::string{count};
}

} // namespace

bool experience::is_of(std::vector<std::string> const& statuses) const
{
    return std::ranges::all_of(seen, [&](auto const& each) {
        return each.first == "200" || std::ranges::find(statuses, each.first) != statuses.end();
    });
}

live_load::live_load(served const& server, std::size_t eights)
    : pages_{server.address(), page_of("exact"), as_owner(), 3 * eights},
      uncounted_{server.address(), page_of("none"), as_owner(), 3 * eights},
      sessions_{server.address(), "/api/v2/aibridge/sessions?limit=5", as_owner(), 2 * eights}
{
    if (!goes_on())
        throw std::runtime_error{"nothing is answered before the fault: " + server.log()};
}

std::size_t live_load::answered() const
{
    return pages_.answered() + uncounted_.answered() + sessions_.answered();
}

std::vector<std::size_t> live_load::asked() const
{
    std::vector<std::size_t> out;
    for (auto const* each : {&pages_, &uncounted_, &sessions_})
        std::ranges::copy(each->asked(), std::back_inserter(out));
    return out;
}

bool live_load::goes_on(std::size_t answers) const
{
    auto const wanted = answered() + answers;
    auto const before = asked();
    return eventually(waits::limit,
                      [&] { return answered() >= wanted && std::ranges::equal(before, asked(), std::ranges::less{}); });
}

experience live_load::end(std::string_view fault, milliseconds back)
{
    experience out;
    for (auto* const each : {&pages_, &uncounted_, &sessions_}) {
        each->stop();
        for (auto const& [what, often] : each->seen())
            out.seen[what] += often;
        out.longest = std::max(out.longest, each->longest());
        out.failures.insert(out.failures.end(), each->failures().begin(), each->failures().end());
    }
    std::ostringstream line;
    line << fault << ": clients saw";
    for (auto const& [what, often] : out.seen)
        line << ' ' << what << " x " << often << ',';
    line << " the slowest answer took " << out.longest.count() << " ms; served again after " << back.count() << " ms";
    BOOST_TEST_MESSAGE(line.str());
    return out;
}

milliseconds until_it_serves(served const& server)
{
    constexpr int enough = 8;
    auto const start = steady_clock::now();
    auto const answers = [&] {
        for (int i = 0; i < enough; ++i)
            if (fetch(server.address(), page_of("exact"), as_owner()).status != 200)
                return false;
        return true;
    };
    if (!eventually(waits::limit, answers))
        return waits::limit;
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
}

bool pool_is_whole(served const& server, std::string const& conninfo, int size, int most)
{
    std::vector<std::future<http_answer>> pages;
    bool all_in_use = false;
    {
        held_pages const held{conninfo};
        for (int i = 0; i < size; ++i)
            pages.push_back(ask_aside(server.address(), page_of("none")));
        all_in_use =
            eventually(waits::limit, [&] { return sessions_at(conninfo, "wait_event_type = 'Lock'") == size; });
    }
    bool const all_answered = std::ranges::all_of(pages, [](auto& each) { return each.get().status == 200; });
    bool const none_left = eventually(waits::limit, [&] {
        return sessions_at(conninfo, "state <> 'idle'") == 0 && sessions_at(conninfo, "true") <= std::max(size, most);
    });
    return all_in_use && all_answered && none_left;
}

std::vector<pid_t> processes_of(audit_log const& log)
{
    std::vector<pid_t> out;
    std::istringstream pids{
        log.value("SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1) || ' ' || "
                  "string_agg(pid::text, ' ') FROM pg_stat_activity WHERE application_name = 'bridgewatch'")};
    for (pid_t pid = 0; pids >> pid;)
        out.push_back(pid);
    if (out.size() < 2)
        throw std::runtime_error{"nobody serves the program"};
    return out;
}

stopped_processes::stopped_processes(std::vector<pid_t> pids) : pids_{std::move(pids)}
{
    send(SIGSTOP);
}

stopped_processes::~stopped_processes()
{
    send(SIGCONT);
}

void stopped_processes::send(int signal) const
{
    for (auto const pid : pids_)
        ::kill(pid, signal);
}

} // namespace bridgewatch::test
