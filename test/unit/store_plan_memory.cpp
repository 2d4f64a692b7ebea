#include "db/store/plan_memory.hpp"
#include "grammar/check.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace {

using namespace bridgewatch;
using namespace std::chrono_literals;

constexpr store::learnt_plan walk{.how = sql::planning::kept_walk, .is_short = true},
    planned{.how = sql::planning::with_values};

constexpr store::plan_memory::time_point start{1h};

grammar::filter filter_of(std::string_view query)
{
    auto checked = grammar::check(query, {});
    BOOST_TEST_REQUIRE(checked.faults.empty());
    return checked.meaning;
}

std::string key_of(std::string_view query, sql::page_bounds const& bounds = {}, sql::visibility const& who = {})
{
    return store::plan_key(filter_of(query), who, bounds, schema::newest_shape());
}

bool has(store::plan_memory& memory, std::string_view key, store::plan_memory::time_point now = start)
{
    return memory.find(key, now).has_value();
}

} // namespace

BOOST_AUTO_TEST_SUITE(store_plan_memory)

BOOST_AUTO_TEST_CASE(what_was_learnt_is_known_until_its_time_is_over)
{
    store::plan_memory memory{4, 60s};
    BOOST_TEST(!has(memory, "a"));
    memory.remember("a", walk, start);
    memory.remember("b", planned, start + 1s);
    BOOST_TEST((memory.find("a", start + 59s) == walk));
    BOOST_TEST((memory.find("b", start + 60s) == planned));
    BOOST_TEST(!has(memory, "a", start + 60s));
    BOOST_TEST(memory.size() == 1U); // what is too old has gone
}

BOOST_AUTO_TEST_CASE(the_latest_word_counts)
{
    store::plan_memory memory{4, 60s};
    memory.remember("a", walk, start);
    memory.remember("a", planned, start + 30s);
    BOOST_TEST((memory.find("a", start + 89s) == planned));
    BOOST_TEST(memory.size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_least_used_makes_room)
{
    store::plan_memory memory{2, 60s};
    memory.remember("a", walk, start);
    memory.remember("b", walk, start);
    BOOST_TEST(has(memory, "a"));
    memory.remember("c", walk, start);
    BOOST_TEST(has(memory, "a"));
    BOOST_TEST(!has(memory, "b"));
    BOOST_TEST(has(memory, "c"));
    BOOST_TEST(memory.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_memory_without_places_forgets)
{
    store::plan_memory memory{0, 60s};
    memory.remember("a", walk, start);
    BOOST_TEST(!has(memory, "a"));
}

BOOST_AUTO_TEST_CASE(keys_tell_what_changes_a_plan)
{
    auto const key = key_of("model:a");
    BOOST_TEST(key == key_of("model:a"));
    BOOST_TEST(key_of("model:a", {.limit = 1, .offset = 0, .after = {}}) !=
               key_of("model:a", {.limit = 100, .offset = 0, .after = {}}));
    BOOST_TEST(key != key_of("model:b"));
    BOOST_TEST(key != key_of("provider:a"));
    BOOST_TEST(key != key_of("model:a", {.limit = 5, .offset = 0, .after = grammar::uuid{}}));
    BOOST_TEST(key != key_of("model:a", {}, {.only_initiator = grammar::uuid{}}));
    // Two values are not one that reads like them.
    BOOST_TEST(key_of("model:a provider:b") != key_of("model:b provider:a"));
}

BOOST_AUTO_TEST_CASE(times_of_one_hour_are_one_key)
{
    auto const at = [](std::string_view time) { return key_of("model:a started_after:\"" + std::string{time} + "\""); };
    BOOST_TEST(at("2026-01-02T03:04:05Z") == at("2026-01-02T03:59:59.9Z"));
    BOOST_TEST(at("2026-01-02T03:04:05Z") != at("2026-01-02T04:04:05Z"));
    BOOST_TEST(at("2026-01-02T03:04:05Z") != at("2026-01-03T03:04:05Z"));
}

BOOST_AUTO_TEST_SUITE_END()
