#include "db/schema/acceleration_tables.hpp"
#include "db/store/interceptions.hpp"
#include "grammar/check.hpp"
#include "test/integration/pg_loop.hpp"
#include "test/support/contract_database.hpp"
#include "test/support/session.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

// A page that is read in one round trip, by who is alone, is the page that is read in two.
namespace {

using namespace bridgewatch;
using test::cluster;

/// 2,000 interceptions, of which the last ten are of another model, with one prompt, two tool usages and a token usage
/// each.
std::string database()
{
    auto const conninfo = test::contract_database::create();
    cluster::execute(conninfo, R"sql(
INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, started_at, ended_at)
SELECT ('00000000-0000-4000-9000-' || to_char(n, 'FM000000000000'))::uuid, ('00000000-0000-4000-8000-00000000000' || 1 + n % 3)::uuid,
    'anthropic', CASE WHEN n <= 10 THEN 'rare' ELSE 'common' END, timestamptz '2026-01-01Z' + n * interval '1 minute', timestamptz '2026-01-02Z' + n * interval '1 minute'
FROM generate_series(1, 2000) AS n;
INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at)
SELECT gen_random_uuid(), id, 'r', 'p', started_at FROM aibridge_interceptions;
INSERT INTO aibridge_tool_usages (id, interception_id, provider_response_id, tool, input, injected, created_at)
SELECT gen_random_uuid(), id, 'r', 't', 'i', false, started_at FROM aibridge_interceptions, generate_series(1, 2);
INSERT INTO aibridge_token_usages (id, interception_id, provider_response_id, input_tokens, output_tokens, created_at)
SELECT gen_random_uuid(), id, 'r', 1, 2, started_at FROM aibridge_interceptions;
ANALYZE aibridge_interceptions, aibridge_user_prompts, aibridge_tool_usages, aibridge_token_usages)sql");
    return conninfo;
}

grammar::uuid id_of(int number)
{
    auto const digits = std::to_string(number);
    auto const text = "00000000-0000-4000-9000-" + std::string(12 - digits.size(), '0') + digits;
    return grammar::parse_uuid(text).value();
}

/// What is read of a page, and how.
struct reading {
    std::vector<std::string> ids; ///< of the interceptions, then of each list of children
    bool more = false, cursor_found = true, withheld = false;
    std::int64_t count = -1;
    bool at_once = false;     ///< in one round trip
    std::size_t told = 0;     ///< how often the page was told without its token usages
    bool told_counts = false; ///< that was this very page

    /// The same page, however it was read. Of an unknown cursor there is no count that matters.
    [[nodiscard]] bool is_like(reading const& other) const
    {
        return ids == other.ids && more == other.more && cursor_found == other.cursor_found &&
               withheld == other.withheld && (count == other.count || !cursor_found);
    }
};

class reader {
  public:
    explicit reader(pg::pool_settings const& settings = {.size = 2}) : loop_{database(), settings} {}

    /// Nobody else has asked for a while.
    void come_to_rest()
    {
        for (int i = 0; i < 20; ++i)
            static_cast<void>(loop_.borrow_or_fail());
    }

    static store::page_question question_of(std::string_view query, sql::page_bounds const& bounds,
                                            store::count_mode count = store::count_mode::none)
    {
        auto checked = grammar::check(query, {});
        BOOST_TEST_REQUIRE(checked.faults.empty());
        return {.where = std::move(checked.meaning), .who = {}, .bounds = bounds, .count = {.mode = count}};
    }

    pg::outcome<reading> try_read(store::page_question question)
    {
        auto lease = loop_.borrow_or_fail();
        auto out = try_read(lease, std::move(question));
        return out;
    }

    pg::outcome<reading> try_read(pg::lease& lease, store::page_question question)
    {
        reading out;
        question.plans = &plans_;
        question.on_all_but_tokens = [&](store::page_answer const& page) {
            BOOST_TEST(page.token_usages.size() == 0U);
            BOOST_TEST(page.tool_usages.size() == 2 * page.shown);
            BOOST_TEST(page.user_prompts.size() == page.shown);
            ++out.told;
        };
        lease.report_to([&](pg::statement_ended const& one) {
            out.at_once = out.at_once || one.what->about == sql::question::page_ids;
        });
        auto const answer = loop_.wait(store::read_page(lease, shape, question, test::in(test::waits::limit)));
        lease.report_to({});
        if (answer.has_error())
            return answer.error();
        out.more = answer->more;
        out.cursor_found = answer->cursor_found;
        out.withheld = answer->withheld;
        out.count = answer->count.count;
        out.told_counts = answer->was_told_without_tokens;
        add_ids(answer->interceptions, answer->shown, out.ids);
        for (auto const* children : {&answer->token_usages, &answer->user_prompts, &answer->tool_usages}) {
            auto const first = static_cast<std::ptrdiff_t>(out.ids.size());
            add_ids(*children, children->size(), out.ids);
            std::sort(out.ids.begin() + first, out.ids.end());
        }
        return out;
    }

    reading read(store::page_question question)
    {
        auto out = try_read(std::move(question));
        BOOST_TEST_REQUIRE(out.has_value(), (out ? "" : out.error().diag.message));
        return std::move(*out);
    }

    reading read_beside_another(store::page_question question)
    {
        auto const other = loop_.borrow_or_fail();
        return read(std::move(question));
    }

    pg::lease borrow() { return loop_.borrow_or_fail(); }

    std::string value(std::string_view text)
    {
        auto lease = loop_.borrow_or_fail();
        return loop_.text(lease, std::string{text});
    }

    schema::shape shape = schema::newest_shape();

    [[nodiscard]] std::string const& conninfo() const { return loop_.conninfo; }

  private:
    static void add_ids(pg::rows const& rows, std::size_t shown, std::vector<std::string>& into)
    {
        for (std::size_t row = 0; row < shown; ++row)
            into.push_back(to_string(rows.at(row, std::size_t{0}).id()));
    }

    test::pg_loop loop_;
    store::plan_memory plans_;
};

constexpr sql::page_bounds page_of_25{.limit = 25, .offset = 0, .after = {}};

} // namespace

BOOST_AUTO_TEST_SUITE(store_page_at_once)

BOOST_AUTO_TEST_CASE(answers_are_the_same_in_one_round_trip)
{
    reader from;
    std::size_t at_once = 0;
    for (std::string_view const query : {"", "started_after:\"2026-01-01T10:00:00Z\"", "model:common", "model:rare",
                                         "model:missing", "provider:anthropic model:common", "prompt:p"})
        for (std::int64_t const limit : {1, 25, 40, 41, 300})
            for (auto const after : {0, 2000, 700, 3, 1, 9999})
                for (auto const mode : {store::count_mode::none, store::count_mode::capped}) {
                    sql::page_bounds bounds{.limit = limit, .offset = 0, .after = {}};
                    if (after != 0)
                        bounds.after = id_of(after);
                    auto const question = reader::question_of(query, bounds, mode);
                    auto const expected = from.read_beside_another(question);
                    BOOST_TEST(!expected.at_once);
                    BOOST_TEST(expected.told == 0U);
                    from.come_to_rest();
                    auto const alone = from.read(question);
                    BOOST_TEST(alone.is_like(expected), query << " limit " << limit << " after " << after);
                    bool const is_kept = query.empty() || query.starts_with("started");
                    BOOST_TEST((!is_kept || alone.at_once == (limit <= 40)));
                    BOOST_TEST((query != "prompt:p" || !alone.at_once));
                    at_once += alone.at_once ? 1 : 0;
                }
    BOOST_TEST(at_once > 72U); // those, and walks without a cursor
}

BOOST_AUTO_TEST_CASE(only_who_has_been_alone_for_a_while_reads_so)
{
    reader from;
    auto const question = reader::question_of("", page_of_25);
    BOOST_TEST(!from.read(question).at_once);
    from.come_to_rest();
    BOOST_TEST(from.read(question).at_once);
    BOOST_TEST(!from.read_beside_another(question).at_once);
    BOOST_TEST(!from.read(question).at_once);
}

BOOST_AUTO_TEST_CASE(where_the_page_may_cost_much_it_is_found_once)
{
    reader from;
    from.come_to_rest();
    auto question = reader::question_of("", page_of_25);
    question.who.only_initiator = grammar::parse_uuid("00000000-0000-4000-8000-000000000002");
    BOOST_TEST(!from.read(question).at_once);
    question = reader::question_of("", {.limit = 25, .offset = 5, .after = {}});
    BOOST_TEST(!from.read(question).at_once);
    question = reader::question_of("", page_of_25, store::count_mode::exact);
    auto const counted = from.read(question);
    BOOST_TEST(!counted.at_once);
    BOOST_TEST(counted.count == std::stoll(from.value("SELECT count(*)::text FROM aibridge_interceptions AS i JOIN "
                                                      "visible_users AS v ON v.id = i.initiator_id WHERE "
                                                      "i.ended_at IS NOT NULL")));
}

BOOST_AUTO_TEST_CASE(where_nothing_is_prepared_it_is_found_once)
{
    reader plain{{.size = 2, .prepared_statements = false}};
    plain.come_to_rest();
    BOOST_TEST(!plain.read(reader::question_of("", page_of_25)).at_once);

    reader from;
    from.come_to_rest();
    auto lease = from.borrow();
    lease.comment("traceparent='00'");
    auto const commented = from.try_read(lease, reader::question_of("", page_of_25));
    BOOST_TEST_REQUIRE(commented.has_value());
    BOOST_TEST(!commented->at_once);
}

BOOST_AUTO_TEST_CASE(page_is_told_without_its_token_usages_while_these_are_read)
{
    reader from;
    from.come_to_rest();
    for (auto const limit : {25, 100}) {
        auto const read = from.read(reader::question_of("model:common", {.limit = limit, .offset = 0, .after = {}}));
        BOOST_TEST(read.told == 1U);
        BOOST_TEST(read.told_counts);
        BOOST_TEST(read.ids.size() == 5U * static_cast<std::size_t>(limit));
    }
    auto const nothing = from.read(reader::question_of("model:missing", page_of_25));
    BOOST_TEST(nothing.told == 0U);
    BOOST_TEST(!nothing.told_counts);
}

BOOST_AUTO_TEST_CASE(what_is_too_wide_is_withheld_at_once_too)
{
    reader from;
    cluster::execute(from.conninfo(),
                     "UPDATE aibridge_token_usages SET metadata = (SELECT to_jsonb(string_agg(md5(n::text), '')) FROM "
                     "generate_series(1, 10000) AS n) WHERE interception_id = '00000000-0000-4000-9000-000000002000'");
    from.come_to_rest();
    auto const last = from.read(reader::question_of("", page_of_25));
    BOOST_TEST(last.at_once);
    BOOST_TEST(last.withheld);
    BOOST_TEST(last.told == 1U);
    BOOST_TEST(!last.told_counts); // the children are to be read anew
}

BOOST_AUTO_TEST_CASE(failure_is_told_and_leaves_the_connection_good)
{
    reader from;
    for (auto const* table : {"aibridge_interceptions", "aibridge_user_prompts", "aibridge_token_usages"}) {
        from.come_to_rest();
        {
            auto holder = test::open_session(from.conninfo());
            BOOST_TEST_REQUIRE(
                holder.script(std::string{"BEGIN; LOCK TABLE "} + table + " IN ACCESS EXCLUSIVE MODE").has_value());
            auto question = reader::question_of("", page_of_25);
            question.count.statement_timeout = std::chrono::milliseconds{100};
            auto const failed = from.try_read(std::move(question));
            BOOST_TEST_REQUIRE(failed.has_error());
            BOOST_TEST((failed.error().code == pg::errc::statement_timeout), table);
        }
        from.come_to_rest();
        BOOST_TEST(from.read(reader::question_of("", page_of_25)).at_once);
        BOOST_TEST(from.value("SELECT coalesce(current_setting('bridgewatch.page', true), '')") == "");
    }
}

BOOST_AUTO_TEST_CASE(count_past_its_limit_takes_neither_page_nor_cursor_along)
{
    reader from;
    auto session = test::open_session(from.conninfo());
    BOOST_TEST_REQUIRE(schema::make_acceleration(session).has_value());
    BOOST_TEST_REQUIRE(schema::fill_acceleration(session).has_value());
    from.shape.acceleration = true;
    auto question = reader::question_of("", {.limit = 25, .offset = 0, .after = id_of(1)}, store::count_mode::exact);
    from.come_to_rest();
    auto const oldest = from.read_beside_another(question);
    for (bool const is_known : {true, false}) {
        if (!is_known)
            question.bounds.after = id_of(9999);
        from.come_to_rest();
        auto const counted = from.read(question);
        BOOST_TEST(counted.at_once);
        BOOST_TEST(counted.ids.empty() == oldest.ids.empty());
        BOOST_TEST(counted.count == oldest.count);
        BOOST_TEST(counted.cursor_found == is_known);

        auto holder = test::open_session(from.conninfo());
        BOOST_TEST_REQUIRE(holder.script("BEGIN; LOCK TABLE bridgewatch_counts IN ACCESS EXCLUSIVE MODE").has_value());
        question.count.statement_timeout = std::chrono::milliseconds{100};
        auto const uncounted = from.read(question);
        BOOST_TEST(uncounted.at_once);
        BOOST_TEST(uncounted.count == -1);
        BOOST_TEST(uncounted.cursor_found == is_known);
        question.count.statement_timeout = test::waits::limit;
    }
}

BOOST_AUTO_TEST_CASE(plans_of_noted_children_can_be_asked_for_anywhere)
{
    reader const from;
    auto session = test::open_session(from.conninfo());
    for (auto const& children : {sql::token_usages_of(sql::noted, from.shape), sql::user_prompts_of(sql::noted),
                                 sql::tool_usages_of(sql::noted)}) {
        auto const plan = session.query("EXPLAIN " + children.text(), {});
        BOOST_TEST(plan.has_value(), children.text());
    }
}

BOOST_AUTO_TEST_SUITE_END()
