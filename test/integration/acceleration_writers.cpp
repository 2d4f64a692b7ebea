#include "db/schema/acceleration_sql.hpp"
#include "db/schema/acceleration_tables.hpp"
#include "db/schema/verification.hpp"
#include "db/store/interceptions.hpp"
#include "db/store/sessions.hpp"
#include "test/integration/log_changes.hpp"
#include "test/integration/log_comparison.hpp"
#include "test/integration/pg_loop.hpp"
#include "test/support/contract_database.hpp"
#include "test/support/session.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <thread>

// Sessions and counts are exact at every moment, whatever many writers do at once.
namespace {

using namespace bridgewatch;
using test::cluster;

constexpr unsigned writers = 16;
constexpr int least_changes = 6'000, least_comparisons = 100, least_by_table = 20, changes_a_comparison = 30;

/// What threads found wrong: Boost.Test takes the main one's word only.
class complaints {
  public:
    void add(std::string line)
    {
        std::lock_guard const lock{mutex_};
        lines_.push_back(std::move(line));
    }

    [[nodiscard]] std::vector<std::string> all()
    {
        std::lock_guard const lock{mutex_};
        return lines_;
    }

  private:
    std::mutex mutex_;
    std::vector<std::string> lines_;
};

/// What the threads share.
struct busy_hour {
    std::string conninfo = {};
    std::uint64_t seed = 0;
    grammar::sys_micro now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    std::atomic<bool> over = false;
    std::atomic<int> changes = 0, comparisons = 0, verifications = 0, folds = 0;
    complaints wrong = {};

    /// Writers go on with readers, who would compare a handful of moments otherwise.
    void wait_for_readers() const
    {
        while (!over && changes > least_comparisons + comparisons * changes_a_comparison)
            std::this_thread::sleep_for(test::waits::poll);
    }
};

/// Runs what a writer does. An error ends its transaction, as a client would.
void run(pg::blocking_session& in, std::string const& script, busy_hour& hour)
{
    auto const done = in.script(script);
    if (done.has_value())
        return;
    hour.wrong.add(done.error().diag.sqlstate + " " + done.error().diag.message + " in: " + script);
    (void)in.script("ROLLBACK");
}

void write(busy_hour& hour, unsigned number)
{
    auto session = test::open_session(hour.conninfo);
    run(session, "SET lock_timeout = '5s'", hour); // no writer has to wait that long for another
    test::log_changes changes{number, hour.seed + number};
    while (!hour.over) {
        run(session, changes.next(), hour);
        ++hour.changes;
        hour.wait_for_readers();
    }
}

/// Its transactions stay open while others make hundreds of changes.
void write_slowly(busy_hour& hour, unsigned number)
{
    auto session = test::open_session(hour.conninfo);
    test::log_changes changes{number, hour.seed + number};
    while (!hour.over) {
        run(session, changes.long_begin(), hour);
        auto const until = hour.changes + 300;
        while (!hour.over && hour.changes < until)
            std::this_thread::sleep_for(test::waits::poll);
        run(session, changes.long_end(), hour);
        ++hour.changes;
    }
}

void delete_old_rows(busy_hour& hour, unsigned number)
{
    auto session = test::open_session(hour.conninfo);
    test::search::dice random{hour.seed + number};
    while (!hour.over) {
        auto const until = hour.changes + 40;
        run(session, test::retention(random), hour);
        while (!hour.over && hour.changes < until)
            std::this_thread::sleep_for(test::waits::poll);
    }
}

/// Folds more often than writers do, in part, and takes some of it back. Hours that are summed up are taken apart, so
/// that they are summed up again with what has been written since.
void fold(busy_hour& hour)
{
    auto session = test::open_session(hour.conninfo);
    test::search::dice random{hour.seed};
    auto const begin = fmt::format("BEGIN;SELECT pg_advisory_xact_lock({}, bridgewatch_lock_key());"
                                   "SELECT bridgewatch_fold(",
                                   schema::acceleration_lock);
    while (!hour.over) {
        auto script = begin + std::to_string(1 + random.below(400)) + ");";
        if (random.one_in(4))
            script += "DELETE FROM bridgewatch_counts WHERE grain IN ('d', 'a') OR about <> 'e';UPDATE "
                      "bridgewatch_counts SET "
                      "grain = 'o' WHERE grain = 'h';UPDATE bridgewatch_acceleration SET closed_to = '-infinity';";
        else if (random.one_in(2))
            script += "SELECT bridgewatch_close_hours();";
        run(session, script + (random.one_in(5) ? "ROLLBACK" : "COMMIT"), hour);
        ++hour.folds;
        std::this_thread::sleep_for(test::waits::poll);
    }
}

void compare(busy_hour& hour)
try {
    auto session = test::open_session(hour.conninfo);
    while (!hour.over)
        for (auto const& search : test::compared_searches()) {
            for (auto& line : test::differences(session, search, hour.now))
                hour.wrong.add(std::move(line));
            ++hour.comparisons;
        }
} catch (std::exception const& error) {
    hour.wrong.add(error.what());
}

/// Empty where there are none.
std::string faults_of(schema::verification const& found)
{
    if (found.state == schema::acceleration_state::ready && found.faults() == 0)
        return {};
    return fmt::format("verified in state {}: {} hours, {} sums, {} sessions, {} numbers of sessions are wrong",
                       static_cast<int>(found.state), found.hours, found.sums, found.sessions, found.session_counts);
}

/// No moment is one in which it would be found wrong.
void verify(busy_hour& hour)
{
    auto session = test::open_session(hour.conninfo);
    while (!hour.over) {
        auto const found = schema::verify_acceleration(session);
        if (found.has_error())
            hour.wrong.add(found.error());
        else if (auto wrong = faults_of(*found); !wrong.empty())
            hour.wrong.add(std::move(wrong));
        ++hour.verifications;
    }
}

/// The store's own answers, in the snapshot of a session that asks plain SQL.
class store_reader {
  public:
    explicit store_reader(busy_hour& hour)
        : hour_{hour}, loop_{hour.conninfo}, session_{test::open_session(hour.conninfo)}
    {
        shape_.acceleration = true;
    }

    void compare_sessions(test::compared_search const& s, std::int64_t limit)
    {
        store::sessions_question const question{
            .where = filter_of(s, hour_.now), .who = {}, .limit = limit, .after = {}, .count = {}};
        auto lease = begin();
        auto const page = loop_.wait(store::read_sessions(lease, shape_, question, test::in(test::waits::limit)));
        BOOST_TEST_REQUIRE(page.has_value(), s << ": " << (page ? "" : page.error().diag.message));
        std::string listed;
        for (auto const& one : page->which)
            listed += one.session_id + " " + to_string(one.initiator_id) + "\n";
        auto const expected = plain_list(test::plain_sessions(s, hour_.now, limit));
        BOOST_TEST(listed == expected, s << " seed " << hour_.seed << ":\n" << listed << "should be\n" << expected);
        expect_count(s, page->count.count, test::plain_count_of_sessions(s, hour_.now));
        by_table += page->by == store::session_plan::way::table ? 1 : 0;
        end();
    }

    void compare_count(test::compared_search const& s)
    {
        store::page_question const question{
            .where = filter_of(s, hour_.now), .who = {}, .bounds = {.limit = 5, .after = {}}, .count = {}};
        auto lease = begin();
        auto const page = loop_.wait(store::read_page(lease, shape_, question, test::in(test::waits::limit)));
        BOOST_TEST_REQUIRE(page.has_value(), s << ": " << (page ? "" : page.error().diag.message));
        expect_count(s, page->count.count, test::plain_count(s, hour_.now));
        end();
    }

    int by_table = 0;

  private:
    /// The store's own BEGIN finds a transaction of the same kind, and stays in its snapshot.
    pg::lease begin()
    {
        BOOST_TEST_REQUIRE(session_.script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").has_value());
        auto const exported = session_.query("SELECT pg_export_snapshot()");
        BOOST_TEST_REQUIRE(exported.has_value());
        auto lease = loop_.borrow_or_fail();
        pg::batch steps{test::sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
                        {.sql = "SET TRANSACTION SNAPSHOT '" + std::string{exported->at(0, 0).bytes()} + "'",
                         .parameters = {},
                         .prepare = false}};
        auto const begun = loop_.run(lease, std::move(steps));
        BOOST_TEST_REQUIRE(begun.has_value());
        BOOST_TEST_REQUIRE(begun->back().has_value());
        return lease;
    }

    void end() { BOOST_TEST_REQUIRE(session_.script("COMMIT").has_value()); }

    std::string plain_list(std::string const& statement)
    {
        auto const rows = session_.query(statement);
        BOOST_TEST_REQUIRE(rows.has_value());
        std::string out;
        for (std::size_t row = 0; row < rows->size(); ++row)
            out += std::string{rows->at(row, 0).bytes()} + " " + to_string(rows->at(row, 1).id()) + "\n";
        return out;
    }

    void expect_count(test::compared_search const& s, std::int64_t count, std::string const& statement)
    {
        auto const rows = session_.query(statement);
        BOOST_TEST_REQUIRE(rows.has_value());
        auto const expected = rows->at(0, 0).int64();
        BOOST_TEST(count == expected, s << " seed " << hour_.seed << ": " << count << ", should be " << expected);
    }

    busy_hour& hour_;
    test::pg_loop loop_;
    pg::blocking_session session_;
    schema::shape shape_ = schema::newest_shape();
};

/// With rows enough that the planner knows what there is: an analysis in the course of the test would come by chance.
std::string accelerated_log(std::uint64_t seed)
{
    auto conninfo = test::contract_database::create();
    auto session = test::open_session(conninfo);
    test::log_changes changes{0, seed};
    for (int n = 0; n < 1'500; ++n)
        BOOST_TEST_REQUIRE(session.script(changes.next()).has_value());
    BOOST_TEST_REQUIRE(schema::make_acceleration(session).has_value());
    BOOST_TEST_REQUIRE(schema::fill_acceleration(session).has_value());
    BOOST_TEST_REQUIRE(session.script("ANALYZE").has_value());
    return conninfo;
}

/// All threads of the hour; it is over where they are gone.
class crew {
  public:
    explicit crew(busy_hour& hour) : hour_{hour}
    {
        for (unsigned n = 1; n < writers; ++n)
            threads_.emplace_back([&hour, n] { write(hour, n); });
        threads_.emplace_back([&hour] { write_slowly(hour, writers); });
        threads_.emplace_back([&hour] { delete_old_rows(hour, writers + 1); });
        threads_.emplace_back([&hour] { fold(hour); });
        threads_.emplace_back([&hour] { compare(hour); });
        threads_.emplace_back([&hour] { verify(hour); });
    }

    crew(crew const&) = delete;
    crew& operator=(crew const&) = delete;

    ~crew() { hour_.over = true; }

  private:
    busy_hour& hour_;
    std::vector<std::jthread> threads_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(acceleration_writers)

BOOST_AUTO_TEST_CASE(what_readers_are_told_is_what_the_log_says_while_many_write)
{
    auto const seed = test::search::seed_of_this_run();
    busy_hour hour{.conninfo = accelerated_log(seed), .seed = seed};
    auto const& searches = test::compared_searches();
    store_reader reader{hour};
    int asked = 0;
    {
        crew const all{hour};
        bool const enough = test::eventually(test::waits::long_limit, [&] {
            auto const& s = searches[static_cast<std::size_t>(asked++) % searches.size()];
            reader.compare_sessions(s, 1 + asked % 25);
            reader.compare_count(s);
            ++hour.comparisons;
            return (hour.changes >= least_changes && hour.comparisons >= least_comparisons &&
                    asked >= least_comparisons / 2 && hour.verifications > 5 && reader.by_table >= least_by_table) ||
                   hour.wrong.all().size() > 20;
        });
        BOOST_TEST(enough, hour.changes << " changes, " << hour.comparisons << " comparisons, " << reader.by_table
                                        << " pages by the table");
    }
    for (auto const& line : hour.wrong.all())
        BOOST_ERROR("BRIDGEWATCH_SEED=" << hour.seed << ": " << line);

    auto session = test::open_session(hour.conninfo);
    for (bool const folded : {false, true}) {
        if (folded)
            cluster::execute(hour.conninfo, "SELECT bridgewatch_fold(1000000), bridgewatch_close_hours()");
        auto const found = schema::verify_acceleration(session);
        BOOST_TEST_REQUIRE(found.has_value());
        BOOST_TEST(faults_of(*found) == "",
                   "BRIDGEWATCH_SEED=" << hour.seed << ", folded: " << folded << ", " << faults_of(*found));
        BOOST_TEST((found->pending == 0U || !folded));
    }
    BOOST_TEST_MESSAGE(hour.changes << " changes, " << hour.comparisons << " comparisons, " << hour.verifications
                                    << " verifications, " << hour.folds << " folds, " << reader.by_table
                                    << " pages by the table");
}

BOOST_AUTO_TEST_SUITE_END()
