#include "db/sql/statement.hpp"
#include "test/integration/pg_loop.hpp"
#include "test/support/breaking_proxy.hpp"

#include <string>

namespace bridgewatch::test {
namespace {

using namespace std::chrono_literals;

std::string prepared_count(pg_loop& at, pg::lease& lease)
{
    pg::step unprepared = sql("SELECT count(*)::text FROM pg_prepared_statements");
    unprepared.prepare = false;
    auto got = at.run(lease, {unprepared});
    BOOST_TEST_REQUIRE(got.has_value());
    return std::string{got->front()->at(0, 0).bytes()};
}

BOOST_AUTO_TEST_SUITE(pg_pipeline)

BOOST_AUTO_TEST_CASE(values_of_every_type_come_as_they_are)
{
    pg_loop at;
    auto lease = at.borrow_or_fail();
    auto const got = at.run(
        lease, {sql("SELECT $1::int8, $2::boolean, $3::text, $4::uuid, $5::timestamptz, $6::text[]::text, NULL::text, "
                    "'{\"a\": 1.10}'::jsonb, 'infinity'::timestamptz, $7::uuid[]::text",
                    {{.of = pg::type::int8, .value = "-9223372036854775808"},
                     {.of = pg::type::boolean, .value = "true"},
                     {.of = pg::type::text, .value = "ä\"'\\"},
                     {.of = pg::type::uuid, .value = "0123abcd-ef45-6789-abcd-ef0123456789"},
                     {.of = pg::type::timestamptz, .value = "2026-01-02T03:04:05.000006Z"},
                     {.of = pg::type::text_array, .value = "{a,b}"},
                     {.of = pg::type::uuid_array, .value = "{}"}})});
    BOOST_TEST_REQUIRE(got.has_value());
    BOOST_TEST_REQUIRE(got->front().has_value());
    auto const& row = *got->front();
    BOOST_TEST(row.size() == 1U);
    BOOST_TEST(row.columns() == 10U);
    BOOST_TEST(row.at(0, 0).int64() == std::numeric_limits<std::int64_t>::min());
    BOOST_TEST(row.at(0, 1).boolean());
    BOOST_TEST(row.at(0, 2).bytes() == "ä\"'\\");
    BOOST_TEST_REQUIRE(row.at(0, 3).uuid().size() == 16U);
    BOOST_TEST(row.at(0, 3).uuid()[1] == 0x23);
    BOOST_TEST(
        (row.at(0, 4).timestamp() == std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 3h + 4min + 5s + 6us));
    BOOST_TEST(row.at(0, 5).bytes() == "{a,b}");
    BOOST_TEST(row.at(0, 6).is_null());
    BOOST_TEST(row.at(0, 7).jsonb() == "{\"a\": 1.10}");
    BOOST_TEST((row.at(0, 8).timestamp() == grammar::sys_micro::max()));
    BOOST_TEST(row.command() == "SELECT 1");
}

/// libpq tells its connection when it is asked for a value that is not there, even where the connection is gone.
BOOST_AUTO_TEST_CASE(values_that_did_not_come_are_no_notice_of_the_server)
{
    pg_loop at;
    auto lease = at.borrow_or_fail();
    auto const got = at.run(lease, {sql("SELECT 1")});
    BOOST_TEST_REQUIRE((got.has_value() && got->front().has_value()));
    BOOST_TEST(got->front()->at(0, 1).is_null());
    BOOST_TEST(got->front()->at(1, 0).is_null());
    BOOST_TEST_REQUIRE(at.run(lease, {sql("SELECT 2")}).has_value());
    BOOST_TEST(
        std::ranges::none_of(at.events, [](pg::event const& one) { return std::holds_alternative<pg::notice>(one); }));
}

BOOST_AUTO_TEST_CASE(packed_ids_are_read_as_they_are)
{
    pg_loop at;
    auto lease = at.borrow_or_fail();
    std::vector<grammar::uuid> const several{*grammar::parse_uuid("00000000-0000-0000-0000-000000000000"),
                                             *grammar::parse_uuid("0123abcd-ef45-6789-abcd-ef0123456789")};
    for (bool const prepare : {true, false}) {
        bridgewatch::sql::statement two, none;
        (two << "SELECT array_to_string(").bind_packed(several) << ", ' ')";
        (none << "SELECT cardinality(").bind_packed({}) << ")::text";
        auto steps = pg::batch{std::move(two).to_step(), std::move(none).to_step()};
        for (auto& step : steps)
            step.prepare = prepare;
        auto const got = at.run(lease, steps);
        BOOST_TEST_REQUIRE(got.has_value());
        BOOST_TEST_REQUIRE((*got)[0].has_value());
        BOOST_TEST_REQUIRE((*got)[1].has_value());
        BOOST_TEST((*got)[0]->at(0, 0).bytes() == to_string(several[0]) + " " + to_string(several[1]));
        BOOST_TEST((*got)[1]->at(0, 0).bytes() == "0");
    }
}

BOOST_AUTO_TEST_CASE(a_statement_is_prepared_once)
{
    pg_loop at;
    auto lease = at.borrow_or_fail();
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(at.text(lease, "SELECT 'same'") == "same");
    BOOST_TEST(prepared_count(at, lease) == "1");
}

BOOST_AUTO_TEST_CASE(nothing_is_prepared_where_the_pool_says_so)
{
    pg_loop at{pg::pool_settings{.prepared_statements = false}};
    auto lease = at.borrow_or_fail();
    BOOST_TEST(at.text(lease, "SELECT 'x'") == "x");
    BOOST_TEST(prepared_count(at, lease) == "0");
}

BOOST_AUTO_TEST_CASE(the_least_used_statement_makes_room)
{
    pg_loop at{pg::pool_settings{.statement_cache = 2}};
    auto lease = at.borrow_or_fail();
    for (int round = 0; round < 3; ++round) {
        for (auto const* one : {"SELECT 'a'", "SELECT 'b'", "SELECT 'c'"})
            BOOST_TEST(at.text(lease, one) == std::string(1, one[8]));
        BOOST_TEST(prepared_count(at, lease) == "2");
    }
}

BOOST_AUTO_TEST_CASE(a_batch_with_more_statements_than_places_works)
{
    pg_loop at{pg::pool_settings{.statement_cache = 2}};
    auto lease = at.borrow_or_fail();
    for (int round = 0; round < 2; ++round) {
        auto const got = at.run(lease, {sql("SELECT 'a'"), sql("SELECT 'b'"), sql("SELECT 'c'"), sql("SELECT 'a'")});
        BOOST_TEST_REQUIRE(got.has_value());
        for (auto const& one : *got)
            BOOST_TEST(one.has_value());
        BOOST_TEST(prepared_count(at, lease) == "2");
    }
}

BOOST_AUTO_TEST_CASE(an_error_in_the_middle_takes_its_scope_along_and_leaves_a_clean_connection)
{
    pg_loop at{pg::pool_settings{.size = 1}};
    {
        auto lease = at.borrow_or_fail();
        auto const got = at.run(lease, {sql("BEGIN"), sql("SELECT 1"), sql("SELECT 1/0"), sql_and_sync("SELECT 2"),
                                        sql_and_sync("COMMIT")});
        BOOST_TEST_REQUIRE(got.has_value());
        BOOST_TEST((*got)[0].has_value());
        BOOST_TEST((*got)[1].has_value());
        BOOST_TEST_REQUIRE(failed_with((*got)[2], pg::errc::server_error));
        BOOST_TEST((*got)[2].error().diag.sqlstate == "22012");
        BOOST_TEST(failed_with((*got)[3], pg::errc::skipped));
        BOOST_TEST_REQUIRE((*got)[4].has_value());
        BOOST_TEST((*got)[4]->command() == "ROLLBACK");
    }
    BOOST_TEST(at.pool->stats().idle == 1U);
    // The skipped Prepare was forgotten: the same text works now.
    BOOST_TEST(at.ask("SELECT 2::text") == "2");
    BOOST_TEST(at.pool->stats().connects == 1U);
}

BOOST_AUTO_TEST_CASE(a_prepare_that_was_skipped_is_not_relied_on_behind_the_sync)
{
    pg_loop at;
    auto lease = at.borrow_or_fail();
    auto const got = at.run(lease, {sql("SELECT 1/0"), sql_and_sync("SELECT 'again'"), sql("SELECT 'again'")});
    BOOST_TEST_REQUIRE(got.has_value());
    BOOST_TEST(failed_with((*got)[1], pg::errc::skipped));
    BOOST_TEST_REQUIRE((*got)[2].has_value());
    BOOST_TEST((*got)[2]->at(0, 0).bytes() == "again");
}

BOOST_AUTO_TEST_CASE(two_counts_in_one_transaction_agree_though_others_write)
{
    pg_loop at;
    cluster::execute(at.conninfo, "CREATE TABLE t AS SELECT 1 AS n");
    auto lease = at.borrow_or_fail();
    auto const first =
        at.run(lease, {sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"), sql("SELECT count(*) FROM t")});
    BOOST_TEST_REQUIRE(first.has_value());
    cluster::execute(at.conninfo, "INSERT INTO t VALUES (2)");
    auto const second = at.run(lease, {sql("SELECT count(*) FROM t"), sql("COMMIT"), sql("SELECT count(*) FROM t")});
    BOOST_TEST_REQUIRE(second.has_value());
    BOOST_TEST((*first)[1]->at(0, 0).int64() == 1);
    BOOST_TEST((*second)[0]->at(0, 0).int64() == 1);
    BOOST_TEST((*second)[2]->at(0, 0).int64() == 2);
}

BOOST_AUTO_TEST_CASE(forty_megabytes_in_both_directions_do_not_stall)
{
    constexpr std::size_t size = 40'000'000;
    pg_loop at;
    auto lease = at.borrow_or_fail();
    std::string const big(size, 'x');
    auto const echo = sql("SELECT $1::text", {{.of = pg::type::text, .value = big}});
    auto const got = at.run(lease, {echo, echo, echo}, waits::long_limit);
    BOOST_TEST_REQUIRE(got.has_value());
    for (auto const& one : *got) {
        BOOST_TEST_REQUIRE(one.has_value());
        BOOST_TEST(one->at(0, 0).bytes().size() == size);
    }
}

/// After an answer in many pieces a long message makes libpq's buffer grow: once, and not at the cost of what it is
/// sent with.
BOOST_AUTO_TEST_CASE(a_large_answer_is_followed_by_one_long_message)
{
    breaking_proxy between{cluster::shared().create_database()};
    pg_loop at{between.conninfo()};
    auto const bytes_of = [&](pg::lease& on, pg::batch const& steps) {
        auto const before = between.bytes_received();
        auto const got = at.run(on, steps);
        BOOST_TEST_REQUIRE(got.has_value());
        BOOST_TEST_REQUIRE(got->back().has_value());
        return between.bytes_received() - before;
    };
    auto const large = sql("SELECT repeat('x', 1000) FROM generate_series(1, 4000)");
    auto const failing = sql_and_sync("SELECT 1 / 0");
    constexpr std::size_t long_message = 200'000;
    auto first = at.borrow_or_fail();
    BOOST_TEST(bytes_of(first, {sql("SELECT 1")}) < long_message);
    auto with_message = bytes_of(first, {sql("SELECT 1")});
    // Its pieces are counted where one has come while another was read: where the server is slow, none may have.
    auto const grows = [&] {
        BOOST_TEST(bytes_of(first, {large}) < 2 * 4'000'000U);
        with_message = bytes_of(first, {sql("SELECT 1")});
        return with_message > long_message;
    };
    BOOST_TEST_REQUIRE(eventually(waits::limit, grows));
    BOOST_TEST(with_message < 2 * long_message);
    BOOST_TEST(bytes_of(first, {large}) > 4'000'000U);
    BOOST_TEST(bytes_of(first, {sql("SELECT 1")}) < long_message);

    auto second = at.borrow_or_fail();
    auto const failed = at.run(second, {sql("BEGIN"), large, failing});
    BOOST_TEST_REQUIRE(failed.has_value());
    BOOST_TEST(failed->back().has_error());
    BOOST_TEST(bytes_of(second, {sql("ROLLBACK")}) < long_message); // it has failed with the transaction, and alone
    BOOST_TEST(at.text(second, "SELECT 'fine'") == "fine");
}

BOOST_AUTO_TEST_CASE(notices_become_events)
{
    pg_loop at;
    auto lease = at.borrow_or_fail();
    auto const got = at.run(lease, {sql("DO $$ BEGIN RAISE WARNING 'look here' USING ERRCODE = '01234'; END $$")});
    BOOST_TEST_REQUIRE(got.has_value());
    BOOST_TEST_REQUIRE(at.count<pg::notice>() == 1U);
    auto const& told = std::get<pg::notice>(at.events.back());
    BOOST_TEST(told.severity == "WARNING");
    BOOST_TEST(told.sqlstate == "01234");
    BOOST_TEST(told.message == "look here");
}

BOOST_AUTO_TEST_CASE(a_parameter_with_a_nul_is_refused_and_not_cut)
{
    pg_loop at;
    {
        auto lease = at.borrow_or_fail();
        std::string const value{"a\0b", 3};
        auto const got = at.run(lease, {sql("SELECT $1::text", {{.of = pg::type::text, .value = value}})});
        BOOST_TEST(failed_with(got, pg::errc::protocol));
    }
    BOOST_TEST(at.ask("SELECT 'next'") == "next");
}

BOOST_AUTO_TEST_CASE(copy_is_refused_and_the_next_caller_gets_a_good_connection)
{
    pg_loop at{pg::pool_settings{.size = 1}};
    cluster::execute(at.conninfo, "CREATE TABLE t (n int)");
    {
        auto lease = at.borrow_or_fail();
        auto const got = at.run(lease, {sql("COPY t FROM STDIN")});
        BOOST_TEST(failed_with(got, pg::errc::protocol));
    }
    BOOST_TEST(at.ask("SELECT 'next'") == "next");
}

BOOST_AUTO_TEST_CASE(a_changed_result_type_costs_one_answer_and_a_connection)
{
    pg_loop at{pg::pool_settings{.size = 1}};
    cluster::execute(at.conninfo, "CREATE TABLE t AS SELECT 'a'::text AS c");
    BOOST_TEST(at.ask("SELECT * FROM t") == "a");
    cluster::execute(at.conninfo, "ALTER TABLE t ADD COLUMN d int");
    BOOST_TEST(at.ask("SELECT * FROM t") == "server_error");
    BOOST_TEST(at.ask("SELECT * FROM t") == "a");
    BOOST_TEST(at.pool->stats().connects == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::test
