#include "db/store/interceptions.hpp"
#include "grammar/check.hpp"
#include "test/integration/pg_loop.hpp"
#include "test/support/contract_database.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

// A filtered page is the same whether its plan is kept or not, and only a plan that suits its values is kept.
namespace {

using namespace bridgewatch;
using test::cluster;
using enum sql::planning;

/// 20,000 interceptions: "common" is the model of nearly all of them, "rare" of the ten oldest.
std::string database()
{
    auto const conninfo = test::contract_database::create();
    cluster::execute(conninfo, R"sql(
INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, started_at, ended_at)
SELECT ('00000000-0000-4000-9000-' || to_char(n, 'FM000000000000'))::uuid, ('00000000-0000-4000-8000-00000000000' || 1 + n % 3)::uuid,
    CASE WHEN n % 2 = 0 THEN 'anthropic' ELSE 'openai' END, CASE WHEN n <= 10 THEN 'rare' ELSE 'common' END,
    timestamptz '2026-01-01Z' + n * interval '1 minute', timestamptz '2026-01-01Z' + n * interval '1 minute'
FROM generate_series(1, 20000) AS n;
INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at)
SELECT gen_random_uuid(), id, 'r', 'p', started_at FROM aibridge_interceptions;
ANALYZE aibridge_interceptions, aibridge_user_prompts)sql");
    return conninfo;
}

/// Pages of one database, all on one connection.
class reader {
  public:
    /// Ids of the page, and how many prompts came with it.
    struct page {
        std::vector<std::string> ids;
        std::size_t prompts = 0;
        bool operator==(page const&) const = default;
    };

    page read(std::string_view query, store::plan_memory* plans, store::count_mode count = store::count_mode::none,
              std::optional<grammar::uuid> after = {})
    {
        auto const question = question_of(query, plans, count, after);
        auto lease = loop_.borrow_or_fail();
        auto const answer =
            loop_.wait(store::read_page(lease, schema::newest_shape(), question, test::in(test::waits::limit)));
        BOOST_TEST_REQUIRE(answer.has_value(), (answer ? "" : answer.error().diag.message));
        page out{.ids = {}, .prompts = answer->user_prompts.size()};
        for (std::size_t row = 0; row < answer->shown; ++row)
            out.ids.push_back(to_string(answer->interceptions.at(row, sql::interception_column::id).id()));
        counted_ = answer->count.count;
        return out;
    }

    std::optional<store::learnt_plan> learnt(std::string_view query, store::plan_memory& plans)
    {
        auto const question = question_of(query, &plans, store::count_mode::none, {});
        return plans.find(store::plan_key(question.where, question.who, question.bounds, schema::newest_shape()),
                          std::chrono::steady_clock::now());
    }

    std::string value(std::string_view text)
    {
        auto lease = loop_.borrow_or_fail();
        auto step = test::sql(std::string{text});
        step.prepare = false;
        auto got = loop_.run(lease, {step});
        BOOST_TEST_REQUIRE(got.has_value());
        BOOST_TEST_REQUIRE(got->front().has_value());
        return std::string{got->front()->at(0, 0).bytes()};
    }

    [[nodiscard]] std::int64_t counted() const { return counted_; }

  private:
    static store::page_question question_of(std::string_view query, store::plan_memory* plans, store::count_mode count,
                                            std::optional<grammar::uuid> after)
    {
        auto checked = grammar::check(query, {});
        BOOST_TEST_REQUIRE(checked.faults.empty());
        return {.where = std::move(checked.meaning),
                .who = {},
                .bounds = {.limit = 20, .offset = 0, .after = after},
                .count = {.mode = count},
                .plans = plans};
    }

    test::pg_loop loop_{database(), {.size = 1}};
    std::int64_t counted_ = 0;
};

constexpr std::string_view queries[] = {
    "model:common",
    "model:rare",
    "model:missing",
    "provider:openai model:common",
    "provider:openai,anthropic model:rare",
    "-model:common",
    "initiator:00000000-0000-4000-8000-000000000002",
    "initiator:00000000-0000-4000-8000-000000000002 model:rare",
    "started_after:\"2026-01-05T00:00:00Z\" model:common",
    "client:Unknown",
};

} // namespace

BOOST_AUTO_TEST_SUITE(store_page_plans)

BOOST_AUTO_TEST_CASE(answers_are_the_same_whatever_was_learnt)
{
    reader from;
    store::plan_memory plans;
    for (std::string_view const query : queries) {
        auto const expected = from.read(query, nullptr);
        for (int round = 0; round < 3; ++round)
            BOOST_TEST((from.read(query, &plans) == expected), query);
        if (expected.ids.size() < 20)
            continue;
        auto const after = grammar::parse_uuid(expected.ids.back());
        auto const next = from.read(query, nullptr, store::count_mode::none, after);
        BOOST_TEST((next.ids != expected.ids));
        for (int round = 0; round < 3; ++round)
            BOOST_TEST((from.read(query, &plans, store::count_mode::none, after) == next), query);
    }
}

BOOST_AUTO_TEST_CASE(only_a_walk_is_kept)
{
    reader from;
    store::plan_memory plans;
    from.read("model:common", &plans);
    from.read("model:rare", &plans);
    from.read("prompt:p model:common", &plans);
    BOOST_TEST((from.learnt("model:common", plans)->how == kept_walk));
    BOOST_TEST((from.learnt("model:rare", plans)->how == with_values));
    BOOST_TEST(!from.learnt("prompt:p model:common", plans)); // looks into another table: never asked
}

BOOST_AUTO_TEST_CASE(a_kept_walk_is_planned_once_and_leaves_no_setting_behind)
{
    reader from;
    store::plan_memory plans;
    for (int round = 0; round < 4; ++round)
        from.read("model:common", &plans);
    auto const planned = [&](std::string_view how) {
        return from.value(fmt::format(
            "SELECT sum({})::text FROM pg_prepared_statements WHERE statement LIKE '%i.model = ANY%'", how));
    };
    if (from.value("SELECT current_setting('server_version_num')") >= "140000") { // 13 does not tell
        BOOST_TEST(planned("custom_plans") == "1");
        BOOST_TEST(planned("generic_plans") == "3");
    }
    BOOST_TEST(from.value("SELECT current_setting('enable_sort')") == "on");
    BOOST_TEST(from.value("SELECT current_setting('plan_cache_mode')") == "auto");
}

BOOST_AUTO_TEST_CASE(a_count_beside_a_kept_walk_counts_all)
{
    reader from;
    store::plan_memory plans;
    for (int round = 0; round < 3; ++round) {
        BOOST_TEST(from.read("model:common", &plans, store::count_mode::exact).ids.size() == 20U);
        BOOST_TEST(from.counted() == 19'990);
        BOOST_TEST(from.read("model:common", &plans, store::count_mode::capped).prompts == 20U);
        BOOST_TEST(from.counted() == 2000);
    }
}

BOOST_AUTO_TEST_SUITE_END()
