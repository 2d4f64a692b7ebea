#include "db/pg/blocking.hpp"
#include "test/support/cluster.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace bridgewatch::test {
namespace {

pg::blocking_session open()
{
    auto const options = pg::connection_options::parse(cluster::shared().create_database());
    BOOST_TEST_REQUIRE(options.has_value());
    auto out = pg::blocking_session::open(*options);
    BOOST_TEST_REQUIRE(out.has_value());
    return std::move(*out);
}

BOOST_AUTO_TEST_SUITE(pg_blocking)

BOOST_AUTO_TEST_CASE(copied_lines_are_rows)
{
    auto session = open();
    BOOST_TEST(session.script("CREATE TABLE t (n int8, s text); CREATE INDEX ON t (n)").has_value());
    BOOST_TEST(session.copy_begin("COPY t FROM STDIN").has_value());
    BOOST_TEST(session.copy_data("1\tone\n2\t").has_value());
    BOOST_TEST(session.copy_data("two\n3\t\\N\n").has_value());
    BOOST_TEST(session.copy_end().has_value());
    auto const got =
        session.query("SELECT n, s FROM t WHERE n >= $1 ORDER BY n", {{.of = pg::type::int8, .value = "2"}});
    BOOST_TEST_REQUIRE(got.has_value());
    BOOST_TEST_REQUIRE(got->size() == 2U);
    BOOST_TEST(got->at(0, 0).int64() == 2);
    BOOST_TEST(got->at(0, 1).bytes() == "two");
    BOOST_TEST(got->at(1, 1).is_null());
}

BOOST_AUTO_TEST_CASE(a_bad_line_fails_the_copy_and_not_the_session)
{
    auto session = open();
    BOOST_TEST(session.script("CREATE TABLE t (n int8)").has_value());
    BOOST_TEST(session.copy_begin("COPY t FROM STDIN").has_value());
    BOOST_TEST(session.copy_data("not a number\n").has_value());
    auto const ended = session.copy_end();
    BOOST_TEST_REQUIRE(ended.has_error());
    BOOST_TEST(ended.error().diag.sqlstate == "22P02");
    BOOST_TEST(session.query("SELECT 1").has_value());
}

BOOST_AUTO_TEST_CASE(errors_have_their_sqlstate)
{
    auto session = open();
    auto const missing = session.query("SELECT * FROM not_there");
    BOOST_TEST_REQUIRE(missing.has_error());
    BOOST_TEST((missing.error().code == pg::errc::server_error));
    BOOST_TEST(missing.error().diag.sqlstate == pg::sqlstate::undefined_table);
    auto const script = session.script("SELECT 1; SELECT 1/0; SELECT 2");
    BOOST_TEST_REQUIRE(script.has_error());
    BOOST_TEST(script.error().diag.sqlstate == "22012");
    BOOST_TEST(session.copy_begin("SELECT 1").has_error());
    BOOST_TEST(session.query("SELECT $1::text", {{.of = pg::type::text, .value = std::string{"\0", 1}}}).has_error());
}

BOOST_AUTO_TEST_CASE(a_lost_connection_is_called_lost)
{
    auto session = open();
    auto const got = session.query("SELECT pg_terminate_backend(pg_backend_pid())");
    BOOST_TEST_REQUIRE(got.has_error());
    BOOST_TEST((got.error().code == pg::errc::connection_lost));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::test
