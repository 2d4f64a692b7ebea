#include "test/support/audit_log.hpp"
#include "test/support/process.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"
#include "test/system/soak_client.hpp"
#include "test/system/soak_faults.hpp"
#include "test/system/soak_growth.hpp"
#include "test/system/soak_rude.hpp"
#include "test/system/soak_writer.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <future>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

// Mixed load with a fault each minute, for as long as BRIDGEWATCH_SOAK_MINUTES says (half a minute unless it does).
namespace bridgewatch::test {
namespace {

using namespace std::chrono_literals;
using soak::weather;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr unsigned clients = 6;
constexpr double questions_per_second = 60; // of all clients; the rest of the machine is for others
constexpr auto between_rude_ones = 1500ms;
constexpr int pool_size = 8;

/// What a short and a long run do not have in common.
struct course {
    std::chrono::duration<double, std::ratio<60>> length;
    milliseconds between_faults;
    std::string interceptions;
    bool is_long;
};

course course_of_environment()
{
    auto const* minutes = std::getenv("BRIDGEWATCH_SOAK_MINUTES");
    auto const usual = std::getenv("BRIDGEWATCH_LONG") == nullptr ? 0.5 : 10;
    course out{};
    out.length = std::chrono::duration<double, std::ratio<60>>{minutes == nullptr ? usual : std::stod(minutes)};
    out.is_long = out.length >= 5min;
    out.between_faults = out.is_long ? 60s : 1500ms;
    out.interceptions = out.is_long ? "6000" : "1200";
    return out;
}

/// A log of our own, with what makes it quick, and a past that ends before anybody writes.
std::string made_log(cluster& database, std::string const& interceptions)
{
    auto const conninfo = database.create_database();
    auto const command = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), BRIDGEWATCH_BINARY);
        arguments.insert(arguments.end(), {"--database-url", conninfo});
        auto const done = run(arguments);
        BOOST_TEST_REQUIRE((done.status == exit_status{}), arguments[1] << ": " << done.errors);
    };
    command({"migrate", "--schema=full"});
    command({"seed", "--interceptions", interceptions, "--until", "2025-12-31T00:00:00Z"});
    command({"migrate", "--schema=accelerate"});
    cluster::execute(conninfo, "VACUUM ANALYZE");
    return conninfo;
}

std::string token_of_owner(std::string const& conninfo)
{
    auto made = run({BRIDGEWATCH_BINARY, "token", "--username", "alice", "--database-url", conninfo}).output;
    made.pop_back();
    return made;
}

/// Does something again and again at a constant rate, in a thread of its own: who is late catches up.
class at_a_rate {
  public:
    at_a_rate(steady_clock::duration every, std::function<void()> act)
        : thread_{[this, every, act = std::move(act)] {
              for (auto next = steady_clock::now(); !stopped_;
                   next = std::max(next + every, steady_clock::now() - 1s)) {
                  std::this_thread::sleep_until(next);
                  act();
              }
          }}
    {
    }

    at_a_rate(at_a_rate const&) = delete;
    at_a_rate& operator=(at_a_rate const&) = delete;

    ~at_a_rate() { stopped_ = true; }

  private:
    std::atomic<bool> stopped_ = false;
    std::jthread thread_;
};

/// All that goes on, from its construction to its end.
struct soaking {
    explicit soaking(course const& how)
        : conninfo{made_log(database, how.interceptions)},
          past{conninfo},
          server{conninfo,
                 {"--pool-size", std::to_string(pool_size), "--max-connections", "300", "--max-requests-per-key", "300",
                  "--max-auth-failures", "0", "--pool-timeout", "8s", "--slice-bytes", "256KiB", "--request-timeout",
                  "10s", "--statement-timeout", "8s"}},
          writing{conninfo + " application_name=writer"},
          about{.address = server.address(),
                .token = token_of_owner(conninfo),
                .past = past,
                .book = book,
                .written = writing.written()}
    {
        for (unsigned number = 0; number < clients; ++number)
            askers.push_back(std::make_unique<soak::client>(about, number));
    }

    void run_load()
    {
        auto const every = std::chrono::duration_cast<steady_clock::duration>(
            std::chrono::duration<double>{clients / questions_per_second});
        for (auto& asker : askers)
            load.push_back(std::make_unique<at_a_rate>(every, [&asker] { asker->ask_something(); }));
        load.push_back(
            std::make_unique<at_a_rate>(between_rude_ones, [&, n = 0U]() mutable { read_slowly(about, n++); }));
        load.push_back(
            std::make_unique<at_a_rate>(between_rude_ones / 5, [&, n = 0U]() mutable { go_away(about, n++); }));
    }

    /// Every one of many connections, so that each loop is asked, has a page.
    [[nodiscard]] bool serves() const
    {
        constexpr int looks = 12;
        http_headers const token{{"Coder-Session-Token", about.token}};
        try {
            for (int i = 0; i < looks; ++i)
                if (fetch(about.address, "/api/v2/aibridge/interceptions?limit=1&count=none", token).status != 200)
                    return false;
            return true;
        } catch (std::exception const&) {
            return false; // there may be no connection to have
        }
    }

    /// Makes a fault happen, and waits until it is over for clients. @return how long that took after its end.
    milliseconds suffer(soak::fault const& what)
    {
        soak::scene at{.database = database, .conninfo = conninfo, .address = about.address};
        book.set(what.bearable);
        what.happen(at);
        auto const ended = steady_clock::now();
        BOOST_TEST(eventually(waits::limit, [this] { return serves(); }), what.name << ": it does not serve again");
        auto const took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - ended);
        if (what.bearable != weather::fair)
            std::this_thread::sleep_for(500ms); // answers that were decided on before it served are on their way
        book.set(weather::fair);
        return took;
    }

    cluster database;
    std::string conninfo;
    soak::truth past;
    soak::ledger book;
    served server;
    soak::writer writing;
    soak::known about;
    std::vector<std::unique_ptr<soak::client>> askers;
    std::vector<std::unique_ptr<at_a_rate>> load;
};

/// The pool is whole where as many requests as it has connections are in the database at one time.
void expect_whole_pool(soaking& all)
{
    constexpr std::size_t many = 5UL * pool_size;
    cluster::execute(all.conninfo, "ALTER TABLE aibridge_user_prompts SET (autovacuum_enabled = off)");
    std::optional<held_pages> held{all.conninfo};
    std::vector<std::future<int>> asked;
    for (std::size_t i = 0; i < many; ++i)
        asked.push_back(std::async(std::launch::async, [&all] {
            return fetch(all.about.address, "/api/v2/aibridge/interceptions?limit=2&count=none",
                         {{"Coder-Session-Token", all.about.token}})
                .status;
        }));
    std::int64_t most = 0;
    BOOST_TEST(eventually(waits::limit,
                          [&] {
                              most = std::max(most, sessions_at(all.conninfo, "wait_event_type = 'Lock'"));
                              return most == pool_size;
                          }),
               most << " of the pool's connections are in use");
    held.reset();
    for (auto& each : asked) {
        auto const status = each.get();
        BOOST_TEST((status == 200 || status == 503), status);
    }
    BOOST_TEST(eventually(waits::limit, [&] { return sessions_at(all.conninfo, "state <> 'idle'") == 0; }));
}

/// Each request that was answered has one access line, with the status that the client saw, or is a refusal among those
/// that the log says it has left out; no line tells of trouble inside.
void expect_honest_log(soaking const& all)
{
    std::unordered_map<std::string, int> answered;
    for (auto const& asker : all.askers)
        answered.insert(asker->answered().begin(), asker->answered().end());
    std::size_t other_status = 0, twice = 0, left_out = 0;
    std::set<std::string> met;
    for (auto const& line : all.server.log_lines("request")) {
        if (auto const* count = line.if_contains("left_out"))
            left_out += count->to_number<std::size_t>();
        std::string const id{line.at("request_id").as_string()};
        auto const found = answered.find(id);
        if (found == answered.end())
            continue;
        twice += met.insert(id).second ? 0U : 1U;
        other_status += line.at("status").to_number<int>() == found->second ? 0U : 1U;
    }
    for (auto const& [id, status] : answered)
        BOOST_TEST((met.contains(id) || status == 503), id << ' ' << status);
    BOOST_TEST(met.size() + left_out >= answered.size(), left_out);
    BOOST_TEST(twice == 0U);
    BOOST_TEST(other_status == 0U);
    for (auto const* event : {"connection_failed", "schema_watch_failed", "log_lines_lost", "accept_failed"})
        BOOST_TEST(all.server.log_lines(event).empty(), event);
    BOOST_TEST(all.server.log().find("unhandled: ") == std::string::npos);
}

} // namespace

BOOST_AUTO_TEST_SUITE(soak)

BOOST_AUTO_TEST_CASE(mixed_load_with_faults_loses_no_answer_and_leaks_nothing)
{
    auto const how = course_of_environment();
    soaking all{how};
    BOOST_TEST_REQUIRE(all.server.ready());
    BOOST_TEST_REQUIRE(all.serves());
    soak::growth process{all.server.program().pid()};
    auto const descriptors_before = process.descriptors();
    all.run_load();

    auto const began = steady_clock::now();
    auto const end = began + std::chrono::duration_cast<steady_clock::duration>(how.length);
    for (std::size_t number = 0; steady_clock::now() < end; ++number) {
        auto const next = std::min(steady_clock::now() + how.between_faults, end);
        while (steady_clock::now() < next) {
            std::this_thread::sleep_for(std::min<steady_clock::duration>(1s, next - steady_clock::now()));
            process.look();
        }
        auto const& what = soak::faults()[number % soak::faults().size()];
        auto const recovered_in = all.suffer(what);
        std::cout << fmt::format("soak: {:%M:%S} {}: serves {} ms after its end; {} answers, {} faults; {} KiB, {} "
                                 "descriptors\n",
                                 std::chrono::floor<std::chrono::seconds>(steady_clock::now() - began), what.name,
                                 recovered_in.count(), all.book.answers(), all.book.fault_count(),
                                 process.resident_kib(), process.descriptors())
                  << std::flush;
    }
    all.load.clear();
    for (auto& asker : all.askers)
        asker->hang_up();

    std::cout << all.book.summary() << "soak: " << all.writing.changes() << " changes written; " << process.summary()
              << "\n";
    for (auto const& fault : all.book.faults())
        BOOST_ERROR(fault);
    BOOST_TEST(all.book.fault_count() == 0U);
    BOOST_TEST(all.book.answers() > static_cast<std::size_t>(how.length / 1s * questions_per_second / 3));
    BOOST_TEST(all.writing.changes() > 0U);
    expect_whole_pool(all);
    BOOST_TEST(eventually(waits::limit, [&] { return process.descriptors() <= descriptors_before + pool_size; }),
               process.descriptors() << " descriptors, " << descriptors_before << " before");
    BOOST_TEST(all.server.program().is_running());
    process.expect_flat(how.is_long);
    expect_honest_log(all);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
