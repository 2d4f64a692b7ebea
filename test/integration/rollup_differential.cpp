#include "db/schema/acceleration_tables.hpp"
#include "db/sql/interceptions.hpp"
#include "db/sql/rollup.hpp"
#include "test/integration/log_changes.hpp"
#include "test/support/cluster.hpp"
#include "test/support/contract_database.hpp"
#include "test/support/session.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <set>
#include <utility>

// Counts from the rollup are those of the log, for random searches, however much of it is folded and summed up.
namespace {

using namespace bridgewatch;
using grammar::node;
using grammar::sys_micro;
using grammar::text_field;
using test::cluster;
using test::search::dice;

constexpr int rounds = 40, searches_a_round = 40;

/// Random searches for what is rolled up.
class search_maker {
  public:
    search_maker(dice& random, sys_micro now) : random_{random}, now_{now} {}

    grammar::filter any_search()
    {
        grammar::filter out;
        for (auto left = random_.below(4); left > 0; --left)
            out.root.nodes.push_back(any_node(2));
        for (auto left = random_.below(3); left > 0; --left)
            if (random_.one_in(3))
                out.root.nodes.push_back({grammar::all_of{{any_node(1), {any_range()}}}});
            else
                out.root.nodes.push_back({any_range()});
        return out;
    }

    sql::visibility any_caller()
    {
        sql::visibility out;
        if (random_.one_in(4))
            out.only_initiator = some_user();
        return out;
    }

  private:
    node any_node(int depth)
    {
        switch (depth == 0 ? random_.below(5) : random_.below(8)) {
        case 0:
            return {some_initiators()};
        case 5:
            return {grammar::complement{{any_node(depth - 1)}}};
        case 6:
            return {grammar::any_of{{any_node(depth - 1), any_node(depth - 1)}}};
        case 7:
            return {grammar::all_of{{any_node(depth - 1), any_node(depth - 1)}}};
        default:
            return {some_text()};
        }
    }

    grammar::text_is some_text()
    {
        static constexpr std::pair<text_field, std::array<std::string_view, 6>> domains[] = {
            {text_field::provider, {"openai", "anthropic", "open*", "*a*", "*", "nosuch"}},
            {text_field::provider_name, {"a", "b", "a*", "*", "?", "nosuch"}},
            {text_field::model, {"gpt-5", "o3", "claude", "*-*", "gpt*5", "O3"}},
            {text_field::client, {"Cursor", "Unknown", "Zed", "Unk*", "*e*", "%"}}};
        auto const& [field, values] = random_.pick(domains);
        grammar::text_is out{.field = field, .any_of = {}, .like = {}};
        for (auto left = 1 + random_.below(3); left > 0; --left) {
            std::string const value{random_.pick(values)};
            (value.find('*') == std::string::npos ? out.any_of : out.like).push_back(value);
        }
        return out;
    }

    grammar::initiator_is some_initiators()
    {
        grammar::initiator_is out;
        for (auto left = 1 + random_.below(2); left > 0; --left)
            out.any_of.push_back({.name = {}, .id = some_user(), .where = {}});
        return out;
    }

    grammar::uuid some_user()
    {
        return *grammar::parse_uuid(test::contract_database::id(random_.pick({1U, 2U, 3U, 4U, 777U})));
    }

    /// Open at an end, within an hour, or empty, too.
    grammar::time_within any_range()
    {
        grammar::time_within out{.field = grammar::time_field::started, .from = {}, .before = {}};
        if (!random_.one_in(3))
            out.from = any_time();
        if (random_.one_in(4) && out.from)
            out.before = *out.from + std::chrono::minutes{random_.below(130)};
        else if (!out.from || random_.one_in(2))
            out.before = any_time();
        return out;
    }

    sys_micro any_time()
    {
        using namespace std::chrono;
        auto const at = now_ + minutes{180} - minutes{random_.below(3'300)};
        switch (random_.below(5)) {
        case 0:
            return floor<days>(at);
        case 1:
            return floor<hours>(at);
        case 2:
            return floor<hours>(at) - microseconds{1};
        case 3:
            return floor<minutes>(at);
        default:
            return random_.one_in(8) ? sys_micro{sys_days{year{9'999} / 1 / 1}} : at;
        }
    }

    dice& random_;
    sys_micro now_;
};

/// A log in which something happens between the comparisons.
struct changing_log {
    explicit changing_log(std::uint64_t seed) : random{seed}, changes{1, seed}
    {
        change(1'000);
        BOOST_TEST_REQUIRE(schema::make_acceleration(session).has_value());
        BOOST_TEST_REQUIRE(schema::fill_acceleration(session, {}, 300).has_value());
    }

    void run(std::string const& script)
    {
        auto const done = session.script(script);
        BOOST_TEST_REQUIRE(done.has_value(), script << ": " << (done ? "" : done.error().diag.message));
    }

    void change(int scripts)
    {
        for (; scripts > 0; --scripts)
            run(changes.next());
    }

    /// A part of the journal, or all of it; hours summed up, or taken apart again. Two of four rounds leave the journal
    /// as it is, beside hours that are summed up and beside none, so that no seed misses either.
    void fold_some(int round)
    {
        auto const kind = round % 4;
        bool const by_chance = kind > 1;
        if (by_chance ? random.one_in(5) : kind == 0)
            run("DELETE FROM bridgewatch_counts WHERE grain IN ('d', 'a') OR about <> 'e'; "
                "UPDATE bridgewatch_counts SET grain = 'o' WHERE grain = 'h'; "
                "UPDATE bridgewatch_acceleration SET closed_to = '-infinity'");
        if (by_chance ? random.one_in(3) : kind == 1)
            run("SELECT bridgewatch_close_hours()");
        if (by_chance && random.one_in(2))
            run("SELECT bridgewatch_fold(" + std::to_string(random.below(60)) + ")");
    }

    std::int64_t number(sql::statement const& asked)
    {
        auto const rows = session.query(asked.text(), asked.parameters());
        BOOST_TEST_REQUIRE(rows.has_value(), (rows ? "" : rows.error().diag.message) << asked.text());
        return rows->at(0, 0).int64();
    }

    std::string conninfo = test::contract_database::create();
    pg::blocking_session session = test::open_session(conninfo);
    dice random;
    test::log_changes changes;
};

/// In which states the rollup was asked.
constexpr char const* state_of_rollup =
    "SELECT concat(CASE WHEN closed_to = '-infinity' THEN 'nothing summed up' ELSE 'summed up' END, (SELECT CASE "
    "count(*) FILTER (WHERE delta <> 0 AND at < closed_to) WHEN 0 THEN '' ELSE ', journal below' END || CASE count(*) "
    "FILTER (WHERE delta <> 0 AND at >= closed_to) WHEN 0 THEN '' ELSE ', journal above' END FROM "
    "bridgewatch_journal_entries)) FROM bridgewatch_acceleration";

} // namespace

BOOST_AUTO_TEST_SUITE(rollup_differential)

BOOST_AUTO_TEST_CASE(random_searches_are_counted_as_the_log_counts_them)
{
    auto const seed = test::search::seed_of_this_run();
    changing_log log{seed};
    search_maker make{log.random, std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now())};
    auto shape = schema::newest_shape();
    shape.acceleration = true;
    std::set<std::string> states;
    int telling = 0;
    for (int round = 0; round < rounds; ++round) {
        log.change(20);
        log.fold_some(round);
        states.insert(cluster::value(log.conninfo, state_of_rollup));
        auto const all = log.number(sql::count_of_interceptions({}, {}, {}, shape));
        for (int n = 0; n < searches_a_round; ++n) {
            auto const where = make.any_search();
            auto const who = make.any_caller();
            BOOST_TEST_REQUIRE(sql::is_rolled_up(where, shape));
            auto const cap =
                log.random.one_in(2) ? std::optional<std::int64_t>{1 + log.random.below(300)} : std::nullopt;
            auto const asked = sql::rolled_up_count(where, who, cap, shape);
            auto const expected = log.number(sql::count_of_interceptions(where, who, cap, shape));
            BOOST_TEST_REQUIRE(log.number(asked) == expected, "BRIDGEWATCH_SEED=" << seed << ", round " << round
                                                                                  << ", search " << n << ": "
                                                                                  << asked.text());
            telling += expected > 0 && expected < all ? 1 : 0;
        }
    }
    BOOST_TEST(telling > rounds * searches_a_round / 3);
    BOOST_TEST(states.contains("nothing summed up, journal above"));
    BOOST_TEST(states.contains("summed up, journal below, journal above"));
}

BOOST_AUTO_TEST_SUITE_END()
