#include "test/support/audit_log.hpp"
#include "test/support/load.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <future>
#include <string>
#include <vector>

// One caller asks for more than their part; another one sees nothing of it.
namespace bridgewatch::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using steady_clock = std::chrono::steady_clock;

http_headers as_auditor()
{
    return {{"Coder-Session-Token", "keyauditor-ssssssssssssssssssssss"}};
}

void add_auditor(audit_log const& log)
{
    log.execute("INSERT INTO users (id, email, username, name, status, rbac_roles) VALUES (md5('auditor')::uuid, "
                "'auditor@example.com', 'auditor', 'Auditor', 'active', '{auditor}');"
                "INSERT INTO api_keys (id, hashed_secret, user_id, expires_at) VALUES ('keyauditor', "
                "sha256(repeat('s', 22)::bytea), md5('auditor')::uuid, '2099-01-01Z')");
}

constexpr int rows = 400;

/// A log in which a count of all rows takes two seconds, and a page of three next to nothing.
struct slow_to_count {
    slow_to_count()
    {
        add_auditor(log);
        log.slow_each_row_down();
        cluster::grant_reading(log.conninfo());
    }

    audit_log log{cluster::shared(), rows};
    std::string as_reader = log.conninfo() + std::string{cluster::as_reader};
};

std::string page(std::string_view parameters)
{
    return std::string{interceptions_path} + "?limit=3&" + std::string{parameters};
}

/// What a client sees who asks for one page after the other.
struct experience {
    std::size_t answered = 0, failed = 0;
    milliseconds slowest{0}, median{0};
};

experience walk(std::string const& address, http_headers const& who, milliseconds length)
{
    experience out;
    std::vector<milliseconds> took;
    http_client client{address};
    for (auto const end = steady_clock::now() + length; steady_clock::now() < end;) {
        auto const start = steady_clock::now();
        auto const status = client.get(page("count=none"), who).status;
        took.push_back(std::chrono::duration_cast<milliseconds>(steady_clock::now() - start));
        ++(status == 200 ? out.answered : out.failed);
    }
    std::ranges::sort(took);
    out.slowest = took.back();
    out.median = took[took.size() / 2];
    return out;
}

/// A unix socket has one loop, so all of the pool that is meant.
std::vector<std::string> one_loop(std::vector<std::string> more)
{
    more.insert(more.end(), {"--threads", "1", "--pool-size", "4"});
    return more;
}

} // namespace

BOOST_AUTO_TEST_SUITE(overload_fairness)

BOOST_AUTO_TEST_CASE(flood_of_exact_counts_does_not_starve_others)
{
    slow_to_count const at;
    // Those that wait for a place in vain are capped at the same moment: not at that of the look below.
    served server{at.as_reader, one_loop({"--exact-count-timeout", "1s", "--count-cap", "5", "--pool-timeout", "3s"})};
    BOOST_TEST_REQUIRE(server.ready());
    auto const alone = walk(server.address(), as_auditor(), 1s);
    load flood{server.address(), page("count=exact"), as_owner(), 24};
    // One connection counts, as many as its share is; those behind it wait.
    BOOST_TEST_REQUIRE(
        eventually(waits::limit, [&] { return at.log.sessions("query LIKE '%count(*)%' AND state = 'active'") > 0; }));
    auto const beside = walk(server.address(), as_auditor(), 4s);
    BOOST_TEST(at.log.sessions("query LIKE '%count(*)%' AND state = 'active'") <= 2); // and one that is cancelled
    flood.stop();
    BOOST_TEST_MESSAGE("alone: median " << alone.median.count() << " ms, slowest " << alone.slowest.count()
                                        << " ms; beside the flood: median " << beside.median.count() << " ms, slowest "
                                        << beside.slowest.count() << " ms, " << beside.answered
                                        << " answers; the flood had " << flood.answered());
    BOOST_TEST(alone.failed == 0U);
    BOOST_TEST(beside.failed == 0U);
    BOOST_TEST(beside.answered > 20U);
    BOOST_TEST((beside.median < alone.median + 100ms));
    BOOST_TEST((beside.slowest < 1s));
    BOOST_TEST(flood.answered() > 0U); // with what could be counted in time
    for (auto const& what : flood.failures())
        BOOST_TEST((what.starts_with("429 ") || what.starts_with("503 ")), what);
}

BOOST_AUTO_TEST_CASE(count_that_finds_no_place_in_time_is_capped_and_its_page_is_whole)
{
    slow_to_count const at;
    served server{at.as_reader,
                  one_loop({"--exact-count-timeout", "8s", "--count-cap", "5", "--pool-timeout", "300ms"})};
    BOOST_TEST_REQUIRE(server.ready());
    auto counted = ask_aside(server.address(), page("count=exact"));
    BOOST_TEST_REQUIRE(
        eventually(waits::limit, [&] { return at.log.sessions("query LIKE '%count(*)%' AND state = 'active'") == 1; }));
    auto const capped = fetch(server.address(), page("count=exact"), as_auditor());
    BOOST_TEST_REQUIRE(capped.status == 200);
    BOOST_TEST(capped.json().at("count_cap").to_number<int>() == 5);
    BOOST_TEST(capped.json().at("results").as_array().size() == 3U);
    auto const exact = counted.get();
    BOOST_TEST_REQUIRE(exact.status == 200);
    BOOST_TEST(exact.json().at("count").to_number<int>() == rows);
}

/// What was cut off soon was not answered soon.
BOOST_AUTO_TEST_CASE(question_that_was_cut_off_is_not_taken_for_a_quick_one)
{
    slow_to_count const at;
    served server{at.as_reader, one_loop({"--pool-timeout", "20s"})};
    BOOST_TEST_REQUIRE(server.ready());
    auto const rare = page("count=none&q=model:rare*"); // all rows are looked at
    for (auto const* seconds : {"0.03", "0.04", "0.05", "0.06"}) {
        auto impatient = as_owner();
        impatient.emplace_back("Request-Timeout", seconds);
        BOOST_TEST(fetch(server.address(), rare, impatient).status == 504);
    }
    auto const at_work = [&] { return at.log.sessions("state = 'active'"); };
    BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return at_work() == 0; }));
    std::vector<std::future<http_answer>> asked;
    for (int i = 0; i < 3; ++i)
        asked.push_back(ask_aside(server.address(), rare));
    std::int64_t most = 0;
    BOOST_TEST_REQUIRE(eventually(waits::limit, [&] {
        most = std::max(most, at_work());
        return std::ranges::any_of(asked, [](auto& one) { return one.wait_for(0s) == std::future_status::ready; });
    }));
    BOOST_TEST(most == 1);
    for (auto& one : asked)
        BOOST_TEST(one.get().status == 200);
}

BOOST_AUTO_TEST_CASE(counts_that_are_quick_are_not_held_back)
{
    audit_log const log;
    served server{log.conninfo(), one_loop({"--pool-timeout", "20s"})};
    BOOST_TEST_REQUIRE(server.ready());
    load many{server.address(), std::string{interceptions_path} + "?limit=1", as_owner(), 8};
    BOOST_TEST(eventually(waits::limit, [&] { return many.answered() > 300; }));
    BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return log.sessions() == 4; })); // the whole pool, not its share
    many.stop();
    BOOST_TEST(many.failures().empty());
    auto const last = fetch(server.address(), std::string{interceptions_path} + "?limit=1", as_owner());
    BOOST_TEST(!last.json().as_object().contains("count_cap"));
}

BOOST_AUTO_TEST_CASE(key_with_too_many_requests_gets_429_and_others_are_served)
{
    audit_log const log;
    add_auditor(log);
    served server{log.conninfo(), {"--pool-size", "16", "--max-requests-per-key", "3"}};
    BOOST_TEST_REQUIRE(server.ready());
    std::vector<std::future<http_answer>> running;
    std::future<http_answer> other;
    {
        held_pages const held{log};
        for (int i = 0; i < 3; ++i)
            running.push_back(ask_aside(server.address(), page("count=none")));
        BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return log.sessions("wait_event_type = 'Lock'") == 3; }));
        auto const refused = fetch(server.address(), page("count=none"), as_owner());
        BOOST_TEST(refused.status == 429);
        BOOST_TEST(refused.headers.at("retry-after") == "1");
        BOOST_TEST(refused.body ==
                   R"({"message":"Too many requests at once with this API key. Please try again shortly."})");
        other =
            std::async(std::launch::async, [&] { return fetch(server.address(), page("count=none"), as_auditor()); });
        BOOST_TEST(eventually(waits::limit, [&] { return log.sessions("wait_event_type = 'Lock'") == 4; }));
    }
    for (auto& each : running)
        BOOST_TEST(each.get().status == 200);
    BOOST_TEST(other.get().status == 200);
    BOOST_TEST(fetch(server.address(), page("count=none"), as_owner()).status == 200);
}

BOOST_AUTO_TEST_CASE(who_does_not_have_the_secret_takes_no_places)
{
    audit_log const log;
    served server{log.conninfo(), {"--max-requests-per-key", "1", "--max-auth-failures", "0"}};
    BOOST_TEST_REQUIRE(server.ready());
    load guesses{
        server.address(), page("count=none"), {{"Coder-Session-Token", "keyofowner-gggggggggggggggggggggg"}}, 4};
    for (int i = 0; i < 100; ++i)
        BOOST_TEST_REQUIRE(fetch(server.address(), page("count=none"), as_owner()).status == 200);
    guesses.stop();
    for (auto const& what : guesses.failures())
        BOOST_TEST(what.starts_with("401 "), what);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
