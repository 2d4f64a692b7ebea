// A thousand clients that send or read as slowly as they can: are the others served, and are they cut off in time?
// The tool is slowhttptest. With BRIDGEWATCH_LONG set the time limits are those of production.
#include "test/support/audit_log.hpp"
#include "test/support/sanitizers.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::test {
namespace {

using std::chrono::milliseconds;
using steady_clock = std::chrono::steady_clock;

constexpr int attackers = 1000;
/// At one time. Where the program is ten times slower, the first are cut off before the last have come.
constexpr std::size_t held = has_sanitizer ? attackers / 4 : attackers - 100;
/// A good client on a machine whose two cores also run the attack, the database and other tests.
constexpr milliseconds a_moment{has_sanitizer ? 12000 : 3000};
/// What a time limit may be late by there. An attacker would stay for a minute.
constexpr milliseconds tolerance{has_sanitizer ? 12000 : 8000};

struct time_limits {
    milliseconds head, body, write;
};

bool is_long()
{
    return std::getenv("BRIDGEWATCH_LONG") != nullptr;
}

time_limits limits()
{
    return is_long() ? time_limits{milliseconds{10'000}, milliseconds{15'000}, milliseconds{15'000}}
                     : time_limits{milliseconds{3000}, milliseconds{3000}, milliseconds{4000}};
}

std::vector<std::string> options()
{
    if (is_long())
        return {};
    // A head has --request-timeout too, where that is less than its own 10 s.
    return {"--request-timeout", std::to_string(limits().body.count()) + "ms", "--write-timeout",
            std::to_string(limits().write.count()) + "ms"};
}

struct attack_case {
    std::string_view name;
    std::vector<std::string> arguments;
    std::string path;
    milliseconds time_limits::* limit;
    std::string_view ended; ///< of their lines in the log
    int lines;              ///< how many there have to be
};

std::ostream& operator<<(std::ostream& out, attack_case const& c)
{
    return out << c.name;
}

attack_case const attacks[] = {
    {"slow headers", {"-H", "-i", "1", "-x", "12"}, "/livez", &time_limits::head, "timeout", attackers},
    {"slow body",
     {"-B", "-t", "POST", "-s", "40000", "-i", "1", "-x", "12"},
     "/livez",
     &time_limits::body,
     "timeout",
     attackers},
    // Ten requests on each connection. Of some the kernel takes all ten answers, and ends them without a line in the
    // log.
    {"slow read",
     {"-X", "-k", "10", "-w", "10", "-y", "20", "-n", "1", "-z", "32"},
     "/openapi.json",
     &time_limits::write,
     "write_failed",
     0},
};

std::vector<std::string> command_line(attack_case const& c, std::string const& address)
{
    std::vector<std::string> line{"slowhttptest",
                                  "-c",
                                  std::to_string(attackers),
                                  "-r",
                                  std::to_string(attackers),
                                  "-l",
                                  "60",
                                  "-p",
                                  "5",
                                  "-u",
                                  "http://" + address + c.path};
    line.insert(line.end(), c.arguments.begin(), c.arguments.end());
    return line;
}

/// The server's established connections, as the kernel counts them.
std::size_t connections_of(std::string const& address)
{
    constexpr std::string_view established = "01";
    auto const port = static_cast<unsigned>(std::stoul(address.substr(address.rfind(':') + 1)));
    std::ifstream table{"/proc/net/tcp"};
    std::string line;
    std::getline(table, line); // names of the columns
    std::size_t count = 0;
    std::string number, local, remote, state;
    while (table >> number >> local >> remote >> state && std::getline(table, line))
        if (state == established && std::stoul(local.substr(local.rfind(':') + 1), nullptr, 16) == port)
            ++count;
    return count;
}

/// How many lines of the log have cut an attacker off, and the longest that one was suffered.
struct cut_off {
    std::ptrdiff_t count = 0;
    milliseconds longest{0};
};

cut_off cut_off_by(served const& server, attack_case const& c)
{
    cut_off out;
    for (auto const& line : server.log_lines("request")) {
        if (line.at("ended").as_string() != c.ended)
            continue;
        ++out.count;
        milliseconds const took{line.at("duration_us").to_number<std::int64_t>() / 1000};
        out.longest = std::max(out.longest, took);
    }
    return out;
}

/// What a good client sees meanwhile.
struct good_client {
    std::size_t requests = 0;
    milliseconds slowest{0};

    /// On a connection of its own, which has to be accepted among the attackers'.
    void ask(std::string const& address)
    {
        auto const before = steady_clock::now();
        auto const answer = fetch(address, std::string{interceptions_path} + "?limit=5", as_owner());
        slowest = std::max(slowest, std::chrono::duration_cast<milliseconds>(steady_clock::now() - before));
        BOOST_TEST(answer.status == 200, answer.body);
        ++requests;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(slow_clients)

BOOST_DATA_TEST_CASE(others_are_served_and_they_are_cut_off, bdata::make(attacks), attack)
{
    constexpr std::size_t ours = 5; // of the good client, some of them just closing
    audit_log const log;
    served const server{log.conninfo(), options()};
    BOOST_TEST_REQUIRE(server.ready());
    process const slow{command_line(attack, server.address())};
    good_client good;
    std::size_t most = 0;
    auto const ask_until = [&](milliseconds at_most, auto const& done) {
        return eventually(at_most, [&] {
            good.ask(server.address());
            auto const now = connections_of(server.address());
            most = std::max(most, now);
            return done(now);
        });
    };
    BOOST_TEST(ask_until(waits::limit, [](std::size_t now) { return now >= held; }), most);
    auto const limit = limits().*attack.limit;
    BOOST_TEST(ask_until(limit + tolerance, [](std::size_t now) { return now <= ours; }),
               connections_of(server.address()));
    BOOST_TEST_MESSAGE(attack.name << ": " << most << " connections, " << good.requests
                                   << " good requests, the slowest took " << good.slowest.count() << " ms");
    BOOST_TEST(good.slowest < a_moment);
    BOOST_TEST(good.requests >= (has_sanitizer ? 5U : 20U));
    auto const cut = cut_off_by(server, attack);
    BOOST_TEST(cut.count >= attack.lines);
    if (cut.count == 0 || has_sanitizer) // whose slowness has clients leave by themselves
        return;
    BOOST_TEST(cut.longest < limit + tolerance, cut.longest.count());
    // Of ten requests on a connection, that which is cut off may have begun while another's answer was waited for.
    if (attack.lines > 0)
        BOOST_TEST(cut.longest >= limit, cut.longest.count());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
