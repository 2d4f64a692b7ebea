#include "app/token.hpp"
#include "db/schema/migrate.hpp"
#include "test/support/cluster.hpp"
#include "test/support/historic_schema.hpp"
#include "test/support/session.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <ostream>
#include <string>
#include <string_view>

namespace {

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;
using namespace std::chrono_literals;
using test::cluster;

struct migrated_database {
    std::string conninfo = cluster::shared().create_database();
    pg::blocking_session session = test::open_session(conninfo);

    migrated_database() { BOOST_TEST_REQUIRE(schema::migrate(session).has_value()); }

    std::string token(app::token_request const& request)
    {
        auto made = app::make_token(session, request);
        BOOST_TEST_REQUIRE(made.has_value(), made.error());
        return *made;
    }

    std::string fault(app::token_request const& request)
    {
        auto const made = app::make_token(session, request);
        BOOST_TEST_REQUIRE(made.has_error());
        return made.error();
    }

    std::string value(std::string const& sql) { return cluster::value(conninfo, sql); }
};

bool is_word(std::string_view text)
{
    return std::ranges::all_of(
        text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
}

struct scope_case {
    test::column_set columns;
    std::string_view scope_sql, value;
};

std::ostream& operator<<(std::ostream& out, scope_case const& c)
{
    return out << c.columns.name;
}

scope_case const scope_cases[] = {
    {test::first_release, "SELECT count(*) FROM api_keys", "1"},
    {test::with_metadata, "SELECT scope FROM api_keys", "all"},
    {test::with_client, "SELECT scopes FROM api_keys", "{all}"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(token_keys)

BOOST_FIXTURE_TEST_CASE(a_token_is_an_id_and_a_secret_of_which_only_the_hash_is_kept, migrated_database)
{
    auto const token = this->token({.username = "ada", .role = "auditor"});
    BOOST_TEST_REQUIRE(token.size() == 33u);
    BOOST_TEST(token[10] == '-');
    auto const id = token.substr(0, 10), secret = token.substr(11);
    BOOST_TEST(is_word(id));
    BOOST_TEST(is_word(secret));
    BOOST_TEST(value("SELECT hashed_secret = sha256('" + secret + "') FROM api_keys WHERE id = '" + id + "'") == "t");
    BOOST_TEST(value("SELECT count(*) FROM api_keys AS k WHERE k::text LIKE '%" + secret + "%'") == "0");
    BOOST_TEST(value("SELECT scopes FROM api_keys") == "{coder:all}");
}

BOOST_FIXTURE_TEST_CASE(a_user_is_made_with_the_role, migrated_database)
{
    (void)token({.username = "ada", .role = "auditor"});
    (void)token({.username = "max", .role = "member"});
    BOOST_TEST(value("SELECT string_agg(concat_ws(' ', username, status, rbac_roles, deleted), ', ' ORDER BY username) "
                     "FROM users") == "ada active {auditor} f, max active {} f");
}

BOOST_FIXTURE_TEST_CASE(an_existing_user_gets_a_second_key_whatever_the_case_of_the_name, migrated_database)
{
    auto const first = token({.username = "ada", .role = "owner"});
    auto const second = token({.username = "Ada"});
    auto const third = token({.username = "ADA", .role = "owner"});
    BOOST_TEST(first != second);
    BOOST_TEST(second != third);
    BOOST_TEST(value("SELECT count(*) FROM users") == "1");
    BOOST_TEST(value("SELECT count(DISTINCT id) FROM api_keys") == "3");
}

BOOST_FIXTURE_TEST_CASE(a_role_is_not_given_to_a_user_who_exists, migrated_database)
{
    (void)token({.username = "max", .role = "member"});
    BOOST_TEST(fault({.username = "max", .role = "owner"}) == "user \"max\" exists and does not have the role owner");
    BOOST_TEST(value("SELECT rbac_roles FROM users") == "{}");
    BOOST_TEST(value("SELECT count(*) FROM api_keys") == "1");
}

BOOST_FIXTURE_TEST_CASE(an_unknown_user_without_a_role_is_a_fault, migrated_database)
{
    BOOST_TEST(fault({.username = "nobody"}) == "there is no user \"nobody\" (with --role it is made)");
    BOOST_TEST(value("SELECT count(*) FROM users") == "0");
}

BOOST_FIXTURE_TEST_CASE(a_deleted_user_is_no_user, migrated_database)
{
    (void)token({.username = "max", .role = "member"});
    cluster::execute(conninfo, "UPDATE users SET deleted = true");
    BOOST_TEST(fault({.username = "max"}) == "there is no user \"max\" (with --role it is made)");
}

BOOST_FIXTURE_TEST_CASE(a_key_lives_as_long_as_asked, migrated_database)
{
    (void)token({.username = "ada", .role = "owner", .lifetime = 90min});
    BOOST_TEST(value("SELECT expires_at BETWEEN now() + interval '89 minutes' AND now() + interval '90 minutes' "
                     "FROM api_keys") == "t");
}

BOOST_DATA_TEST_CASE(the_key_may_do_all_in_the_words_of_this_database, bdata::make(scope_cases), c)
{
    auto const conninfo = cluster::shared().create_database();
    cluster::execute(conninfo, test::create_statements(c.columns));
    auto session = test::open_session(conninfo);
    auto const made = app::make_token(session, {.username = "ada", .role = "owner"});
    BOOST_TEST_REQUIRE(made.has_value(), made.error());
    BOOST_TEST(cluster::value(conninfo, std::string{c.scope_sql}) == c.value);
}

BOOST_AUTO_TEST_SUITE_END()
