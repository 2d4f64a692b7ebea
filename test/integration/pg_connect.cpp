#include "test/integration/pg_loop.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <string>

namespace bridgewatch::test {
namespace {

using namespace std::chrono_literals;

pg::connection_options options(std::string const& conninfo)
{
    auto out = pg::connection_options::parse(conninfo);
    BOOST_TEST_REQUIRE(out.has_value());
    return *out;
}

/// What a connect that fails says.
pg::diagnostics refusal(std::string const& conninfo, std::chrono::milliseconds limit = waits::limit)
{
    auto const got = pg::connect_blocking(options(conninfo), limit);
    BOOST_TEST_REQUIRE(got.has_error());
    BOOST_TEST((got.error().code == pg::errc::database_down));
    return got.error().diag;
}

/// A host that takes connections and never says a word.
class silent_host {
  public:
    silent_host() { acceptor_.listen(); }

    [[nodiscard]] std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }

  private:
    boost::asio::io_context loop_;
    boost::asio::ip::tcp::acceptor acceptor_{loop_, {boost::asio::ip::address_v4::loopback(), 0}};
};

BOOST_AUTO_TEST_SUITE(pg_connect)

BOOST_AUTO_TEST_CASE(connects_as_bridgewatch_in_utf8)
{
    pg_loop at;
    auto lease = at.borrow_or_fail();
    BOOST_TEST(at.text(lease, "SHOW application_name") == "bridgewatch");
    BOOST_TEST(at.text(lease, "SHOW client_encoding") == "UTF8");
    BOOST_TEST(at.count<pg::connected>() == 1U);
}

BOOST_AUTO_TEST_CASE(a_given_application_name_stays_and_the_encoding_does_not)
{
    pg_loop at{cluster::shared().create_database() + " application_name=mine client_encoding=LATIN1"};
    auto lease = at.borrow_or_fail();
    BOOST_TEST(at.text(lease, "SHOW application_name") == "mine");
    BOOST_TEST(at.text(lease, "SHOW client_encoding") == "UTF8");
}

BOOST_AUTO_TEST_CASE(a_socket_that_is_not_there_is_said_in_one_line)
{
    auto const diag = refusal("host=/tmp/there-is-no-such-directory dbname=x");
    BOOST_TEST(diag.message.find("No such file") != std::string::npos, diag.message);
    BOOST_TEST(diag.message.find('\n') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_password_that_the_server_repeats_is_not_shown)
{
    auto const base = cluster::shared().conninfo("postgres");
    auto const diag = refusal(base + " dbname=s3cr3t-and-database password=s3cr3t-and-database");
    BOOST_TEST(diag.message.find("s3cr3t") == std::string::npos, diag.message);
    BOOST_TEST(diag.message.find("\"***\" does not exist") != std::string::npos, diag.message);
}

BOOST_AUTO_TEST_CASE(a_server_that_never_answers_costs_the_limit_and_no_more)
{
    asio::io_context loop;
    asio::ip::tcp::acceptor const silent{loop, {asio::ip::address_v4::loopback(), 0}};
    auto const port = std::to_string(silent.local_endpoint().port());
    auto const begin = std::chrono::steady_clock::now();
    auto const diag = refusal("host=127.0.0.1 sslmode=disable gssencmode=disable port=" + port, 100ms);
    BOOST_TEST((std::chrono::steady_clock::now() - begin < waits::short_limit));
    BOOST_TEST(diag.message.starts_with("no connection within 100 ms"), diag.message);
}

BOOST_AUTO_TEST_CASE(the_second_host_is_used_where_the_first_is_dead)
{
    auto const good = cluster::shared().create_database();
    auto const host = cluster::value(good, "SELECT split_part(current_setting('unix_socket_directories'), ',', 1)");
    auto const got =
        pg::connect_blocking(options(good + " host=/tmp/there-is-no-such-directory," + host), waits::limit);
    BOOST_TEST(got.has_value(), (got ? "" : got.error().diag.message));
}

BOOST_AUTO_TEST_CASE(a_pool_that_is_destroyed_while_connecting_leaves_the_attempt_to_its_thread)
{
    asio::io_context other;
    asio::ip::tcp::acceptor const silent{other, {asio::ip::address_v4::loopback(), 0}};
    auto const port = std::to_string(silent.local_endpoint().port());
    pg_loop at{"host=127.0.0.1 sslmode=disable gssencmode=disable port=" + port, {.connect_timeout = 100ms}};
    at.pool->start();
    at.pool.reset();
    at.helpers.connecting().join(); // the letter comes to a mailbox that is shut
    at.loop.restart();
    BOOST_TEST(at.loop.poll() == 0U);
    BOOST_TEST(at.events.empty());
}

BOOST_AUTO_TEST_CASE(host_that_stays_silent_is_passed_over)
{
    silent_host const silent;
    auto const good = test::cluster::shared().conninfo("postgres");
    std::string directory, port;
    auto const parsed = options(good);
    for (auto const& [keyword, value] : parsed.keywords()) {
        if (keyword == "host")
            directory = value;
        if (keyword == "port")
            port = value;
    }
    if (port.empty())
        port = "5432";
    auto const both = options(good + " host='127.0.0.1," + directory + "' port='" + silent.port() + "," + port + "'");
    auto const connected = pg::connect_blocking(both, 4s);
    BOOST_TEST(connected.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::test
