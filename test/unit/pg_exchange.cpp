#include "db/pg/exchange.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>
#include <vector>

namespace bridgewatch::pg {
namespace {

using kind = command::kind;
using action = exchange::action;

command query(std::size_t step, std::string name = {})
{
    return {.of = kind::query, .step = step, .statement = std::move(name)};
}

command prepare(std::size_t step, std::string name)
{
    return {.of = kind::prepare, .step = step, .statement = std::move(name)};
}

command sync()
{
    return {};
}

/// Two steps, the first of them prepared, in two scopes.
exchange two_scopes()
{
    return exchange{{prepare(0, "a"), query(0, "a"), sync(), query(1), sync()}, 2};
}

void answer(exchange& at)
{
    at.took_rows(rows{});
    at.took_nothing(true);
}

void fail(exchange& at, std::string sqlstate)
{
    at.took_error({.sqlstate = std::move(sqlstate), .message = "no"});
    at.took_nothing(true);
}

void abort(exchange& at)
{
    at.took_aborted();
    at.took_nothing(true);
}

bool has(outcome<rows> const& got, errc code)
{
    return got.has_error() && got.error().code == code;
}

BOOST_AUTO_TEST_SUITE(pg_exchange)

BOOST_AUTO_TEST_CASE(one_that_never_began_is_done)
{
    BOOST_TEST((exchange{}.next() == action::done));
}

BOOST_AUTO_TEST_CASE(a_good_pipeline_ends_with_its_last_sync)
{
    auto at = two_scopes();
    BOOST_TEST((at.next() == action::flush));
    at.flushed(0);
    BOOST_TEST((at.next() == action::take_result));
    at.busy();
    BOOST_TEST((at.next() == action::wait_read));
    at.consumed(true);
    answer(at);
    answer(at);
    at.took_sync();
    answer(at);
    BOOST_TEST((at.next() == action::take_result));
    at.took_sync();
    BOOST_TEST((at.next() == action::done));
    BOOST_TEST((at.prepared() == std::vector<std::pair<std::string, bool>>{{"a", true}}));
    for (auto const& one : at.take_outcomes())
        BOOST_TEST(one.has_value());
}

BOOST_AUTO_TEST_CASE(full_buffers_wait_for_both_directions_and_flush_again)
{
    auto at = two_scopes();
    at.flushed(1);
    BOOST_TEST((at.next() == action::wait_read_or_write));
    at.consumed(true);
    BOOST_TEST((at.next() == action::flush));
    at.flushed(0);
    BOOST_TEST((at.next() == action::take_result));
}

BOOST_AUTO_TEST_CASE(a_failed_statement_skips_to_its_sync_and_no_further)
{
    exchange at{{query(0), query(1), query(2), sync(), query(3), sync()}, 4};
    at.flushed(0);
    answer(at);
    fail(at, "22012");
    abort(at);
    at.took_sync();
    answer(at);
    at.took_sync();
    BOOST_TEST((at.next() == action::done));
    auto const got = at.take_outcomes();
    BOOST_TEST(got[0].has_value());
    BOOST_TEST(has(got[1], errc::server_error));
    BOOST_TEST(has(got[2], errc::skipped));
    BOOST_TEST(got[3].has_value());
    BOOST_TEST(!at.spoilt());
}

BOOST_AUTO_TEST_CASE(a_failed_prepare_is_the_steps_error)
{
    auto at = two_scopes();
    at.flushed(0);
    fail(at, "42P01");
    abort(at);
    at.took_sync();
    answer(at);
    at.took_sync();
    auto const got = at.take_outcomes();
    BOOST_TEST_REQUIRE(has(got[0], errc::server_error));
    BOOST_TEST(got[0].error().diag.sqlstate == "42P01");
    BOOST_TEST(got[1].has_value());
    BOOST_TEST((at.prepared() == std::vector<std::pair<std::string, bool>>{{"a", false}}));
}

BOOST_AUTO_TEST_CASE(a_skipped_prepare_did_not_work)
{
    exchange at{{query(0), prepare(1, "b"), query(1, "b"), sync()}, 2};
    at.flushed(0);
    fail(at, "22012");
    abort(at);
    abort(at);
    at.took_sync();
    BOOST_TEST((at.next() == action::done));
    BOOST_TEST(has(at.take_outcomes()[1], errc::skipped));
    BOOST_TEST((at.prepared() == std::vector<std::pair<std::string, bool>>{{"b", false}}));
}

BOOST_AUTO_TEST_CASE(a_failed_deallocate_is_nobodys_error)
{
    exchange at{{{.of = kind::housekeeping, .step = 0, .statement = {}}, sync(), query(0), sync()}, 1};
    at.flushed(0);
    fail(at, "42000");
    at.took_sync();
    answer(at);
    at.took_sync();
    BOOST_TEST(at.take_outcomes()[0].has_value());
}

BOOST_AUTO_TEST_CASE(the_servers_limit_has_a_code_of_its_own)
{
    exchange at{{query(0), sync()}, 1};
    at.flushed(0);
    fail(at, "57014");
    at.took_sync();
    BOOST_TEST(has(at.take_outcomes()[0], errc::statement_timeout));
    BOOST_TEST(!at.spoilt());
}

BOOST_AUTO_TEST_CASE(states_that_cost_the_connection)
{
    for (std::string const sqlstate : {"08006", "57P01", "57P05", "0A000", "26000", "42P05"}) {
        exchange at{{query(0), sync()}, 1};
        at.flushed(0);
        fail(at, sqlstate);
        at.took_sync();
        BOOST_TEST((at.next() == action::done));
        BOOST_TEST(at.spoilt(), sqlstate);
        BOOST_TEST(at.last_words().sqlstate == sqlstate);
    }
}

BOOST_AUTO_TEST_CASE(a_killed_backend_is_told_by_its_last_words)
{
    exchange at{{query(0), query(1), sync()}, 2};
    at.flushed(0);
    at.took_error({.sqlstate = "57P01", .message = "terminating connection"});
    at.took_nothing(true);
    abort(at);
    at.busy();
    at.consumed(false);
    BOOST_TEST((at.next() == action::broken));
    BOOST_TEST((at.why_broken().code == errc::connection_lost));
    BOOST_TEST(at.why_broken().diag.sqlstate == "57P01");
}

BOOST_AUTO_TEST_CASE(a_fatal_error_ends_the_connection_whatever_its_state)
{
    // "terminating connection due to conflict with recovery" has the state of one that leaves the connection open.
    exchange at{{query(0), sync()}, 1};
    at.flushed(0);
    at.took_error({.sqlstate = "40001", .message = "terminating connection", .is_fatal = true});
    at.took_nothing(true);
    at.busy();
    at.consumed(false);
    BOOST_TEST((at.next() == action::broken));
    BOOST_TEST((at.why_broken().code == errc::connection_lost));
    BOOST_TEST(at.why_broken().diag.sqlstate == "40001");
}

/// What libpq may say at each point of a pipeline that goes well otherwise, as a list of deeds.
using deeds = std::vector<std::function<void(exchange&)>>;

deeds good_run()
{
    auto const rows_come = [](exchange& at) { at.took_rows(rows{}); };
    auto const gap = [](exchange& at) { at.took_nothing(true); };
    auto const in_sync = [](exchange& at) { at.took_sync(); };
    return {[](exchange& at) { at.flushed(1); },
            [](exchange& at) { at.consumed(true); },
            [](exchange& at) { at.flushed(0); },
            [](exchange& at) { at.busy(); },
            [](exchange& at) { at.consumed(true); },
            rows_come,
            gap,
            rows_come,
            gap,
            in_sync,
            rows_come,
            gap,
            in_sync};
}

BOOST_AUTO_TEST_CASE(whatever_fails_at_whatever_step_the_exchange_ends)
{
    deeds const faults{[](exchange& at) { at.flushed(-1); }, [](exchange& at) { at.consumed(false); },
                       [](exchange& at) { at.took_nothing(false); },
                       [](exchange& at) { at.took_unexpected("PGRES_COPY_IN"); },
                       [](exchange& at) { at.lost({.sqlstate = {}, .message = "gone"}); }};
    auto const run = good_run();
    for (std::size_t step = 0; step < run.size(); ++step) {
        for (auto const& fault : faults) {
            auto at = two_scopes();
            for (std::size_t i = 0; i < step; ++i)
                run[i](at);
            BOOST_TEST((at.next() != action::broken));
            fault(at);
            BOOST_TEST((at.next() == action::broken), "step " << step);
            BOOST_TEST((at.why_broken().code != errc{}));
            for (auto const& late : run)
                late(at);
            BOOST_TEST((at.next() == action::broken), "came back to life after step " << step);
        }
    }
}

BOOST_AUTO_TEST_CASE(answers_out_of_order_are_a_defect_and_no_endless_loop)
{
    deeds const odd{[](exchange& at) { at.took_nothing(true); },
                    [](exchange& at) {
                        at.took_rows(rows{});
                        at.took_rows(rows{});
                    },
                    [](exchange& at) { at.took_sync(); },
                    [](exchange& at) {
                        at.took_aborted();
                        at.took_sync();
                    }};
    for (auto const& deed : odd) {
        auto at = two_scopes();
        at.flushed(0);
        deed(at);
        BOOST_TEST((at.next() == action::broken));
        BOOST_TEST((at.why_broken().code == errc::protocol));
    }
}

BOOST_AUTO_TEST_CASE(a_result_behind_the_last_sync_is_a_defect)
{
    exchange at{{sync()}, 0};
    at.flushed(0);
    at.took_sync();
    BOOST_TEST((at.next() == action::done));
    at.took_rows(rows{});
    BOOST_TEST((at.next() == action::broken));
}

BOOST_AUTO_TEST_CASE(termination_between_two_answers_is_a_lost_connection)
{
    for (std::string const sqlstate : {"57P01", ""}) { // with and without last words
        auto at = two_scopes();
        at.flushed(0);
        answer(at);
        answer(at);
        at.took_error({.sqlstate = sqlstate, .message = "the end"}); // where the Sync is due
        BOOST_TEST((at.next() == action::broken));
        BOOST_TEST((at.why_broken().code == errc::connection_lost));
        BOOST_TEST(at.why_broken().diag.sqlstate == sqlstate);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::pg
