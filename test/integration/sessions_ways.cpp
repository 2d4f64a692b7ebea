#include "app/seed.hpp"
#include "db/schema/accelerate.hpp"
#include "db/schema/acceleration_tables.hpp"
#include "db/schema/migrate.hpp"
#include "db/store/sessions.hpp"
#include "grammar/check.hpp"
#include "test/integration/pg_loop.hpp"
#include "test/support/session.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

#include <map>
#include <ostream>
#include <string>
#include <vector>

// All ways to a page of sessions give the same answer: enough rows that each is chosen, against plain SQL.
namespace {

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;
using store::session_plan;
using test::cluster;

constexpr std::uint64_t interceptions = 12'000;
constexpr auto until = grammar::sys_micro{std::chrono::sys_days{std::chrono::year{2026} / 8 / 30}};

/// What makes a walk stumble: sessions without prompts, prompts long after their interception or before it, times that
/// many share, one session with most of the newest prompts, rows in flight, initiators who are not visible.
constexpr char const* unevenness = R"sql(
DELETE FROM aibridge_user_prompts AS p USING aibridge_interceptions AS i
    WHERE i.id = p.interception_id AND abs(hashtext(i.session_id)) % 7 = 0;
UPDATE aibridge_user_prompts SET created_at = created_at + interval '20 days' WHERE abs(hashtext(id::text)) % 97 = 0;
UPDATE aibridge_user_prompts SET created_at = created_at - interval '9 days' WHERE abs(hashtext(id::text)) % 89 = 1;
UPDATE aibridge_user_prompts SET created_at = date_trunc('hour', created_at) WHERE abs(hashtext(id::text)) % 5 = 2;
UPDATE aibridge_user_prompts SET created_at = '2026-12-01Z' WHERE interception_id IN
    (SELECT id FROM aibridge_interceptions WHERE abs(hashtext(session_id)) % 40 = 1);
UPDATE aibridge_interceptions SET started_at = date_trunc('hour', started_at) WHERE abs(hashtext(session_id)) % 7 = 0;
UPDATE aibridge_interceptions SET initiator_id = md5('nobody')::uuid WHERE abs(hashtext(session_id)) % 61 = 3;
INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at)
    SELECT gen_random_uuid(), (SELECT id FROM aibridge_interceptions WHERE ended_at IS NOT NULL ORDER BY started_at DESC LIMIT 1), 'r', 'again',
           timestamptz '2026-08-29Z' + n * interval '1 s' FROM generate_series(1, 3000) AS n;
ANALYZE;
)sql";

/// Some ends, prompts and changes of both tables, where readers have to find them. Transactions of this level fold
/// nothing.
constexpr char const* left_in_journal = R"sql(
BEGIN ISOLATION LEVEL REPEATABLE READ;
UPDATE aibridge_user_prompts SET created_at = created_at + interval '1 us' WHERE id IN
    (SELECT id FROM aibridge_user_prompts ORDER BY md5(id::text) LIMIT 60);
UPDATE aibridge_interceptions SET started_at = started_at + interval '1 us' WHERE id IN
    (SELECT id FROM aibridge_interceptions WHERE ended_at IS NOT NULL ORDER BY md5(id::text) LIMIT 60);
UPDATE aibridge_interceptions SET ended_at = started_at + interval '1 min' WHERE id IN
    (SELECT id FROM aibridge_interceptions WHERE ended_at IS NULL ORDER BY md5(id::text) LIMIT 60);
INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at)
    SELECT gen_random_uuid(), id, 'r', 'late', started_at + interval '1 day' FROM aibridge_interceptions ORDER BY md5(id::text) LIMIT 60;
COMMIT;
)sql";

/// Made once for all cases, which only read it; with the indexes of walks, since plans look at what they cost. The
/// tables for sessions and counts have been filled before it became uneven, and their triggers have seen all of that.
std::string const& database()
{
    static auto const conninfo = [] {
        auto made = cluster::shared().create_database();
        auto session = test::open_session(made);
        BOOST_TEST_REQUIRE(schema::migrate(session).has_value());
        BOOST_TEST_REQUIRE(
            app::seed(session, {.interceptions = interceptions, .until = until}, [](std::uint64_t) {}).has_value());
        BOOST_TEST_REQUIRE(schema::accelerate(session).has_value());
        BOOST_TEST_REQUIRE(schema::make_acceleration(session).has_value());
        BOOST_TEST_REQUIRE(schema::fill_acceleration(session, {}, interceptions / 5).has_value());
        cluster::execute(made, unevenness);
        cluster::execute(made, "SELECT bridgewatch_fold(1000000)");
        cluster::execute(made, left_in_journal);
        return made;
    }();
    return conninfo;
}

struct search {
    std::string_view query, condition; ///< the same in SQL, of a row i
};

std::ostream& operator<<(std::ostream& out, search const& s)
{
    return out << '"' << s.query << '"';
}

search const searches[] = {
    {"", "true"},
    {"provider:anthropic", "i.provider = 'anthropic'"},
    {"-provider:anthropic", "i.provider <> 'anthropic'"},
    {"client:Unknown", "coalesce(i.client, 'Unknown') = 'Unknown'"},
    {"has:prompt", "EXISTS (SELECT FROM aibridge_user_prompts AS p WHERE p.interception_id = i.id)"},
    {"-has:prompt", "NOT EXISTS (SELECT FROM aibridge_user_prompts AS p WHERE p.interception_id = i.id)"},
    {"tool:bash", "EXISTS (SELECT FROM aibridge_tool_usages AS c WHERE c.interception_id = i.id AND c.tool = 'bash')"},
    {"started:>=2026-08-20", "i.started_at >= '2026-08-20Z'"},
    {"started:2026-07-10..2026-07-16", "i.started_at >= '2026-07-10Z' AND i.started_at < '2026-07-17Z'"},
    {"started:<2026-08-01 provider:openai", "i.started_at < '2026-08-01Z' AND i.provider = 'openai'"},
    {"initiator:umar", "i.initiator_id = (SELECT id FROM users WHERE username = 'umar')"},
    {"initiator:umar,alice -has:thinking",
     "i.initiator_id IN (SELECT id FROM users WHERE username IN ('umar', 'alice')) AND NOT EXISTS (SELECT FROM "
     "aibridge_model_thoughts AS h WHERE h.interception_id = i.id)"},
    {"is:failed", "(i.error_type IS NOT NULL OR i.error_message IS NOT NULL)"},
    {"model:nosuch", "false"},
    {"input_tokens:>20000 OR is:failed", "((SELECT coalesce(sum(t.input_tokens), 0) FROM aibridge_token_usages AS t "
                                         "WHERE t.interception_id = i.id) > 20000 "
                                         "OR i.error_type IS NOT NULL OR i.error_message IS NOT NULL)"},
};

/// What should be found, one session a line, all of them in order.
std::vector<std::string> expected(search const& s)
{
    auto const text = cluster::value(
        database(),
        fmt::format("SELECT string_agg(session_id || ' ' || initiator_id, E'\\n' ORDER BY at DESC, session_id DESC, "
                    "initiator_id DESC) FROM (SELECT i.session_id, i.initiator_id, coalesce(max(p.created_at), "
                    "min(i.started_at)) AS at FROM aibridge_interceptions AS i LEFT JOIN aibridge_user_prompts AS p ON "
                    "p.interception_id = i.id WHERE i.ended_at IS NOT NULL AND i.initiator_id IN (SELECT id FROM "
                    "visible_users) AND ({}) GROUP BY 1, 2) AS s",
                    s.condition));
    std::vector<std::string> out;
    for (std::size_t at = 0; at < text.size();) {
        auto const end = std::min(text.find('\n', at), text.size());
        out.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

grammar::filter filter_of(std::string_view query)
{
    auto checked = grammar::check(query, {.about = grammar::subject::sessions, .me = {}, .now = until, .recorded = {}});
    BOOST_TEST_REQUIRE(checked.faults.empty());
    for (auto* user : grammar::unresolved_users(checked.meaning))
        user->id = grammar::parse_uuid(
            cluster::value(database(), "SELECT id FROM users WHERE username = '" + user->name + "'"));
    return checked.meaning;
}

std::string line_of(sql::session_position const& one)
{
    return one.session_id + " " + to_string(one.initiator_id);
}

/// Every page is asked for on one connection.
class reader {
  public:
    explicit reader(bool accelerated) : shape_{schema::newest_shape()} { shape_.acceleration = accelerated; }

    store::sessions_answer read(store::sessions_question const& question)
    {
        auto lease = loop_.borrow_or_fail();
        auto answer = loop_.wait(store::read_sessions(lease, shape_, question, test::in(test::waits::limit)));
        BOOST_TEST_REQUIRE(answer.has_value(), (answer ? "" : answer.error().diag.message));
        ++ways_[answer->by];
        return std::move(*answer);
    }

    [[nodiscard]] int times(session_plan::way by) { return ways_[by]; }

  private:
    schema::shape shape_;
    test::pg_loop loop_{database()};
    std::map<session_plan::way, int> ways_;
};

reader& shared_reader(bool accelerated)
{
    static reader without{false}, with{true};
    return accelerated ? with : without;
}

auto const both = bdata::make({false, true});

void expect_slice(store::sessions_answer const& page, std::vector<std::string> const& all, std::size_t from,
                  std::size_t limit)
{
    auto const begin = std::min(from, all.size()), end = std::min(from + limit, all.size());
    BOOST_TEST_REQUIRE(page.which.size() == end - begin);
    for (std::size_t at = begin; at < end; ++at)
        BOOST_TEST_REQUIRE(line_of(page.which[at - begin]) == all[at]);
    BOOST_TEST(page.sessions.size() == page.which.size());
    BOOST_TEST(page.more == (end < all.size()));
}

store::sessions_question question_of(grammar::filter const& where, std::int64_t limit)
{
    return {.where = where,
            .who = {},
            .limit = limit,
            .offset = 0,
            .after = {},
            .count = {.mode = store::count_mode::none}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(sessions_ways)

BOOST_DATA_TEST_CASE(every_page_is_what_plain_sql_finds, bdata::make(searches) * both, s, accelerated)
{
    auto const all = expected(s);
    auto const where = filter_of(s.query);
    for (std::int64_t const limit : {1, 25, 200}) {
        auto question = question_of(where, limit);
        for (std::int64_t const offset : {0, 60, 700}) {
            question.offset = offset;
            expect_slice(shared_reader(accelerated).read(question), all, static_cast<std::size_t>(offset),
                         static_cast<std::size_t>(limit));
        }
    }
}

BOOST_DATA_TEST_CASE(walk_by_cursor_meets_each_session_once, bdata::make(searches) * both, s, accelerated)
{
    constexpr std::size_t page_size = 150;
    auto const all = expected(s);
    auto question = question_of(filter_of(s.query), page_size);
    question.count.mode = store::count_mode::exact;
    for (std::size_t from = 0; from <= all.size(); from += page_size) {
        auto const page = shared_reader(accelerated).read(question);
        expect_slice(page, all, from, page_size);
        BOOST_TEST(page.count.count == static_cast<std::int64_t>(all.size()));
        if (page.which.empty())
            break;
        auto const& last = page.which.back();
        question.after = store::session_cursor{
            .session_id = last.session_id, .initiator_id = last.initiator_id, .last_active_at = {}};
        if (from % (2 * page_size) == 0)
            question.after->last_active_at = last.last_active_at;
    }
}

// The walk's budget may end among prompts of one time, of which the database would choose some.
BOOST_AUTO_TEST_CASE(full_walk_is_the_top_of_the_list_whatever_its_budget)
{
    constexpr std::int64_t wanted = 5;
    auto const all = expected({"has:prompt", searches[4].condition});
    auto session = test::open_session(database());
    auto const where = filter_of("has:prompt");
    sql::visibility const who;
    auto const shape = schema::newest_shape();
    int full = 0;
    for (std::int64_t budget = 1; budget <= 150; budget += 3) {
        auto const walk = sql::walk_of_prompts({.where = where, .who = who, .database = shape, .after = {}},
                                               {.wanted = wanted, .budget = budget});
        auto const found = session.query(walk.text(), walk.parameters());
        BOOST_TEST_REQUIRE(found.has_value());
        if (found->size() < wanted)
            continue;
        ++full;
        for (std::size_t row = 0; row < wanted; ++row) {
            auto const id = found->at(row, 0).bytes();
            BOOST_TEST(all[row].starts_with(std::string{id} + " "), "budget " << budget << ", row " << row);
        }
    }
    BOOST_TEST(full > 30);
}

BOOST_DATA_TEST_CASE(own_sessions_are_those_of_the_initiator, both, accelerated)
{
    search const own{"", "i.initiator_id = (SELECT id FROM users WHERE username = 'umar')"};
    auto question = question_of({}, 25);
    question.who.only_initiator =
        grammar::parse_uuid(cluster::value(database(), "SELECT id FROM users WHERE username = 'umar'"));
    for (std::size_t const limit : {1U, 2U, 3U, 5U, 8U, 25U}) {
        question.limit = static_cast<std::int64_t>(limit);
        expect_slice(shared_reader(accelerated).read(question), expected(own), 0, limit);
    }
}

// Last: the cases above have to have gone each way.
BOOST_AUTO_TEST_CASE(every_way_was_gone)
{
    BOOST_TEST(shared_reader(false).times(session_plan::way::walk) > 20);
    BOOST_TEST(shared_reader(false).times(session_plan::way::walk_of_initiators) > 2);
    BOOST_TEST(shared_reader(false).times(session_plan::way::group) > 20);
    BOOST_TEST(shared_reader(true).times(session_plan::way::table) > 100);
    BOOST_TEST(shared_reader(true).times(session_plan::way::group) > 10);
    BOOST_TEST(shared_reader(true).times(session_plan::way::walk) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
