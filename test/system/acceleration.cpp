#include "test/support/cluster.hpp"
#include "test/support/contract_database.hpp"
#include "test/support/historic_schema.hpp"
#include "test/support/process.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <vector>

// The tables for sessions and counts, as an operator makes, checks, mends and drops them.
namespace bridgewatch::test {
namespace {

namespace bdata = boost::unit_test::data;

constexpr std::string_view in_use = "the tables for sessions and counts are in use\n";

struct operated_log {
    std::string conninfo = contract_database::create();

    operated_log() { contract_database::add_interceptions(conninfo, 1, 40); }

    /// Runs a command against it, and tells what it said where its status is another one.
    finished expect(int status, std::vector<std::string> arguments) const
    {
        arguments.insert(arguments.begin(), BRIDGEWATCH_BINARY);
        arguments.insert(arguments.end(), {"--database-url", conninfo});
        auto out = run(arguments);
        BOOST_TEST((out.status == exit_status{.code = status}), arguments[1] << ": " << out.output << out.errors);
        return out;
    }

    void migrate() const
    {
        auto const done = expect(0, {"migrate", "--schema=accelerate"});
        BOOST_TEST(done.output.ends_with("the tables for sessions and counts are ready\n"), done.output);
    }

    void execute(std::string const& sql) const { cluster::execute(conninfo, sql); }
};

bool has(std::string const& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

/// What --drop does not go with.
struct wrong_usage {
    std::string_view name;
    std::vector<std::string> arguments;
};

std::ostream& operator<<(std::ostream& out, wrong_usage const& w)
{
    return out << w.name;
}

wrong_usage const wrong_usages[] = {
    {"the schema that it does not say", {"migrate", "--drop"}},
    {"all of the schema", {"migrate", "--schema=full", "--drop"}},
    {"a dry run", {"migrate", "--schema=accelerate", "--drop", "--dry-run"}},
};

} // namespace

BOOST_AUTO_TEST_SUITE(acceleration)

BOOST_FIXTURE_TEST_CASE(it_is_made_checked_and_dropped, operated_log)
{
    auto const missing = expect(1, {"verify"});
    BOOST_TEST(missing.output == "there are no tables for sessions and counts: bridgewatch migrate --schema=accelerate "
                                 "makes them\n");
    expect(1, {"verify", "--repair"});

    auto const dry = expect(0, {"migrate", "--schema=accelerate", "--dry-run"});
    BOOST_TEST(has(dry.output, "CREATE TABLE public.bridgewatch_counts"), dry.output);
    BOOST_TEST(has(expect(1, {"verify"}).output, "there are no tables"));

    migrate();
    contract_database::add_interceptions(conninfo, 50, 59);
    auto const right = expect(0, {"verify"});
    BOOST_TEST(right.output.starts_with(in_use), right.output);
    BOOST_TEST(has(right.output, "wrong: 0 counts of hours, 0 sums, 0 sessions, 0 numbers of sessions; "),
               right.output);
    migrate();

    auto const gone = expect(0, {"migrate", "--schema=accelerate", "--drop"});
    BOOST_TEST(gone.output.starts_with("the tables for sessions and counts are gone, and "), gone.output);
    BOOST_TEST(cluster::value(conninfo, "SELECT count(*) FROM pg_class WHERE relname LIKE 'bridgewatch\\_%' AND "
                                        "relname NOT LIKE 'bridgewatch\\_schema%'") == "0");
    auto const again = expect(0, {"migrate", "--schema=accelerate", "--drop"});
    BOOST_TEST(again.output == "the tables for sessions and counts are gone, and 0 indexes\n");
    migrate();
}

BOOST_FIXTURE_TEST_CASE(what_is_wrong_is_told_kept_from_readers_and_mended, operated_log)
{
    migrate();
    execute("UPDATE bridgewatch_counts SET n = n + 1 WHERE grain = 'h'; DELETE FROM bridgewatch_sessions WHERE "
            "session_id LIKE '%7'");
    auto const wrong = expect(1, {"verify"});
    BOOST_TEST(wrong.output.starts_with(in_use), wrong.output);
    BOOST_TEST(has(wrong.output, "wrong: 1 counts of hours, "), wrong.output);
    BOOST_TEST(has(wrong.output, " 4 sessions, "), wrong.output);
    BOOST_TEST(wrong.output.ends_with("it is kept from readers from now on\n"), wrong.output);
    auto const kept = expect(1, {"verify"});
    BOOST_TEST(kept.output == "the tables for sessions and counts are not in use: they were found wrong, or their "
                              "triggers were off\n");
    auto const mended = expect(0, {"verify", "--repair"});
    BOOST_TEST(has(mended.output, in_use), mended.output);
    BOOST_TEST(has(mended.output, "wrong: 0 counts of hours, 0 sums, 0 sessions, 0 numbers of sessions; "),
               mended.output);
    expect(0, {"verify"});

    execute("ALTER TABLE aibridge_interceptions DISABLE TRIGGER ALL");
    contract_database::add_interceptions(conninfo, 60, 69);
    expect(1, {"verify"});
    migrate(); // mends too
    contract_database::add_interceptions(conninfo, 70, 79);
    expect(0, {"verify"});
}

BOOST_FIXTURE_TEST_CASE(a_reader_may_check_and_not_mend, operated_log)
{
    migrate();
    cluster::grant_reading(conninfo);
    conninfo += cluster::as_reader;
    expect(0, {"verify"});
    auto const refused = expect(1, {"migrate", "--schema=accelerate", "--drop"});
    BOOST_TEST(refused.errors.starts_with("bridgewatch migrate: "), refused.errors);
    expect(0, {"verify"});
}

BOOST_AUTO_TEST_CASE(dry_run_refuses_what_the_run_would)
{
    operated_log log;
    log.conninfo = cluster::shared().create_database();
    for (auto const& options :
         {std::vector<std::string>{"migrate", "--schema=accelerate"}, {"migrate", "--schema=accelerate", "--dry-run"}})
        BOOST_TEST(has(log.expect(1, options).errors, "missing in the database: "));
    log.expect(0, {"migrate"});
    cluster::execute(log.conninfo, "INSERT INTO bridgewatch_schema (version, name) VALUES (99, 'of a later program')");
    for (auto const& options :
         {std::vector<std::string>{"migrate", "--schema=accelerate"}, {"migrate", "--schema=accelerate", "--dry-run"}})
        BOOST_TEST(has(log.expect(1, options).errors, "has version 99"));
}

BOOST_AUTO_TEST_CASE(tables_without_sessions_get_indexes_alone)
{
    operated_log log;
    log.conninfo = cluster::shared().create_database();
    cluster::execute(log.conninfo, create_statements(with_client));
    auto const done = log.expect(0, {"migrate", "--schema=accelerate"});
    BOOST_TEST(done.output.ends_with("note: aibridge_interceptions has no session_id or ended_at: no tables for "
                                     "sessions and counts\n"),
               done.output);
    for (auto const& options : {std::vector<std::string>{"verify"}, {"verify", "--repair"}}) // advice would not help
        BOOST_TEST(log.expect(1, options).errors == "bridgewatch verify: aibridge_interceptions has no session_id or "
                                                    "ended_at: no tables for sessions and counts\n");
    log.expect(0, {"migrate", "--schema=accelerate", "--drop"});
}

BOOST_DATA_TEST_CASE(a_drop_has_to_say_what, bdata::make(wrong_usages), w)
{
    operated_log const log;
    auto const refused = log.expect(2, w.arguments);
    BOOST_TEST(has(refused.errors, "--drop"), refused.errors);
    BOOST_TEST(refused.errors.find('\n') + 1 == refused.errors.size(), refused.errors);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
