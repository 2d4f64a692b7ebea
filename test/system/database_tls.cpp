// Does the program serve from a database that it reaches by TLS only, and say what is wrong with a certificate?
#include "test/support/audit_log.hpp"
#include "test/support/load.hpp"
#include "test/support/served.hpp"
#include "test/support/tls_cluster.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace bridgewatch::test {
namespace {

tls_cluster& secured()
{
    static tls_cluster instance;
    return instance;
}

std::string page(int limit)
{
    return std::string{interceptions_path} + "?limit=" + std::to_string(limit);
}

bool moves_on(load const& clients, std::size_t requests)
{
    auto const wanted = clients.answered() + requests;
    return eventually(waits::long_limit, [&] { return clients.answered() >= wanted; });
}

/// Sessions of the program that are not encrypted.
std::int64_t open_sessions(audit_log const& log)
{
    return log.sessions("pid IN (SELECT pid FROM pg_stat_ssl WHERE NOT ssl)");
}

/// Why the server cannot connect, as its log has it.
std::string reason(std::string const& conninfo)
{
    served const server{conninfo};
    BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return !server.log_lines("database_connect_failed").empty(); }));
    BOOST_TEST(fetch(server.address(), "/readyz").status == 503);
    BOOST_TEST(fetch(server.address(), "/livez").status == 200);
    return std::string{server.log_lines("database_connect_failed").front().at("message").as_string()};
}

} // namespace

BOOST_AUTO_TEST_SUITE(database_tls)

BOOST_AUTO_TEST_CASE(load_is_served_by_verify_full_though_its_sessions_are_terminated)
{
    audit_log const log{secured().server()};
    served const server{secured().by_tls(log.conninfo())};
    BOOST_TEST_REQUIRE(server.ready());
    load clients{server.address(), page(25), as_owner(), 8};
    BOOST_TEST_REQUIRE(moves_on(clients, 200));
    BOOST_TEST(log.sessions() > 0);
    BOOST_TEST(open_sessions(log) == 0);
    for (int round = 0; round < 3; ++round) {
        log.terminate_sessions();
        BOOST_TEST(moves_on(clients, 200));
    }
    clients.stop();
    // What ran when its session ended is told to come again; nothing else happens to anybody.
    BOOST_TEST(clients.failures().size() <= 3U * 8U);
    for (auto const& failure : clients.failures())
        BOOST_TEST(failure.starts_with("503 "), failure);
    BOOST_TEST(open_sessions(log) == 0);
    BOOST_TEST(fetch(server.address(), page(25), as_owner()).status == 200);
}

BOOST_AUTO_TEST_CASE(rows_of_a_megabyte_are_answered_as_without_tls)
{
    audit_log const log{secured().server()};
    log.execute("ALTER TABLE aibridge_tool_usages ALTER COLUMN input SET STORAGE EXTERNAL;"
                "INSERT INTO aibridge_tool_usages (id, interception_id, provider_response_id, tool, input, injected, "
                "created_at) SELECT md5(i.id::text)::uuid, i.id, 'r', 'write_file', repeat(md5(i.id::text), 32768), "
                "false, i.started_at FROM aibridge_interceptions AS i LIMIT 20");
    served const by_tls{secured().by_tls(log.conninfo())};
    served const plain{log.conninfo()};
    BOOST_TEST_REQUIRE((by_tls.ready() && plain.ready()));
    auto const got = fetch(by_tls.address(), page(1000), as_owner());
    BOOST_TEST(got.body.size() > 20U * 1024 * 1024);
    BOOST_TEST((got.body == fetch(plain.address(), page(1000), as_owner()).body));
}

BOOST_AUTO_TEST_CASE(certificate_that_does_not_fit_is_named_in_the_log)
{
    auto const good = secured().by_tls(secured().server().create_database());
    auto const name = reason(good + " host=other.test");
    BOOST_TEST(name.find("does not match host name \"other.test\"") != std::string::npos, name);
    certificate_authority const stranger;
    auto const authority = reason(good + " sslrootcert='" + stranger.root().string() + "'");
    BOOST_TEST(authority.find("certificate verify failed") != std::string::npos, authority);
    auto const missing = reason(good + " sslrootcert=/nonexistent.pem");
    BOOST_TEST(missing.find("root certificate file \"/nonexistent.pem\" does not exist") != std::string::npos, missing);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
