#include "db/schema/migrate.hpp"
#include "db/schema/probe.hpp"
#include "test/support/cluster.hpp"
#include "test/support/historic_schema.hpp"
#include "test/support/session.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace {

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;
using test::cluster;

boost::system::result<schema::shape, std::string> probe(std::string const& conninfo)
{
    auto session = test::open_session(conninfo);
    return schema::probe(session);
}

std::string fault_of(std::string const& conninfo)
{
    auto const answer = probe(conninfo);
    BOOST_TEST_REQUIRE(answer.has_error());
    return answer.error();
}

std::string historic_database(test::column_set const& columns)
{
    auto const conninfo = cluster::shared().create_database();
    cluster::execute(conninfo, test::create_statements(columns));
    return conninfo;
}

std::string migrated_database()
{
    auto const conninfo = cluster::shared().create_database();
    auto session = test::open_session(conninfo);
    auto const done = schema::migrate(session);
    BOOST_TEST_REQUIRE(done.has_value(), done.error());
    return conninfo;
}

schema::shape metadata_shape()
{
    schema::shape s;
    s.interceptions.metadata = s.interceptions.ended_at = s.interceptions.api_key_id = true;
    s.users.name = s.visible_users.name = true;
    s.api_keys.scope = true;
    return s;
}

schema::shape client_shape()
{
    auto s = metadata_shape();
    s.interceptions.client = true;
    s.token_usages.cache_read_input_tokens = s.token_usages.cache_write_input_tokens = true;
    s.users.avatar_url = true;
    s.api_keys = {.scope = false, .scopes = true};
    return s;
}

schema::shape session_shape()
{
    auto s = client_shape();
    s.interceptions.thread_parent_id = s.interceptions.thread_root_id = true;
    s.interceptions.client_session_id = s.interceptions.session_id = true;
    s.tool_usages.provider_tool_call_id = s.users.is_system = s.model_thoughts = true;
    return s;
}

schema::shape credential_shape()
{
    auto s = metadata_shape();
    s.interceptions.client = s.interceptions.provider_name = s.interceptions.credential_kind = true;
    s.interceptions.credential_hint = s.interceptions.error_type = s.interceptions.error_message = true;
    s.interceptions.annotations = s.token_usages.cost_micros = s.users.is_system = s.model_thoughts = true;
    s.api_keys = {.scope = false, .scopes = true};
    return s;
}

struct age_case {
    test::column_set columns;
    schema::shape shape;
};

std::ostream& operator<<(std::ostream& out, age_case const& c)
{
    return out << c.columns.name;
}

age_case const ages[] = {
    {test::first_release, {}},
    {test::with_metadata, metadata_shape()},
    {test::with_client, client_shape()},
    {test::with_sessions, session_shape()},
    {test::with_credentials, credential_shape()},
};

} // namespace

BOOST_AUTO_TEST_SUITE(schema_probe)

BOOST_DATA_TEST_CASE(the_shape_of_each_age_is_found, bdata::make(ages), age)
{
    auto const found = probe(historic_database(age.columns));
    BOOST_TEST_REQUIRE(found.has_value(), found.error());
    BOOST_TEST((*found == age.shape));
}

BOOST_AUTO_TEST_CASE(our_own_migrations_make_the_newest_shape)
{
    auto const found = probe(migrated_database());
    BOOST_TEST_REQUIRE(found.has_value(), found.error());
    BOOST_TEST((*found == schema::newest_shape()));
}

BOOST_AUTO_TEST_CASE(two_shapes_that_differ_in_one_column_are_not_equal)
{
    auto other = schema::newest_shape();
    other.token_usages.cost_micros = false;
    BOOST_TEST(!(other == schema::newest_shape()));
    other = schema::newest_shape();
    other.model_thoughts = false;
    BOOST_TEST(!(other == schema::newest_shape()));
}

BOOST_AUTO_TEST_CASE(keys_whose_column_is_missing_are_not_recorded)
{
    using enum grammar::key;
    auto const old = schema::shape{}.recorded();
    auto const recent = schema::newest_shape().recorded();
    for (auto const k : {provider_name, client, session_id, thread, api_key_id, error_type, error_message, metadata,
                         annotation, ended, duration, cache_read_tokens, cache_write_tokens, cost, thinking}) {
        BOOST_TEST(!old.keys.contains(k), grammar::name_of(k));
        BOOST_TEST(recent.keys.contains(k), grammar::name_of(k));
    }
    for (auto const k :
         {initiator, provider, model, id, started_after, started_before, started, input_tokens, output_tokens,
          total_tokens, tool, server_url, tool_input, tool_error, injected, prompt, text, has, is})
        BOOST_TEST(old.keys.contains(k), grammar::name_of(k));
    for (auto const what : {grammar::presence::thinking, grammar::presence::session}) {
        BOOST_TEST(!old.presences.contains(what));
        BOOST_TEST(recent.presences.contains(what));
    }
    for (auto const what : {grammar::state::inflight, grammar::state::failed}) {
        BOOST_TEST(!old.states.contains(what));
        BOOST_TEST(recent.states.contains(what));
    }
    BOOST_TEST(old.states.contains(grammar::state::completed)); // without ended_at every row is
}

BOOST_AUTO_TEST_CASE(everything_that_is_missing_stands_in_one_line)
{
    auto const conninfo = historic_database(test::with_sessions);
    cluster::execute(conninfo, "ALTER TABLE api_keys DROP COLUMN expires_at;"
                               "DROP TABLE users CASCADE;"
                               "ALTER TABLE aibridge_tool_usages DROP COLUMN injected, DROP COLUMN tool");
    BOOST_TEST(fault_of(conninfo) == "missing in the database: aibridge_tool_usages.tool, "
                                     "aibridge_tool_usages.injected, users (table), visible_users (table), "
                                     "api_keys.expires_at");
}

BOOST_AUTO_TEST_CASE(an_empty_database_lacks_every_table)
{
    BOOST_TEST(fault_of(cluster::shared().create_database()) ==
               "missing in the database: aibridge_interceptions (table), aibridge_token_usages (table), "
               "aibridge_user_prompts (table), aibridge_tool_usages (table), users (table), visible_users (table), "
               "api_keys (table)");
}

BOOST_AUTO_TEST_CASE(a_role_that_may_only_select_sees_the_same_shape)
{
    auto const conninfo = migrated_database();
    cluster::grant_reading(conninfo);
    auto const found = probe(conninfo + std::string{cluster::as_reader});
    BOOST_TEST_REQUIRE(found.has_value(), found.error());
    BOOST_TEST((*found == schema::newest_shape()));
}

BOOST_AUTO_TEST_CASE(what_the_role_may_not_read_is_told_apart_from_what_is_missing)
{
    auto const conninfo = historic_database(test::with_sessions);
    cluster::grant_reading(conninfo);
    cluster::execute(conninfo,
                     "REVOKE SELECT ON aibridge_user_prompts, aibridge_model_thoughts, aibridge_interceptions "
                     "FROM \"Bridge Reader\";"
                     "GRANT SELECT (id, initiator_id, provider, model) ON aibridge_interceptions TO \"Bridge "
                     "Reader\";"
                     "ALTER TABLE api_keys DROP COLUMN expires_at");
    BOOST_TEST(fault_of(conninfo + std::string{cluster::as_reader}) ==
               "missing in the database: api_keys.expires_at; not readable by this role: "
               "aibridge_interceptions.started_at, aibridge_interceptions.ended_at, aibridge_user_prompts (table)");
}

BOOST_AUTO_TEST_CASE(tables_are_looked_for_along_the_search_path)
{
    auto const conninfo = cluster::shared().create_database();
    cluster::execute(conninfo,
                     "CREATE SCHEMA coder; SET search_path = coder;" + test::create_statements(test::with_metadata));
    BOOST_TEST(fault_of(conninfo).starts_with("missing in the database: aibridge_interceptions (table)"));
    auto const found = probe(conninfo + " options='-c search_path=coder'");
    BOOST_TEST_REQUIRE(found.has_value(), found.error());
    BOOST_TEST((*found == metadata_shape()));
}

BOOST_AUTO_TEST_SUITE_END()
