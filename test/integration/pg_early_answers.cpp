#include "test/integration/pg_loop.hpp"
#include "test/support/session.hpp"

#include <string>

namespace bridgewatch::test {
namespace {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(pg_early_answers)

BOOST_AUTO_TEST_CASE(they_are_there_while_the_server_works_on)
{
    pg_loop at;
    auto lease = at.borrow_or_fail();
    auto other = open_session(at.conninfo);
    BOOST_TEST_REQUIRE(other.script("SELECT pg_advisory_lock(1)").has_value());
    int calls = 0;
    std::string second;
    // The third statement waits for a lock that is let go of only where the answers of the first two are used.
    pg::early_answers early{.steps = 2, .use = [&](pg::step_outcomes& so_far) {
                                ++calls;
                                auto const rows = std::move(*so_far.at(1));
                                second = rows.at(0, 0).bytes();
                                BOOST_TEST(failed_with(so_far.at(2), pg::errc::skipped));
                                BOOST_TEST(other.script("SELECT pg_advisory_unlock(1)").has_value());
                            }};
    pg::batch steps{sql("SELECT 'first'"), sql("SELECT 'second'"), sql("SELECT pg_advisory_lock(1)"),
                    sql("SELECT 'last'")};
    auto const got = at.wait(lease.run(std::move(steps), in(waits::limit), std::move(early)));
    BOOST_TEST_REQUIRE(got.has_value(), (got ? "" : got.error().diag.message));
    BOOST_TEST(calls == 1);
    BOOST_TEST(second == "second");
    BOOST_TEST(got->at(0)->at(0, 0).bytes() == "first");
    BOOST_TEST(got->at(3)->at(0, 0).bytes() == "last");
    BOOST_TEST(at.text(lease, "SELECT 'next'") == "next");
}

BOOST_AUTO_TEST_CASE(faults_come_early_too)
{
    pg_loop at;
    auto lease = at.borrow_or_fail();
    int calls = 0;
    pg::early_answers early{.steps = 2, .use = [&](pg::step_outcomes& so_far) {
                                ++calls;
                                BOOST_TEST(failed_with(so_far.at(0), pg::errc::server_error));
                                BOOST_TEST(failed_with(so_far.at(1), pg::errc::skipped));
                            }};
    pg::batch steps{sql("SELECT 1 / 0"), sql("SELECT 'second'"), sql("SELECT 'last'")};
    auto const got = at.wait(lease.run(std::move(steps), in(waits::limit), std::move(early)));
    BOOST_TEST_REQUIRE(got.has_value());
    BOOST_TEST(calls == 1);
    BOOST_TEST(failed_with(got->at(0), pg::errc::server_error));
    BOOST_TEST(failed_with(got->at(2), pg::errc::skipped));
}

BOOST_AUTO_TEST_CASE(nobody_is_told_once_the_run_has_ended)
{
    pg_loop at{pg::pool_settings{.size = 1}};
    int calls = 0;
    {
        auto lease = at.borrow_or_fail();
        pg::early_answers early{.steps = 1, .use = [&](pg::step_outcomes&) { ++calls; }};
        pg::batch steps{sql("SELECT pg_sleep(30)"), sql("SELECT 1")};
        auto const got = at.wait(lease.run(std::move(steps), in(50ms), std::move(early)));
        BOOST_TEST(failed_with(got, pg::errc::deadline));
    }
    BOOST_TEST(at.ask("SELECT 'back'") == "back"); // the same connection, which has been drained
    BOOST_TEST(at.pool->stats().connects == 1U);
    BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::test
