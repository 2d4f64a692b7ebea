// For how long does a key work after the database has taken it back?
#include "test/integration/contract_server.hpp"
#include "test/support/waits.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <ostream>
#include <string>

namespace {

namespace bdata = boost::unit_test::data;
using namespace bridgewatch::test;
using std::chrono::milliseconds;
using steady_clock = std::chrono::steady_clock;

constexpr char const* path = "/api/v2/aibridge/interceptions";
constexpr milliseconds ttl{500};

struct change_case {
    char const* name;
    char const* sql;
    int status;
    char const* part; ///< of the answer after the change
};

std::ostream& operator<<(std::ostream& out, change_case const& c)
{
    return out << c.name;
}

change_case const changes[] = {
    {"deleted", "DELETE FROM api_keys WHERE id = 'keyowner00'", 401, "API key is invalid."},
    {"expired", "UPDATE api_keys SET expires_at = now() - interval '1 s' WHERE id = 'keyowner00'", 401,
     "API key expired at "},
    {"another secret", "UPDATE api_keys SET hashed_secret = sha256('other') WHERE id = 'keyowner00'", 401,
     "API key secret is invalid."},
    {"scope taken away", "UPDATE api_keys SET scopes = '{workspace:read}' WHERE id = 'keyowner00'", 403, "Forbidden."},
    {"user suspended", "UPDATE users SET status = 'suspended' WHERE username = 'alice'", 401, "User is not active"},
    {"user deleted", "UPDATE users SET deleted = true WHERE username = 'alice'", 401, "API key is invalid."},
    {"role taken away", "UPDATE users SET rbac_roles = '{}' WHERE username = 'alice'", 200, "\"count\":0"},
};

bool says(http_answer const& answer, int status, std::string_view part)
{
    return answer.status == status && answer.body.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(auth_cache_honesty)

BOOST_DATA_TEST_CASE(change_is_seen_after_the_caches_time_at_the_latest, bdata::make(changes), change)
{
    contract_server server{{"--auth-cache-ttl", std::to_string(ttl.count()) + "ms"}};
    contract_database::add_interceptions(server.conninfo, 101, 103);
    // Both loops know the key, and go on being asked: a cache whose entries grow old only when idle would show here.
    for (int i = 0; i < 10; ++i)
        BOOST_TEST(fetch(server.server.address(), path, contract_server::as("keyowner00")).status == 200);
    server.execute(change.sql);
    auto const changed = steady_clock::now();
    int seen_in_a_row = 0;
    auto last_good = changed;
    while (seen_in_a_row < 20 && steady_clock::now() - changed < waits::limit) {
        auto const before = steady_clock::now();
        auto const answer = fetch(server.server.address(), path, contract_server::as("keyowner00"));
        bool const is_seen = says(answer, change.status, change.part);
        seen_in_a_row = is_seen ? seen_in_a_row + 1 : 0;
        if (!is_seen)
            last_good = before;
    }
    BOOST_TEST(seen_in_a_row == 20);
    BOOST_TEST((last_good - changed <= ttl + waits::lateness));
}

BOOST_AUTO_TEST_CASE(expiry_does_not_wait_for_the_cache)
{
    contract_server server{{"--auth-cache-ttl", "1h"}};
    server.execute("UPDATE api_keys SET expires_at = now() + interval '1 s' WHERE id = 'keyowner00'");
    BOOST_TEST(server.get(path).status == 200);
    BOOST_TEST(eventually(waits::short_limit, [&] { return says(server.get(path), 401, "API key expired at "); }));
}

BOOST_AUTO_TEST_CASE(new_secret_and_new_key_work_at_once)
{
    contract_server server{{"--auth-cache-ttl", "1h"}};
    auto const other = [&](std::string const& id) {
        return server.client.get(path, {{"Coder-Session-Token", id + "-" + std::string(22, 'n')}}).status;
    };
    BOOST_TEST(server.get(path).status == 200);
    BOOST_TEST(other("keyowner00") == 401);
    server.execute("UPDATE api_keys SET hashed_secret = sha256(repeat('n', 22)::bytea) WHERE id = 'keyowner00'");
    BOOST_TEST(other("keyowner00") == 200);
    BOOST_TEST(other("keynewnew0") == 401); // that it was unknown is not remembered
    server.execute(
        "INSERT INTO api_keys (id, hashed_secret, user_id, expires_at, scopes) SELECT 'keynewnew0', hashed_secret, "
        "user_id, expires_at, scopes FROM api_keys WHERE id = 'keyowner00'");
    BOOST_TEST(other("keynewnew0") == 200);
}

BOOST_AUTO_TEST_SUITE_END()
