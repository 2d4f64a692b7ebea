#include "db/pg/send.hpp"
#include "db/pg/statement_cache.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace bridgewatch::pg {
namespace {

statement_cache::placement place(statement_cache& cache, std::string const& key)
{
    cache.begin_batch();
    auto const out = cache.place(key, 0);
    BOOST_TEST_REQUIRE(out.has_value());
    if (out->must_prepare)
        cache.settle(out->name, true);
    return *out;
}

/// The layout in one word per command.
std::string drawn(std::vector<outgoing> const& layout)
{
    std::string out;
    for (auto const& one : layout) {
        switch (one.what.of) {
        case command::kind::sync:
            out += "| ";
            break;
        case command::kind::prepare:
            out += "prepare:" + one.what.statement + ' ';
            break;
        case command::kind::query:
            out += one.what.statement.empty() ? "query " : "query:" + one.what.statement + ' ';
            break;
        case command::kind::housekeeping:
            out += one.text + ' ';
            break;
        }
    }
    return out;
}

step text(std::string sql, bool sync_after = false)
{
    return {.sql = std::move(sql), .parameters = {}, .prepare = true, .sync_after = sync_after};
}

void settle(statement_cache& cache, std::vector<outgoing> const& layout)
{
    for (auto const& one : layout) {
        if (one.what.of == command::kind::prepare)
            cache.settle(one.what.statement, true);
    }
}

BOOST_AUTO_TEST_SUITE(pg_statement_cache)

BOOST_AUTO_TEST_CASE(a_text_is_prepared_once_and_found_again)
{
    statement_cache cache{2};
    auto const first = place(cache, "a");
    BOOST_TEST(first.must_prepare);
    auto const again = place(cache, "a");
    BOOST_TEST(!again.must_prepare);
    BOOST_TEST(again.name == first.name);
}

BOOST_AUTO_TEST_CASE(the_least_recently_used_goes)
{
    statement_cache cache{2};
    static_cast<void>(place(cache, "a"));
    auto const b = place(cache, "b");
    static_cast<void>(place(cache, "a"));
    BOOST_TEST(place(cache, "c").evicted == b.name);
    BOOST_TEST(!place(cache, "a").must_prepare);
    BOOST_TEST(place(cache, "b").must_prepare);
    BOOST_TEST(cache.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_prepare_that_failed_is_forgotten)
{
    statement_cache cache{2};
    cache.begin_batch();
    auto const first = cache.place("a", 0);
    cache.settle(first->name, false);
    BOOST_TEST(cache.size() == 0U);
    auto const again = place(cache, "a");
    BOOST_TEST(again.must_prepare);
    BOOST_TEST(again.name != first->name);
}

BOOST_AUTO_TEST_CASE(a_cache_without_places_prepares_nothing)
{
    statement_cache cache{0};
    cache.begin_batch();
    BOOST_TEST(!cache.place("a", 0).has_value());
}

BOOST_AUTO_TEST_CASE(a_pipeline_prepares_what_is_new_and_ends_in_a_sync)
{
    statement_cache cache{8};
    batch const steps{text("BEGIN"), text("SELECT 1"), text("SELECT 1", true), text("COMMIT")};
    BOOST_TEST(drawn(lay_out(steps, &cache)) ==
               "prepare:bw_1 query:bw_1 prepare:bw_2 query:bw_2 query:bw_2 | prepare:bw_3 query:bw_3 | ");
}

BOOST_AUTO_TEST_CASE(without_a_cache_or_wish_all_go_unprepared)
{
    statement_cache cache{8};
    batch steps{text("SELECT 1")};
    BOOST_TEST(drawn(lay_out(steps, nullptr)) == "query | ");
    steps[0].prepare = false;
    BOOST_TEST(drawn(lay_out(steps, &cache)) == "query | ");
    BOOST_TEST(cache.size() == 0U);
}

BOOST_AUTO_TEST_CASE(evictions_stand_in_a_scope_of_their_own)
{
    statement_cache cache{1};
    settle(cache, lay_out({text("a")}, &cache));
    BOOST_TEST(drawn(lay_out({text("b")}, &cache)) == "DEALLOCATE bw_1 | prepare:bw_2 query:bw_2 | ");
}

BOOST_AUTO_TEST_CASE(long_message_comes_first_and_not_with_a_ping)
{
    constexpr bool grows_buffer = true;
    BOOST_TEST(drawn(lay_out({text("a")}, nullptr, grows_buffer)) ==
               "SELECT pg_catalog.repeat(' ', 200000) | query | ");
    BOOST_TEST(lay_out({}, nullptr, grows_buffer).empty());
}

BOOST_AUTO_TEST_CASE(statements_of_one_batch_do_not_evict_each_other)
{
    statement_cache cache{1};
    BOOST_TEST(drawn(lay_out({text("a"), text("b"), text("a")}, &cache)) ==
               "prepare:bw_1 query:bw_1 query query:bw_1 | ");
}

BOOST_AUTO_TEST_CASE(a_prepare_in_another_scope_is_not_relied_on)
{
    statement_cache cache{8};
    BOOST_TEST(drawn(lay_out({text("a", true), text("a")}, &cache)) == "prepare:bw_1 query:bw_1 | query | ");
}

BOOST_AUTO_TEST_CASE(the_same_text_with_other_types_is_another_statement)
{
    statement_cache cache{8};
    step one = text("SELECT $1");
    step other = one;
    one.parameters = {{.of = type::text, .value = "1"}};
    other.parameters = {{.of = type::int8, .value = "1"}};
    BOOST_TEST(drawn(lay_out({one, other}, &cache)) == "prepare:bw_1 query:bw_1 prepare:bw_2 query:bw_2 | ");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::pg
