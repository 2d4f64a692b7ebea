#include "test/integration/pg_loop.hpp"
#include "test/support/tls_cluster.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

namespace bridgewatch::test {
namespace {

using namespace std::chrono_literals;
using tcp = asio::ip::tcp;

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

/// Made on first use, by the main thread.
tls_cluster& secured()
{
    static tls_cluster instance;
    return instance;
}

/// What a connect that fails says.
std::string refusal(std::string const& conninfo)
{
    auto const options = pg::connection_options::parse(conninfo);
    BOOST_TEST_REQUIRE(options.has_value());
    auto const got = pg::connect_blocking(*options, waits::limit);
    BOOST_TEST_REQUIRE(got.has_error());
    return got.error().diag.message;
}

/// Stands before a PostgreSQL as a server of 17 or newer would behave: it speaks TLS in records as long as they may
/// be. Each answer goes out, when it is whole, as one record of what is over and a last one of exactly 16 KiB.
class long_records {
  public:
    long_records(std::string unix_path, certificate const& as) : to_{std::move(unix_path)}
    {
        context_.use_certificate_chain_file(as.chain.string());
        context_.use_private_key_file(as.key.string(), asio::ssl::context::pem);
        asio::co_spawn(loop_, accept(), asio::detached);
        thread_ = std::jthread{[this] { loop_.run(); }};
    }

    long_records(long_records const&) = delete;
    long_records& operator=(long_records const&) = delete;

    ~long_records() { loop_.stop(); }

    [[nodiscard]] std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }

  private:
    struct relayed {
        relayed(tcp::socket client, asio::ssl::context& as) : tls{std::move(client), as}, server{tls.get_executor()} {}

        asio::ssl::stream<tcp::socket> tls;
        asio::local::stream_protocol::socket server;
    };

    static constexpr std::size_t longest_record = 16384;

    asio::awaitable<void> accept()
    {
        for (;;) {
            auto client = co_await acceptor_.async_accept(asio::use_awaitable);
            auto const pair = std::make_shared<relayed>(std::move(client), context_);
            asio::co_spawn(loop_, relay(pair), asio::detached);
        }
    }

    asio::awaitable<void> relay(std::shared_ptr<relayed> pair)
    {
        std::array<char, 8> request{}; // SSLRequest; "S" agrees to it
        co_await asio::async_read(pair->tls.next_layer(), asio::buffer(request), asio::use_awaitable);
        co_await asio::async_write(pair->tls.next_layer(), asio::buffer("S", 1), asio::use_awaitable);
        co_await pair->tls.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
        co_await pair->server.async_connect(asio::local::stream_protocol::endpoint{to_}, asio::use_awaitable);
        asio::co_spawn(loop_, answers(pair), asio::detached);
        std::array<char, 4096> bytes{};
        for (;;) {
            auto const [ended, count] = co_await pair->tls.async_read_some(asio::buffer(bytes), no_throw);
            if (ended)
                break;
            co_await asio::async_write(pair->server, asio::buffer(bytes, count), asio::use_awaitable);
        }
        pair->server.close();
    }

    static asio::awaitable<void> answers(std::shared_ptr<relayed> pair)
    {
        std::string answer;
        for (;;) {
            std::array<char, 5> head{}; // one letter and the length, which counts itself
            auto const [ended, count] = co_await asio::async_read(pair->server, asio::buffer(head), no_throw);
            if (ended)
                break;
            std::uint32_t length = 0;
            for (auto const byte : std::string_view{head.data() + 1, 4})
                length = (length << 8U) | static_cast<unsigned char>(byte);
            std::string body(length - 4, '\0');
            co_await asio::async_read(pair->server, asio::buffer(body), asio::use_awaitable);
            answer.append(head.data(), count).append(body);
            if (head.front() != 'Z') // ReadyForQuery
                continue;
            auto const over = answer.size() > longest_record ? answer.size() - longest_record : 0;
            for (auto const part : {std::string_view{answer}.substr(0, over), std::string_view{answer}.substr(over)})
                co_await asio::async_write(pair->tls, asio::buffer(part), asio::use_awaitable);
            answer.clear();
        }
    }

    std::string to_;
    asio::io_context loop_{1};
    asio::ssl::context context_{asio::ssl::context::tls_server};
    tcp::acceptor acceptor_{loop_, {asio::ip::address_v4::loopback(), 0}};
    std::jthread thread_;
};

/// Of all rows of one column; what takes longer than a moment has waited for bytes that were there.
std::size_t bytes_of(pg_loop& loop, pg::lease& on, std::string const& statement)
{
    auto const got = loop.run(on, {sql(statement)}, waits::short_limit);
    BOOST_TEST_REQUIRE(got.has_value(), statement << ": the answer was not seen to its end");
    BOOST_TEST_REQUIRE(got->front().has_value());
    std::size_t sum = 0;
    for (std::size_t row = 0; row < got->front()->size(); ++row)
        sum += got->front()->at(row, 0).bytes().size();
    return sum;
}

/// The unix socket of a test cluster.
std::string socket_of(std::string const& conninfo)
{
    auto const options = pg::connection_options::parse(conninfo);
    std::string host;
    for (auto const& [keyword, value] : options->keywords())
        if (keyword == "host")
            host = value;
    return host + "/.s.PGSQL.5432";
}

} // namespace

BOOST_AUTO_TEST_SUITE(pg_tls)

BOOST_AUTO_TEST_CASE(verify_full_connects_and_is_encrypted)
{
    auto& at = secured();
    pg_loop loop{at.by_tls(at.server().create_database())};
    loop.pool->start();
    auto const said = loop.ask("SELECT ssl::text || ' ' || version FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
    BOOST_TEST(said == "true TLSv1.3");
}

BOOST_AUTO_TEST_CASE(another_host_s_certificate_is_refused_by_name)
{
    auto& at = secured();
    auto const said = refusal(at.by_tls(at.server().create_database()) + " host=other.test");
    BOOST_TEST(said.find("server certificate for \"db.test\"") != std::string::npos, said);
    BOOST_TEST(said.find("does not match host name \"other.test\"") != std::string::npos, said);
}

BOOST_AUTO_TEST_CASE(unknown_authority_is_refused)
{
    auto& at = secured();
    certificate_authority const stranger;
    auto const said =
        refusal(at.by_tls(at.server().create_database()) + " sslrootcert='" + stranger.root().string() + "'");
    BOOST_TEST(said.find("certificate verify failed") != std::string::npos, said);
}

BOOST_AUTO_TEST_CASE(rows_of_a_megabyte_arrive_whole)
{
    auto& at = secured();
    pg_loop loop{at.by_tls(at.server().create_database())};
    loop.pool->start();
    auto on = loop.borrow_or_fail();
    constexpr std::size_t rows = 16;
    constexpr std::size_t bytes = 1'000'000;
    auto const got = loop.run(on, {sql("SELECT repeat(chr(96 + n), 1000000) FROM generate_series(1, 16) AS n")});
    BOOST_TEST_REQUIRE(got.has_value());
    BOOST_TEST_REQUIRE(got->front().has_value());
    BOOST_TEST_REQUIRE(got->front()->size() == rows);
    for (std::size_t row = 0; row < rows; ++row)
        BOOST_TEST((got->front()->at(row, 0).bytes() == std::string(bytes, static_cast<char>('a' + row))));
}

/// Each of these ends with bytes that OpenSSL has deciphered and libpq had no room for. Who waits for the socket then,
/// waits until the deadline.
BOOST_AUTO_TEST_CASE(what_is_deciphered_already_is_not_waited_for)
{
    auto& at = secured();
    auto const conninfo = at.server().create_database();
    long_records const relay{socket_of(conninfo), at.authority().issue("relay", "DNS:db.test")};
    pg_loop loop{at.by_tls(conninfo) + " hostaddr=127.0.0.1 port=" + relay.port()};
    loop.pool->start();
    auto on = loop.borrow_or_fail();
    // The first record ends within a row, for which the second then lacks as much room; or before the row.
    for (int rows = 170; rows < 330; rows += 20)
        BOOST_TEST(bytes_of(loop, on, "SELECT repeat('x', 90) FROM generate_series(1, " + std::to_string(rows) + ")") ==
                   static_cast<std::size_t>(rows) * 90U);
    for (int length = 16'200; length < 16'440; length += 8)
        BOOST_TEST(bytes_of(loop, on, "SELECT repeat('x', " + std::to_string(length) + ")") ==
                   static_cast<std::size_t>(length));
    BOOST_TEST(bytes_of(loop, on, "SELECT repeat('x', 1000000) FROM generate_series(1, 5)") == 5'000'000U);
}

BOOST_AUTO_TEST_CASE(statement_past_its_deadline_is_cancelled_and_the_connection_used_again)
{
    auto& at = secured();
    pg_loop loop{at.by_tls(at.server().create_database())};
    loop.pool->start();
    {
        auto on = loop.borrow_or_fail();
        BOOST_TEST(failed_with(loop.run(on, {sql("SELECT pg_sleep(60)")}, 100ms), pg::errc::deadline));
    }
    BOOST_TEST(loop.until([&] { return loop.count<pg::cancel_sent>() == 1U; }));
    BOOST_TEST(loop.until([&] { return active_statements(loop.conninfo) == "0"; }));
    BOOST_TEST(loop.ask("SELECT 'again'") == "again");
}

/// A host that agrees to TLS and then says nothing.
BOOST_AUTO_TEST_CASE(handshake_that_stalls_holds_no_loop)
{
    asio::io_context aside;
    tcp::acceptor acceptor{aside, {asio::ip::address_v4::loopback(), 0}};
    auto const port = acceptor.local_endpoint().port();
    std::jthread const host{[&] {
        auto client = acceptor.accept();
        std::array<char, 8> request{};
        asio::read(client, asio::buffer(request));
        asio::write(client, asio::buffer("S", 1));
        boost::system::error_code closed;
        asio::read(client, asio::buffer(request, 1), closed); // the hello
        while (!closed)
            client.read_some(asio::buffer(request), closed);
    }};
    pg::pool_settings settings;
    settings.size = 1;
    settings.connect_timeout = 3s;
    pg_loop loop{"host=127.0.0.1 sslmode=require dbname=x user=x port=" + std::to_string(port), settings};
    loop.pool->start();
    auto longest = 0ms;
    auto last = std::chrono::steady_clock::now();
    BOOST_TEST(loop.until([&] {
        auto const now = std::chrono::steady_clock::now();
        longest = std::max(longest, std::chrono::duration_cast<std::chrono::milliseconds>(now - last));
        last = now;
        return loop.count<pg::connect_failed>() > 0;
    }));
    BOOST_TEST((longest < 2s));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
