#include "db/schema/accelerate.hpp"
#include "db/schema/migrate.hpp"
#include "db/schema/search_indexes.hpp"
#include "db/sql/interceptions.hpp"
#include "db/sql/sessions.hpp"
#include "grammar/check.hpp"
#include "test/support/cluster.hpp"
#include "test/support/historic_schema.hpp"
#include "test/support/session.hpp"
#include "test/support/waits.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <future>
#include <ostream>
#include <set>
#include <string>
#include <vector>

namespace {

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;
using test::cluster;
using test::eventually;

constexpr char const* our_indexes =
    "SELECT coalesce(string_agg(c.relname, ' ' ORDER BY c.relname), '') FROM pg_index x "
    "JOIN pg_class c ON c.oid = x.indexrelid WHERE c.relname LIKE 'bridgewatch\\_%' AND "
    "c.relname <> 'bridgewatch_schema_pkey' AND x.indisvalid";

std::string names_of(auto const& wanted)
{
    std::vector<std::string> names;
    for (auto const& index : schema::search_indexes())
        if (wanted(index))
            names.emplace_back(index.name);
    std::ranges::sort(names);
    std::string out;
    for (auto const& name : names)
        out += (out.empty() ? "" : " ") + name;
    return out;
}

std::string all_names()
{
    return names_of([](auto const&) { return true; });
}

struct own_database {
    own_database() { BOOST_TEST_REQUIRE(schema::migrate(session).has_value()); }

    [[nodiscard]] std::string indexes() const { return cluster::value(conninfo, our_indexes); }

    std::string conninfo = cluster::shared().create_database();
    pg::blocking_session session = test::open_session(conninfo);
};

/// A query whose term the index is for.
struct served_term {
    std::string_view index, query;
};

std::ostream& operator<<(std::ostream& out, served_term const& term)
{
    return out << term.index << " for " << term.query;
}

served_term const served_terms[] = {
    {"bridgewatch_prompt_trgm", "prompt:AKIA"},
    {"bridgewatch_prompt_trgm", "text:AKIA"},
    {"bridgewatch_tool_input_trgm", R"(tool_input:"rm -rf")"},
    {"bridgewatch_tool_error_trgm", "tool_error:timeout"},
    {"bridgewatch_tool_error_trgm", "tool(error:timeout)"},
    {"bridgewatch_thought_trgm", "thinking:secret"},
    {"bridgewatch_thought_trgm", "thinking:secret OR model:o3"},
    {"bridgewatch_error_message_trgm", "error_message:quota"},
    {"bridgewatch_model_trgm", "model:*-mini,gpt*"},
    {"bridgewatch_client_trgm", "client:*Code"},
    {"bridgewatch_tool_trgm", "tool:list*"},
    {"bridgewatch_server_url_trgm", "server_url:https*"},
    {"bridgewatch_tool", "tool:bash,grep"},
    {"bridgewatch_server_url", R"(server_url:"https://x")"},
    {"bridgewatch_provider_name", "provider_name:openai"},
    {"bridgewatch_api_key_id", "api_key_id:abc"},
    {"bridgewatch_ended_at", "ended:2026-01-01"},
    {"bridgewatch_duration", "duration:>1h"},
    {"bridgewatch_duration", "duration:30s,1m"},
    {"bridgewatch_failed", "is:failed"},
    {"bridgewatch_failed", "error_type:timeout"},
    {"bridgewatch_metadata", "metadata.team:payments,5"},
    {"bridgewatch_annotations", "annotation.repo:a/b"},
};

/// What walks of sessions need.
constexpr std::string_view indexes_of_walks[] = {"bridgewatch_prompt_created", "bridgewatch_session"};

sql::statement count_of(std::string_view query)
{
    auto const checked = grammar::check(query, {});
    BOOST_TEST_REQUIRE(checked.faults.empty());
    return sql::count_of_interceptions(checked.meaning, {}, {}, schema::newest_shape());
}

/// The plan with that index as the only one beside primary keys, and without what needs no index: the tables are empty,
/// which makes every way as good as another.
std::string plan_with_only(std::string_view index, pg::blocking_session& session, sql::statement const& asked)
{
    std::string only =
        "BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin "
        "= off; ";
    only.append("DO $$ DECLARE name text; BEGIN FOR name IN SELECT indexname FROM pg_indexes WHERE tablename LIKE "
                "'aibridge\\_%' AND indexname NOT LIKE '%\\_pkey' AND indexname <> '")
        .append(index)
        .append("' LOOP EXECUTE 'DROP INDEX ' || name; END LOOP; END $$");
    BOOST_TEST_REQUIRE(session.script(only).has_value());
    auto const plan = session.query("EXPLAIN " + asked.text(), asked.parameters());
    BOOST_TEST_REQUIRE(plan.has_value());
    BOOST_TEST_REQUIRE(session.script("ROLLBACK").has_value());
    std::string out;
    for (std::size_t row = 0; row < plan->size(); ++row)
        out.append(plan->at(row, 0).bytes()).append("\n");
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(schema_accelerate)

BOOST_FIXTURE_TEST_CASE(a_second_run_finds_nothing_to_do, own_database)
{
    std::vector<std::string> announced;
    auto const first =
        schema::accelerate(session, [&announced](std::string_view name, std::size_t number, std::size_t of) {
            BOOST_TEST(number == announced.size() + 1);
            BOOST_TEST(of == schema::search_indexes().size());
            announced.emplace_back(name);
        });
    BOOST_TEST_REQUIRE(first.has_value(), first.error());
    BOOST_TEST(first->built == announced, boost::test_tools::per_element());
    BOOST_TEST(first->notes.empty());
    BOOST_TEST(indexes() == all_names());

    auto const second = schema::accelerate(session);
    BOOST_TEST_REQUIRE(second.has_value(), second.error());
    BOOST_TEST(second->built.empty());
    BOOST_TEST(indexes() == all_names());
}

BOOST_FIXTURE_TEST_CASE(a_second_run_waits_for_the_first, own_database)
{
    auto const run = [this] {
        auto own = test::open_session(conninfo);
        auto const done = schema::accelerate(own);
        return done ? std::to_string(done->built.size()) + " built" : done.error();
    };
    // A writer keeps the first one waiting in an index that is built, until the second one waits for it.
    auto writer = test::open_session(conninfo);
    writer.script("BEGIN; LOCK TABLE aibridge_user_prompts IN ROW EXCLUSIVE MODE").value();
    std::future<std::string> runs[] = {std::async(std::launch::async, run), std::async(std::launch::async, run)};
    bool const both_wait = eventually(test::waits::limit, [this] {
        return cluster::value(conninfo, "SELECT count(DISTINCT left(query, 12)) FROM pg_stat_activity WHERE datname = "
                                        "current_database() AND (wait_event_type = 'Lock' OR query LIKE "
                                        "'%advisory\\_lock%') AND pid <> pg_backend_pid()") == "2";
    });
    writer.script("ROLLBACK").value();
    std::set<std::string> const ended{runs[0].get(), runs[1].get()};
    BOOST_TEST(both_wait);
    std::set<std::string> const expected{"0 built", std::to_string(schema::search_indexes().size()) + " built"};
    BOOST_TEST(ended == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_dry_run_prints_what_is_run_and_changes_nothing, own_database)
{
    auto const script = schema::accelerate_dry_run(session);
    BOOST_TEST_REQUIRE(script.has_value(), script.error());
    BOOST_TEST(indexes().empty());
    for (std::size_t at = 0; at < script->size();) { // CONCURRENTLY wants each statement alone, as psql sends them
        auto const end = script->find(";\n", at);
        cluster::execute(conninfo, script->substr(at, end - at));
        at = end + 2;
    }
    BOOST_TEST(indexes() == all_names());
    auto const again = schema::accelerate_dry_run(session);
    BOOST_TEST_REQUIRE(again.has_value(), again.error());
    BOOST_TEST(*again == "-- Nothing to do: all indexes for searches are there.\n");
}

BOOST_FIXTURE_TEST_CASE(a_build_that_was_interrupted_is_done_again, own_database)
{
    // A duplicate makes a unique build fail half way, which leaves what an interrupted one leaves.
    cluster::execute(conninfo,
                     "INSERT INTO aibridge_tool_usages (id, interception_id, provider_response_id, tool, input, "
                     "injected, created_at) SELECT gen_random_uuid(), gen_random_uuid(), '', 'bash', '', false, "
                     "now() FROM generate_series(1, 2)");
    BOOST_TEST_REQUIRE(
        session.script("CREATE UNIQUE INDEX CONCURRENTLY bridgewatch_tool ON aibridge_tool_usages (tool)").has_error());
    BOOST_TEST_REQUIRE(cluster::value(conninfo, "SELECT indisvalid FROM pg_index WHERE indexrelid = "
                                                "'bridgewatch_tool'::regclass") == "f");
    auto const done = schema::accelerate(session);
    BOOST_TEST_REQUIRE(done.has_value(), done.error());
    BOOST_TEST(indexes() == all_names());
    BOOST_TEST(cluster::value(conninfo, "SELECT indisunique FROM pg_index WHERE indexrelid = "
                                        "'bridgewatch_tool'::regclass") == "f");
}

BOOST_AUTO_TEST_CASE(a_database_of_upstream_gets_what_its_columns_allow)
{
    auto const conninfo = cluster::shared().create_database();
    cluster::execute(conninfo, test::create_statements(test::first_release));
    auto session = test::open_session(conninfo);
    auto const done = schema::accelerate(session);
    BOOST_TEST_REQUIRE(done.has_value(), done.error());
    schema::shape const oldest;
    BOOST_TEST(cluster::value(conninfo, our_indexes) ==
               names_of([&oldest](auto const& index) { return index.has_columns(oldest); }));
    BOOST_TEST(cluster::value(conninfo, "SELECT to_regclass('bridgewatch_schema')").empty());
}

BOOST_AUTO_TEST_CASE(a_role_that_may_not_install_the_extension_gets_the_rest)
{
    auto const conninfo = cluster::shared().create_database();
    cluster::execute(conninfo, test::create_statements(test::first_release));
    cluster::execute(conninfo,
                     "DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = "
                     "'public' LOOP EXECUTE format('ALTER TABLE %I OWNER TO \"Bridge Reader\"', t); END LOOP; "
                     "END $$; GRANT ALL ON SCHEMA public TO \"Bridge Reader\"");
    cluster::grant_reading(conninfo);
    auto session = test::open_session(conninfo + std::string{cluster::as_reader});
    auto const done = schema::accelerate(session);
    BOOST_TEST_REQUIRE(done.has_value(), done.error());
    BOOST_TEST_REQUIRE(done->notes.size() == 1U);
    BOOST_TEST(done->notes[0].starts_with("the extension pg_trgm cannot be installed by this role ("), done->notes[0]);
    schema::shape const oldest;
    BOOST_TEST(cluster::value(conninfo, our_indexes) ==
               names_of([&oldest](auto const& index) { return index.has_columns(oldest) && !index.needs_trigrams(); }));
}

BOOST_AUTO_TEST_CASE(an_extension_in_a_schema_of_its_own_is_found)
{
    auto const conninfo = cluster::shared().create_database();
    cluster::execute(conninfo, test::create_statements(test::first_release));
    cluster::execute(conninfo, "CREATE SCHEMA \"Ext's\"; CREATE EXTENSION pg_trgm SCHEMA \"Ext's\"");
    auto session = test::open_session(conninfo);
    auto const done = schema::accelerate(session);
    BOOST_TEST_REQUIRE(done.has_value(), done.error());
    BOOST_TEST(done->notes.empty());
}

BOOST_FIXTURE_TEST_CASE(a_table_of_others_is_a_clear_error, own_database)
{
    cluster::grant_reading(conninfo);
    auto reader = test::open_session(conninfo + std::string{cluster::as_reader});
    auto const refused = schema::accelerate(reader);
    BOOST_TEST_REQUIRE(refused.has_error());
    BOOST_TEST(refused.error().find("must be owner of") != std::string::npos, refused.error());
    BOOST_TEST(refused.error().find('\n') == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_later_schema_is_left_alone, own_database)
{
    cluster::execute(conninfo, "INSERT INTO bridgewatch_schema (version, name) VALUES (99, 'of a later program')");
    auto const refused = schema::accelerate(session);
    BOOST_TEST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().find("has version 99") != std::string::npos, refused.error());
    BOOST_TEST(indexes() == "");
}

BOOST_AUTO_TEST_CASE(a_database_without_tables_is_a_clear_error)
{
    auto const conninfo = cluster::shared().create_database();
    auto session = test::open_session(conninfo);
    auto const refused = schema::accelerate(session);
    BOOST_TEST_REQUIRE(refused.has_error());
    BOOST_TEST(refused.error().starts_with("missing in the database: "), refused.error());
}

BOOST_DATA_TEST_CASE(an_index_serves_its_terms, bdata::make(served_terms), term)
{
    static own_database database;
    static bool const built = schema::accelerate(database.session).has_value();
    BOOST_TEST_REQUIRE(built);
    auto const plan = plan_with_only(term.index, database.session, count_of(term.query));
    BOOST_TEST(plan.find(std::string{term.index} + " ") != std::string::npos, plan);
}

BOOST_FIXTURE_TEST_CASE(walks_of_sessions_have_their_indexes, own_database)
{
    BOOST_TEST_REQUIRE(schema::accelerate(session).has_value());
    grammar::filter const everything;
    sql::visibility const who;
    auto const shape = schema::newest_shape();
    auto const walk = sql::walk_of_prompts({.where = everything, .who = who, .database = shape, .after = {}},
                                           {.wanted = 26, .budget = 1000});
    for (auto const index : indexes_of_walks) {
        auto const plan = plan_with_only(index, session, walk);
        BOOST_TEST(plan.find(std::string{index} + " ") != std::string::npos, plan);
    }
}

BOOST_AUTO_TEST_CASE(no_index_is_without_a_use)
{
    for (auto const& index : schema::search_indexes()) {
        bool const serves_term =
            std::ranges::any_of(served_terms, [&index](auto const& term) { return term.index == index.name; });
        BOOST_TEST((serves_term || std::ranges::find(indexes_of_walks, index.name) != std::end(indexes_of_walks)),
                   index.name);
    }
}

BOOST_AUTO_TEST_SUITE_END()
