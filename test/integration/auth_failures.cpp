// Are bad tokens slowed by address, and does a good one work all the same?
#include "test/integration/contract_server.hpp"
#include "test/support/load.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace bridgewatch::test;
using contract_database::token;

constexpr char const* path = "/api/v2/aibridge/interceptions?limit=1";

std::vector<std::string> options(std::string const& failures)
{
    return {"--max-auth-failures", failures, "--trusted-proxies", "127.0.0.0/8", "--auth-cache-ttl", "0"};
}

http_headers with(std::string const& token, std::string const& address = {})
{
    http_headers out{{"Coder-Session-Token", token}};
    if (!address.empty())
        out.emplace_back("X-Forwarded-For", address);
    return out;
}

std::string unknown_id(unsigned number)
{
    auto digits = std::to_string(number);
    return "u" + std::string(9 - digits.size(), '0') + digits + "-" + std::string(22, 'x');
}

std::string const wrong_secret = "keyowner00-" + std::string(22, 'x');

/// Statuses of so many bad tokens, each on a connection of its own, so that all loops are asked.
std::multiset<int> guess(std::string const& server, unsigned tries, std::string const& address = {})
{
    std::multiset<int> out;
    for (unsigned i = 0; i < tries; ++i)
        out.insert(fetch(server, path, with(i % 2 == 0 ? unknown_id(i) : wrong_secret, address)).status);
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(auth_failures)

BOOST_AUTO_TEST_CASE(allowance_is_of_the_process_and_then_429)
{
    contract_server server{options("6")};
    auto const& address = server.server.address();
    auto const got = guess(address, 12);
    BOOST_TEST(got.count(401) == 6U);
    BOOST_TEST(got.count(429) == 6U);
    auto const unknown = fetch(address, path, with(unknown_id(1)));
    auto const wrong = fetch(address, path, with(wrong_secret));
    BOOST_TEST(unknown.status == 429);
    BOOST_TEST(unknown.body ==
               R"({"message":"Too many failed attempts to sign in from your address. Please try again later."})");
    BOOST_TEST(unknown.body == wrong.body); // neither is told from the other any more
    auto const wait = std::stoi(unknown.headers.at("retry-after"));
    BOOST_TEST((wait >= 1 && wait <= 10));
    BOOST_TEST(unknown.headers.at("content-type") == "application/json; charset=utf-8");
}

BOOST_AUTO_TEST_CASE(good_token_works_from_that_address_and_bad_ones_from_others_are_told_what_is_wrong)
{
    contract_server server{options("4")};
    auto const& address = server.server.address();
    std::string const attacker = "203.0.113.7";
    BOOST_TEST(guess(address, 20, attacker).count(429) == 16U);
    for (auto const* key : {"keyowner00", "keyauditor", "keyreadone"}) // never used before, and no cache
        for (int i = 0; i < 4; ++i)
            BOOST_TEST(fetch(address, path, with(token(key), attacker)).status == 200);
    BOOST_TEST(fetch(address, path, with(token("keyowner00"), "203.0.113.8")).status == 200);
    BOOST_TEST(guess(address, 4, "203.0.113.8").count(401) == 4U);
    // A good secret proves its owner; what is wrong with their key is no guess.
    for (int i = 0; i < 8; ++i) {
        BOOST_TEST(fetch(address, path, with(token("keyexpired"), attacker)).status == 401);
        BOOST_TEST(fetch(address, path, with(token("keynoscope"), attacker)).status == 403);
        BOOST_TEST(fetch(address, path, with(token("keysuspend"), "203.0.113.9")).status == 401);
        BOOST_TEST(fetch(address, path, with("nonsense", attacker)).status == 401);
        BOOST_TEST(fetch(address, path, {{"X-Forwarded-For", attacker}}).status == 401);
    }
    BOOST_TEST(guess(address, 4, "203.0.113.9").count(401) == 4U);
}

BOOST_AUTO_TEST_CASE(addresses_count_as_their_network_and_only_by_trusted_proxies)
{
    contract_server server{options("4")};
    auto const& address = server.server.address();
    std::multiset<int> got;
    for (unsigned i = 1; i <= 8; ++i)
        got.merge(guess(address, 1, "2001:db8:1:2::" + std::to_string(i)));
    BOOST_TEST(got.count(401) == 4U);
    BOOST_TEST(got.count(429) == 4U);
    BOOST_TEST(guess(address, 1, "2001:db8:1:3::1").count(401) == 1U);
    // The client's own entry stands before the proxy's and does not count.
    BOOST_TEST(guess(address, 1, "198.51.100.1, 2001:db8:1:2::ff").count(429) == 1U);

    contract_server untrusting{{"--max-auth-failures", "4"}};
    std::multiset<int> spoofed;
    for (unsigned i = 1; i <= 8; ++i)
        spoofed.merge(guess(untrusting.server.address(), 1, "198.51.100." + std::to_string(i)));
    BOOST_TEST(spoofed.count(429) == 4U);
}

BOOST_AUTO_TEST_CASE(allowance_comes_back_as_it_says)
{
    contract_server server{options("60")};
    auto const& address = server.server.address();
    BOOST_TEST(eventually(waits::limit, [&] { return fetch(address, path, with(wrong_secret)).status == 429; }));
    BOOST_TEST(std::stoi(fetch(address, path, with(wrong_secret)).headers.at("retry-after")) == 1);
    BOOST_TEST(eventually(waits::short_limit, [&] { return fetch(address, path, with(wrong_secret)).status == 401; }));
}

BOOST_AUTO_TEST_CASE(zero_is_no_limit)
{
    contract_server server{options("0")};
    BOOST_TEST(guess(server.server.address(), 150).count(401) == 150U);
}

BOOST_AUTO_TEST_CASE(flood_of_guesses_takes_nothing_from_others)
{
    contract_server server{{"--max-auth-failures", "4", "--trusted-proxies", "127.0.0.0/8", "--pool-size", "2"}};
    contract_database::add_interceptions(server.conninfo, 101, 110);
    auto const& address = server.server.address();
    std::string const attacker = "203.0.113.7";
    BOOST_TEST(fetch(address, path, with(token("keyauditor"), attacker)).status == 200); // a colleague at that address
    std::atomic<bool> over = false;
    std::atomic<std::size_t> refused = 0;
    constexpr unsigned guessers = 24;
    std::vector<std::jthread> flood;
    flood.reserve(guessers);
    for (unsigned i = 0; i < guessers; ++i)
        flood.emplace_back([&, i] {
            http_client client{address};
            for (unsigned n = 0; !over; ++n)
                refused += client.get(path, with(unknown_id(i * 1'000'000 + n), attacker)).status == 429 ? 1U : 0U;
        });
    // Its first attempts are looked up side by side: that it is one too many is known when some have failed.
    BOOST_TEST(eventually(waits::limit, [&] { return refused > 100U; }));
    load others{address, path, with(token("keyowner00"), "198.51.100.1"), 2};
    load colleague{address, path, with(token("keyauditor"), attacker), 1};
    BOOST_TEST(eventually(waits::limit, [&] { return refused > 1000U && others.answered() > 100U; }));
    for (int i = 0; i < 5; ++i) // of that address, and never seen before
        BOOST_TEST(fetch(address, path, with(token("keyreadone"), attacker)).status == 200);
    others.stop();
    colleague.stop();
    over = true;
    flood.clear();
    for (auto* const each : {&others, &colleague})
        for (auto const& failure : each->failures())
            BOOST_ERROR("failed: " + failure);
    BOOST_TEST(colleague.answered() > 10U);
    BOOST_TEST(server.server.log().find(std::string(22, 'x')) == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
