// Is the role of deploy/sql enough to serve, and is each of its rights needed?
#include "db/pg/blocking.hpp"
#include "db/schema/probe.hpp"
#include "test/support/audit_log.hpp"
#include "test/support/cluster.hpp"
#include "test/support/historic_schema.hpp"
#include "test/support/process.hpp"
#include "test/support/served.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bridgewatch::test {
namespace {

namespace bdata = boost::unit_test::data;

constexpr std::string_view role = "Least \"Reader";
constexpr std::string_view quoted_role = R"("Least ""Reader")";
constexpr std::string_view as_role = R"( user='Least "Reader')";

finished run_script(std::string const& conninfo, std::string const& name, std::string const& password = {})
{
    return run(
        {"psql", "-X", "-q", "-v", "role=" + name, "-f", BRIDGEWATCH_SOURCE_DIR "/deploy/sql/least-role.sql", conninfo},
        {{"BRIDGEWATCH_ROLE_PASSWORD", password}});
}

/// With the tables that make sessions and counts fast.
void accelerate(audit_log const& log)
{
    auto const done = run({BRIDGEWATCH_BINARY, "migrate", "--schema=accelerate", "--database-url", log.conninfo()});
    BOOST_TEST_REQUIRE((done.status == exit_status{}), done.errors);
}

void make_role(std::string const& conninfo)
{
    auto const done = run_script(conninfo, std::string{role});
    BOOST_TEST_REQUIRE((done.status == exit_status{}), done.errors);
    BOOST_TEST(done.errors.empty(), done.errors);
}

std::string as_reader(std::string const& conninfo)
{
    return conninfo + std::string{as_role};
}

/// What a server would find; as one line where it would not become ready.
boost::system::result<schema::shape, std::string> found_by(std::string const& conninfo)
{
    auto const options = pg::connection_options::parse(conninfo);
    auto session = pg::blocking_session::open(*options);
    if (!session)
        return session.error().diag.message;
    return schema::probe(*session);
}

bool is_refused(std::string const& conninfo, std::string const& sql, std::string_view why)
{
    try {
        cluster::execute(conninfo, sql);
    } catch (std::runtime_error const& error) {
        BOOST_TEST(std::string_view{error.what()}.find(why) != std::string_view::npos, error.what());
        return true;
    }
    return false;
}

/// Every right that the script has given, as what comes behind GRANT and REVOKE.
std::vector<std::string> rights(std::string const& conninfo)
{
    auto const given = cluster::value(
        conninfo,
        "WITH target AS (SELECT oid FROM pg_roles WHERE rolname = '" + std::string{role} +
            "'), given AS ("
            "SELECT format('%s ON %I', a.privilege_type, c.relname) AS what FROM pg_class AS c, "
            "aclexplode(c.relacl) AS a WHERE a.grantee = (SELECT oid FROM target) UNION ALL "
            "SELECT format('%s (%I) ON %I', a.privilege_type, t.attname, c.relname) FROM pg_class AS c JOIN "
            "pg_attribute AS t ON t.attrelid = c.oid, aclexplode(t.attacl) AS a WHERE a.grantee = (SELECT oid FROM "
            "target) UNION ALL "
            "SELECT format('%s ON SCHEMA %I', a.privilege_type, n.nspname) FROM pg_namespace AS n, "
            "aclexplode(n.nspacl) AS a WHERE a.grantee = (SELECT oid FROM target) UNION ALL "
            "SELECT format('%s ON DATABASE %I', a.privilege_type, d.datname) FROM pg_database AS d, "
            "aclexplode(d.datacl) AS a WHERE d.datname = current_database() AND a.grantee = (SELECT oid FROM target)) "
            "SELECT string_agg(what, E'\\n' ORDER BY what) FROM given");
    std::vector<std::string> out;
    std::istringstream lines{given};
    for (std::string line; std::getline(lines, line);)
        out.push_back(line);
    return out;
}

column_set const ages[] = {first_release, with_metadata, with_client, with_sessions, with_credentials};

} // namespace

BOOST_AUTO_TEST_SUITE(least_role)

BOOST_AUTO_TEST_CASE(it_serves_and_may_not_write)
{
    audit_log const log;
    accelerate(log);
    make_role(log.conninfo());
    auto const conninfo = as_reader(log.conninfo());
    served server{conninfo};
    BOOST_TEST_REQUIRE(server.ready(), server.log());
    for (auto const* path : {"/interceptions?count=exact&q=prompt:*", "/sessions", "/models", "/clients"}) {
        auto const answer = fetch(server.address(), std::string{"/api/v2/aibridge"} + path, as_owner());
        BOOST_TEST(answer.status == 200, path << answer.body);
    }
    BOOST_TEST(server.log().find("permission denied") == std::string::npos);

    BOOST_TEST(is_refused(conninfo, "CREATE TEMP TABLE t (i int)", "read-only transaction"));
    log.execute("CREATE TABLE private_notes (note text); ALTER TABLE api_keys ADD COLUMN token_name text");
    auto const writing = conninfo + " options='-c default_transaction_read_only=off'"; // as anybody may ask
    for (auto const* sql : {"INSERT INTO aibridge_user_prompts DEFAULT VALUES", "DELETE FROM aibridge_interceptions",
                            "UPDATE users SET username = 'x'", "TRUNCATE bridgewatch_counts", "SELECT * FROM users",
                            "SELECT token_name FROM api_keys", "SELECT * FROM private_notes"})
        BOOST_TEST(is_refused(writing, sql, "permission denied"), sql);
}

BOOST_AUTO_TEST_CASE(each_right_is_needed)
{
    audit_log const log;
    accelerate(log);
    make_role(log.conninfo());
    cluster::execute(log.conninfo(), "REVOKE CONNECT ON DATABASE " + log.value("SELECT current_database()") +
                                         " FROM PUBLIC; REVOKE USAGE ON SCHEMA public FROM PUBLIC");
    auto const conninfo = as_reader(log.conninfo());
    auto const whole = found_by(conninfo);
    BOOST_TEST_REQUIRE(whole.has_value(), whole.error());
    BOOST_TEST(whole->acceleration);
    auto const given = rights(log.conninfo());
    BOOST_TEST(given.size() == 24U); // 6 relations, 5 of the acceleration, 11 columns, schema, database
    for (auto const& right : given) {
        cluster::execute(log.conninfo(), "REVOKE " + right + " FROM " + std::string{quoted_role});
        auto const less = found_by(conninfo);
        BOOST_TEST((less.has_error() || !(*less == *whole)), right);
        cluster::execute(log.conninfo(), "GRANT " + right + " TO " + std::string{quoted_role});
    }
    BOOST_TEST((found_by(conninfo).has_value()));
}

BOOST_DATA_TEST_CASE(databases_of_every_age_can_be_read, bdata::make(ages), age)
{
    auto const conninfo = cluster::shared().create_database();
    cluster::execute(conninfo, create_statements(age));
    make_role(conninfo);
    auto const found = found_by(as_reader(conninfo));
    BOOST_TEST_REQUIRE(found.has_value(), found.error());
    auto all = found_by(conninfo); // by the superuser
    all->users = found->users;     // names and pictures come from visible_users
    BOOST_TEST((*found == *all));
}

BOOST_AUTO_TEST_CASE(a_second_run_takes_back_what_is_too_much)
{
    audit_log const log;
    make_role(log.conninfo());
    auto const before = rights(log.conninfo());
    log.execute("GRANT SELECT, INSERT ON users, api_keys TO " + std::string{quoted_role} +
                "; GRANT CREATE ON SCHEMA public TO " + std::string{quoted_role});
    make_role(log.conninfo());
    BOOST_TEST(rights(log.conninfo()) == before, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(settings_and_password_are_the_roles)
{
    audit_log const log;
    auto const done = run_script(log.conninfo(), "with password", "it's secret");
    BOOST_TEST((done.status == exit_status{}), done.errors);
    BOOST_TEST(
        log.value("SELECT rolpassword FROM pg_authid WHERE rolname = 'with password'").starts_with("SCRAM-SHA-256$"));
    auto const conninfo = log.conninfo() + " user='with password'";
    BOOST_TEST(cluster::value(conninfo, "SHOW statement_timeout") == "1min");
    BOOST_TEST(cluster::value(conninfo, "SHOW idle_in_transaction_session_timeout") == "1min");
    BOOST_TEST(cluster::value(conninfo, "SHOW default_transaction_read_only") == "on");
}

BOOST_AUTO_TEST_CASE(tables_may_be_in_another_schema)
{
    auto const conninfo = cluster::shared().create_database();
    cluster::execute(conninfo,
                     "CREATE SCHEMA \"Coder's\"; SET search_path = \"Coder's\"; " + create_statements(with_sessions));
    auto const done = run({"psql", "-X", "-q", "-v", "role=" + std::string{role}, "-v", "schema=Coder's", "-f",
                           BRIDGEWATCH_SOURCE_DIR "/deploy/sql/least-role.sql", conninfo});
    BOOST_TEST((done.status == exit_status{}), done.errors);
    auto const found = found_by(as_reader(conninfo));
    BOOST_TEST(found.has_value());
}

BOOST_AUTO_TEST_CASE(wrong_use_changes_nothing)
{
    auto const conninfo = cluster::shared().create_database();
    auto const no_role = run({"psql", "-X", "-f", BRIDGEWATCH_SOURCE_DIR "/deploy/sql/least-role.sql", conninfo});
    BOOST_TEST(no_role.status.code == 3);
    BOOST_TEST(no_role.errors.find("expected -v role=NAME") != std::string::npos, no_role.errors);
    auto const no_tables = run_script(conninfo, "nobody's role");
    BOOST_TEST(no_tables.status.code == 3);
    BOOST_TEST(cluster::value(conninfo, "SELECT 1 FROM pg_roles WHERE rolname = 'nobody''s role'").empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
