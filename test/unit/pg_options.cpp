#include "db/pg/connect.hpp"
#include "db/pg/diagnose.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <ostream>
#include <string>
#include <string_view>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::pg {
namespace {

struct bad_case {
    std::string_view name, text, said;
};

std::ostream& operator<<(std::ostream& out, bad_case const& c)
{
    return out << c.name;
}

/// Every secret of these is "s3cr3t".
bad_case const bad_cases[] = {
    {"unknown keyword", "hots=localhost", "invalid connection option \"hots\""},
    {"no value", "localhost", "missing \"=\" after"},
    {"blank in a password", "password=a s3cr3t host=h", "missing \"=\" after"},
    {"password before a bad port", "postgres://me:s3cr3t@host:port/db", "the port is not a number"},
    {"password with a slash", "postgres://me:s3cr3t/x@host/db", "the port is not a number"},
    {"password before a bad host", "postgres://me:s3cr3t@[::1/db", "it may hold a password"},
    {"password with an at sign", "postgres://me:s3c@s3cr3t@host/db", "the host has an '@'"},
    {"bad escape in a password", "postgres://me:s3cr3t%zz@host/db", "it may hold a password"},
    {"password as a keyword", "password=s3cr3t bad-one=1", "it may hold a password"},
};

/// Of two values for one keyword libpq takes the last.
std::map<std::string, std::string> effective(connection_options const& options)
{
    std::map<std::string, std::string> out;
    for (auto const& [keyword, value] : options.keywords())
        out[keyword] = value;
    return out;
}

BOOST_AUTO_TEST_SUITE(pg_options)

BOOST_DATA_TEST_CASE(a_bad_one_is_explained_without_the_password, bdata::make(bad_cases), c)
{
    auto const got = connection_options::parse(c.text);
    BOOST_TEST_REQUIRE(got.has_error());
    BOOST_TEST(got.error().find(c.said) != std::string::npos, got.error());
    BOOST_TEST(got.error().find("s3cr3t") == std::string::npos, got.error());
    BOOST_TEST(got.error().find('\n') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(uris_and_keywords_say_the_same)
{
    auto const uri = connection_options::parse("postgresql://me:s3cr3t@a:1,b:2/db?target_session_attrs=any");
    auto const words =
        connection_options::parse("host=a,b port=1,2 user=me password=s3cr3t dbname=db target_session_attrs=any");
    BOOST_TEST_REQUIRE(uri.has_value());
    BOOST_TEST_REQUIRE(words.has_value());
    BOOST_TEST((uri->keywords() == words->keywords()));
    BOOST_TEST(uri->describe() == "host=a,b port=1,2 dbname=db user=me");
}

BOOST_AUTO_TEST_CASE(elsewhere_is_the_last_host_first)
{
    struct hosts_case {
        std::string_view given, expected;
    };

    constexpr hosts_case cases[] = {
        {"host=a,b port=1,2 dbname=db", "host=b,a port=2,1 dbname=db target_session_attrs=any"},
        {"host=a,b,c port=1", "host=c,b,a port=1 target_session_attrs=any"},
        {"host=a,,c hostaddr=::1,::2,::3 port=1,,3",
         "host=c,,a hostaddr=::3,::2,::1 port=3,,1 target_session_attrs=any"},
        {"host=a,b target_session_attrs=prefer-standby", "host=b,a target_session_attrs=any"},
        {"host=a,b target_session_attrs=standby", "host=b,a target_session_attrs=any"},
        {"host=a,b target_session_attrs=read-write", "host=b,a target_session_attrs=read-write"},
        {"postgresql://a:1,b:2/db", "host=b,a port=2,1 dbname=db target_session_attrs=any"},
    };
    for (auto const& c : cases) {
        auto const got = connection_options::parse(c.given)->elsewhere();
        BOOST_TEST_REQUIRE(got.has_value(), c.given);
        auto const expected = connection_options::parse(c.expected);
        BOOST_TEST((effective(*got) == effective(*expected)), c.given);
    }
    for (auto const* one : {"", "host=a port=1", "hostaddr=::1", "dbname=a,b"})
        BOOST_TEST(!connection_options::parse(one)->elsewhere().has_value(), one);
}

BOOST_AUTO_TEST_CASE(states_for_which_another_connection_may_answer)
{
    for (std::string const state : {"40001", "40P01", "57P01", "57P02", "57P04", "08006", "08P01"})
        BOOST_TEST(may_work_elsewhere({.code = errc::server_error, .diag = {.sqlstate = state, .message = {}}}), state);
    for (std::string const state : {"57P01", ""}) // however it ended
        BOOST_TEST(may_work_elsewhere({.code = errc::connection_lost, .diag = {.sqlstate = state, .message = {}}}),
                   state);
    for (std::string const state : {"57014", "42703", "53300", "22012", ""})
        BOOST_TEST(!may_work_elsewhere({.code = errc::server_error, .diag = {.sqlstate = state, .message = {}}}),
                   state);
    for (auto const code : {errc::statement_timeout, errc::stopped, errc::deadline, errc::cancelled, errc::pool_full})
        BOOST_TEST(!may_work_elsewhere({.code = code, .diag = {}}), to_string(code));
}

BOOST_AUTO_TEST_CASE(an_empty_one_leaves_all_to_libpq)
{
    auto const got = connection_options::parse("");
    BOOST_TEST_REQUIRE(got.has_value());
    BOOST_TEST(got->keywords().empty());
    BOOST_TEST(got->describe().find("port=") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_nul_byte_is_refused_and_not_cut)
{
    BOOST_TEST(connection_options::parse(std::string_view{"host=a\0b", 8}).has_error());
}

BOOST_AUTO_TEST_CASE(messages_are_one_line)
{
    BOOST_TEST(one_line("  a\n\tb \r\n") == "a b");
    BOOST_TEST(one_line(" \n").empty());
}

BOOST_AUTO_TEST_CASE(each_occurrence_of_a_secret_goes)
{
    BOOST_TEST(without("x and x", "x") == "*** and ***");
    BOOST_TEST(without("star *", "*") == "star ***");
    BOOST_TEST(without("as it is", "") == "as it is");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::pg
