// What is told of each statement: to metrics, traces and the slow-query log.
#include "test/integration/pg_loop.hpp"

#include <boost/test/tools/context.hpp>

#include <chrono>
#include <ostream>
#include <string>
#include <vector>

namespace bridgewatch::test {
namespace {

using namespace std::chrono_literals;
using plan = pg::statement_ended::plan;

struct told {
    std::string about;
    std::size_t rows = 0, together = 0;
    plan by{};
    std::string failed;
    std::chrono::steady_clock::duration took{};
};

/// A pool with one lease, whose statements are written down.
struct listener {
    listener()
    {
        lease.report_to([this](pg::statement_ended const& it) {
            all.push_back({.about = std::string{it.what->about},
                           .rows = it.rows,
                           .together = it.together,
                           .by = it.by,
                           .failed = it.failed != nullptr ? std::string{to_string(it.failed->code)} : "",
                           .took = it.ended - it.begun});
        });
    }

    std::vector<told> run(pg::batch steps, std::chrono::milliseconds limit = waits::limit)
    {
        all.clear();
        static_cast<void>(at.run(lease, std::move(steps), limit));
        return all;
    }

    pg_loop at;
    pg::lease lease = at.borrow_or_fail();
    std::vector<told> all;
};

pg::step about(std::string_view what, std::string text)
{
    auto out = sql(std::move(text));
    out.about = what;
    return out;
}

BOOST_AUTO_TEST_SUITE(pg_statement_events)

BOOST_AUTO_TEST_CASE(rows_and_plans_are_told)
{
    listener log;
    auto const first = log.run({about("page", "SELECT generate_series(1, 3)")});
    BOOST_TEST_REQUIRE(first.size() == 1U);
    BOOST_TEST(first[0].about == "page");
    BOOST_TEST(first[0].rows == 3U);
    BOOST_TEST((first[0].by == plan::prepared));
    BOOST_TEST(first[0].failed.empty());
    BOOST_TEST((log.run({about("page", "SELECT generate_series(1, 3)")})[0].by == plan::kept));
    auto alone = about("page", "SELECT 1");
    alone.prepare = false;
    BOOST_TEST((log.run({alone})[0].by == plan::unprepared));
}

BOOST_AUTO_TEST_CASE(what_stands_around_questions_is_part_of_their_time)
{
    listener log;
    auto const heard = log.run({sql("SELECT pg_sleep(0.1)"), about("page", "SELECT 1"), sql("SELECT 2")});
    BOOST_TEST_REQUIRE(heard.size() == 1U);
    BOOST_TEST(heard[0].about == "page");
    BOOST_TEST((heard[0].took >= 100ms));
    auto const alone = log.run({sql("SELECT 1")});
    BOOST_TEST_REQUIRE(alone.size() == 1U);
    BOOST_TEST(alone[0].about == pg::housekeeping);
}

BOOST_AUTO_TEST_CASE(answers_that_came_together_are_said_to_be)
{
    listener log;
    pg::batch const steps{about("a", "SELECT 1"), about("b", "SELECT pg_sleep(0.5)"), about("c", "SELECT 1")};
    auto const heard = log.run(steps);
    BOOST_TEST_REQUIRE(heard.size() == 3U);
    BOOST_TEST((heard[0].took >= 490ms)); // the server has kept its answer back
    BOOST_TEST(heard[0].together == 2U);
    log.lease.time_each();
    auto const timed = log.run(steps);
    BOOST_TEST_REQUIRE(timed.size() == 3U);
    BOOST_TEST((timed[0].took < 490ms));
    BOOST_TEST(timed[0].together == 0U);
    BOOST_TEST((timed[1].took >= 490ms - timed[0].took));
}

BOOST_AUTO_TEST_CASE(failures_are_told_and_what_they_took_along_is_not)
{
    listener log;
    auto const heard = log.run({about("a", "SELECT 1/0"), about("b", "SELECT 1")});
    BOOST_TEST_REQUIRE(heard.size() == 1U);
    BOOST_TEST(heard[0].failed == "server_error");
}

BOOST_AUTO_TEST_CASE(statement_that_is_not_waited_for_is_told_and_none_behind_it)
{
    listener log;
    log.lease.time_each();
    auto const heard = log.run({about("a", "SELECT 1"), about("b", "SELECT pg_sleep(30)"), about("c", "SELECT 1")}, 2s);
    BOOST_TEST_REQUIRE(heard.size() == 2U);
    BOOST_TEST(heard[0].failed.empty());
    BOOST_TEST(heard[1].about == "b");
    BOOST_TEST(heard[1].failed == "deadline");
}

BOOST_AUTO_TEST_CASE(comment_reaches_the_server_and_nothing_is_prepared)
{
    listener log;
    log.lease.comment("traceparent='00-1-2-01'");
    auto const heard = log.run({about("a", "SELECT 1")});
    BOOST_TEST((heard[0].by == plan::unprepared));
    BOOST_TEST(log.at.text(log.lease, "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()")
                   .ends_with("/*traceparent='00-1-2-01'*/"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::test
