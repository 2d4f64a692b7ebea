#include "test/support/audit_log.hpp"
#include "test/support/sanitizers.hpp"
#include "test/support/scratch_directory.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

// The wall clock is set while the server runs. libfaketime does it to one process; the steady clock goes on.
namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using steady_clock = std::chrono::steady_clock;

constexpr milliseconds limit{1500}; ///< each that the server is given
constexpr std::int64_t day_ms = 86'400'000;

/// Debian's libfaketime lies in a folder named for the machine.
std::string library()
{
    for (auto const& machine : fs::directory_iterator{"/usr/lib"})
        if (auto const file = machine.path() / "faketime" / "libfaketime.so.1"; fs::exists(file))
            return file;
    throw std::runtime_error{"libfaketime is missing: apt-get install faketime"};
}

/// A server that reads its wall clock through a file of ours.
struct set_clock {
    set_clock() : offset{directory.path() / "offset"}, server{start()} { BOOST_TEST_REQUIRE(server.ready()); }

    set_clock(set_clock const&) = delete;
    set_clock& operator=(set_clock const&) = delete;

    /// libfaketime moves timerfd's absolute times too, whatever their clock, and Asio means "at once" by one long past:
    /// a day back the server would wait for a day to end.
    ~set_clock() { set("+0"); }

    served start()
    {
        set("+0");
        return served{log.conninfo(),
                      {"--auth-cache-ttl", "1500ms", "--statement-timeout", "1500ms", "--idle-timeout", "1500ms"},
                      {.launcher = {},
                       .environment = {{"LD_PRELOAD", library()},
                                       {"FAKETIME_TIMESTAMP_FILE", offset},
                                       {"FAKETIME_NO_CACHE", "1"},
                                       {"DONT_FAKE_MONOTONIC", "1"},
                                       // Sanitizers want to be the first library.
                                       {"ASAN_OPTIONS", "verify_asan_link_order=0"}}}};
    }

    /// Sets the clock to so much before or after the real time: "-1d".
    void set(std::string const& to) const
    {
        auto const next = offset.string() + ".next";
        std::ofstream{next} << to << "\n";
        fs::rename(next, offset);
    }

    /// @return by how much the log says that the clock was set, in the end
    [[nodiscard]] std::int64_t told_after(std::size_t steps) const
    {
        auto const told = [&] {
            static_cast<void>(page());
            return server.log_lines("clock_stepped").size() >= steps;
        };
        BOOST_TEST_REQUIRE(eventually(waits::limit, told), server.log());
        return server.log_lines("clock_stepped").back().at("by_ms").to_number<std::int64_t>();
    }

    [[nodiscard]] int page() const { return fetch(server.address(), interceptions_path, as_owner()).status; }

    void expect_limits_kept() const
    {
        {
            held_pages const held{log};
            auto const start = steady_clock::now();
            BOOST_TEST(page() == 504);
            auto const took = steady_clock::now() - start;
            BOOST_TEST((took >= limit && took < limit + waits::lateness));
        }
        http_client idle{server.address()};
        auto const start = steady_clock::now();
        BOOST_TEST(idle.get(interceptions_path, as_owner()).status == 200);
        BOOST_TEST(idle.receive_all().empty());
        auto const took = steady_clock::now() - start;
        BOOST_TEST((took >= limit && took < limit + waits::lateness));
    }

    scratch_directory directory;
    fs::path offset;
    audit_log log;
    served server;
};

} // namespace

BOOST_AUTO_TEST_SUITE(clock)

BOOST_FIXTURE_TEST_CASE(clock_set_back_changes_no_limit_and_is_told, set_clock,
                        *boost::unit_test::precondition(without_sanitizer))
{
    BOOST_TEST(page() == 200);
    set("-1d");
    BOOST_TEST(page() == 200);
    BOOST_TEST(std::abs(told_after(1) + day_ms) < 5000);
    expect_limits_kept();

    set("+0");
    BOOST_TEST(std::abs(told_after(2) - day_ms) < 5000);
    expect_limits_kept();
    BOOST_TEST(page() == 200);
}

BOOST_FIXTURE_TEST_CASE(statement_that_runs_while_the_clock_is_set_back_ends_in_time, set_clock,
                        *boost::unit_test::precondition(without_sanitizer))
{
    {
        held_pages const held{log};
        auto const start = steady_clock::now();
        auto asked = ask_aside(server.address(), std::string{interceptions_path});
        BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return log.sessions("wait_event_type = 'Lock'") == 1; }));
        set("-1d");
        BOOST_TEST(asked.get().status == 504);
        BOOST_TEST((steady_clock::now() - start < limit + waits::lateness));
    }
    BOOST_TEST(page() == 200);
}

BOOST_FIXTURE_TEST_CASE(key_revoked_after_the_clock_was_set_back_is_forgotten_in_time, set_clock,
                        *boost::unit_test::precondition(without_sanitizer))
{
    BOOST_TEST(page() == 200);
    set("-1d");
    BOOST_TEST(page() == 200); // from the cache, or into it
    log.execute("DELETE FROM api_keys");
    auto const start = steady_clock::now();
    BOOST_TEST(eventually(waits::limit, [this] { return page() == 401; }));
    BOOST_TEST((steady_clock::now() - start < limit + waits::lateness));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
