#include "lib/api/auth_cache.hpp"
#include "lib/api/session_token.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <openssl/sha.h>

#include <ostream>
#include <string>

namespace {

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;

struct place_case {
    char const* name;
    std::vector<std::pair<std::string_view, std::string_view>> headers;
    char const* query;
    char const* token; ///< null: none
};

std::ostream& operator<<(std::ostream& out, place_case const& c)
{
    return out << c.name;
}

place_case const places[] = {
    {"none", {}, "", nullptr},
    {"cookie", {{"Cookie", "a=1; coder_session_token=tok; b=2"}}, "", "tok"},
    {"cookie in quotes", {{"cookie", "coder_session_token=\"tok\""}}, "", "tok"},
    {"second cookie header", {{"Cookie", "a=1"}, {"Cookie", "coder_session_token=tok"}}, "", "tok"},
    {"cookie of a longer name", {{"Cookie", "xcoder_session_token=no; coder_session_token2=no"}}, "", nullptr},
    {"query", {}, "coder_session_token=tok", "tok"},
    {"header", {{"coder-session-token", " tok "}}, "", "tok"},
    {"bearer in any case", {{"Authorization", "bEaReR  tok"}}, "", "tok"},
    {"other scheme", {{"Authorization", "Basic dG9r"}}, "", nullptr},
    {"cookie beats all",
     {{"Authorization", "Bearer d"}, {"Coder-Session-Token", "c"}, {"Cookie", "coder_session_token=a"}},
     "coder_session_token=b",
     "a"},
    {"query beats headers",
     {{"Authorization", "Bearer d"}, {"Coder-Session-Token", "c"}},
     "coder_session_token=b",
     "b"},
    {"header beats bearer", {{"Authorization", "Bearer d"}, {"Coder-Session-Token", "c"}}, "", "c"},
    {"empty values are absent",
     {{"Authorization", "Bearer d"}, {"Coder-Session-Token", ""}, {"Cookie", "coder_session_token="}},
     "coder_session_token=",
     "d"},
};

struct form_case {
    char const* token;
    bool good;
};

std::ostream& operator<<(std::ostream& out, form_case const& c)
{
    return out << c.token;
}

form_case const forms[] = {
    {"abcdefghij-ssssssssssssssssssssss", true},     {"abcdefghij", false},
    {"abcdefghi-ssssssssssssssssssssss", false},     {"abcdefghijk-ssssssssssssssssssssss", false},
    {"abcdefghij-sssssssssssssssssssss", false},     {"abcdefghij-sssssssssssssssssssssss", false},
    {"abcdefghij-sssssssssssssssssssss-", false},    {"-", false},
    {"abcdefghi\xff-ssssssssssssssssssssss", false}, {"abc_def.0'-ssssssssssssssssssss~!", true},
    {"abcdefghi\t-ssssssssssssssssssssss", false},   {"abcdefghij-sssssssssssssssssssss ", false},
    {"abcdefghij-ssssss-sssssssssssssss", false}};

std::string const secret(22, 's');

store::key_record good_key()
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<unsigned char const*>(secret.data()), secret.size(), digest);
    return {.hashed_secret = std::string{reinterpret_cast<char const*>(digest), sizeof digest},
            .expires_at = grammar::parse_rfc3339("2030-01-01T00:00:00Z")->floor,
            .user_id = grammar::parse_uuid("11111111-2222-3333-4444-555555555555").value(),
            .user_exists = true,
            .user_status = "active",
            .reads_everything = true,
            .has_scope = true};
}

auto const now = grammar::parse_rfc3339("2026-01-01T00:00:00Z")->floor;
constexpr char const* signed_out = "You are signed out or your session has expired. Please sign in again to continue.";

struct verdict_case {
    char const* name;
    void (*change)(std::optional<store::key_record>&);
    char const* secret;
    int status;
    std::string message, detail;
};

std::ostream& operator<<(std::ostream& out, verdict_case const& c)
{
    return out << c.name;
}

/// In the contract's order of checks: each case has the faults of all later ones as well.
verdict_case const verdicts[] = {
    {"unknown id", [](auto& key) { key.reset(); }, "ssssssssssssssssssssss", 401, signed_out, "API key is invalid."},
    {"wrong secret before expiry", [](auto& key) { key->expires_at = {}; }, "xxxxxxxxxxxxxxxxxxxxxx", 401, signed_out,
     "API key secret is invalid."},
    {"expired before user",
     [](auto& key) {
         key->expires_at = now;
         key->user_exists = false;
     },
     "ssssssssssssssssssssss", 401, signed_out, "API key expired at 2026-01-01T00:00:00Z."},
    {"missing user before status",
     [](auto& key) {
         key->user_exists = false;
         key->user_status = "suspended";
     },
     "ssssssssssssssssssssss", 401, signed_out, "API key is invalid."},
    {"suspended before scope",
     [](auto& key) {
         key->user_status = "suspended";
         key->has_scope = false;
     },
     "ssssssssssssssssssssss", 401,
     "User is not active (status = \"suspended\"). Contact an admin to reactivate your account.", ""},
    {"dormant", [](auto& key) { key->user_status = "dormant"; }, "ssssssssssssssssssssss", 401,
     "User is not active (status = \"dormant\"). Contact an admin to reactivate your account.", ""},
    {"no scope", [](auto& key) { key->has_scope = false; }, "ssssssssssssssssssssss", 403, "Forbidden.", ""},
    {"hash of another length", [](auto& key) { key->hashed_secret.clear(); }, "ssssssssssssssssssssss", 401, signed_out,
     "API key secret is invalid."},
};

} // namespace

BOOST_AUTO_TEST_SUITE(api_session_token)

BOOST_DATA_TEST_CASE(first_place_with_a_value_decides, bdata::make(places), c)
{
    http::request request{};
    request.headers = c.headers;
    auto const found = api::find_token(request, api::query_parameters{c.query});
    BOOST_TEST(found.value_or("(none)") == (c.token == nullptr ? "(none)" : c.token));
}

BOOST_DATA_TEST_CASE(form_is_exact, bdata::make(forms), c)
{
    auto const parts = api::split_token(c.token);
    BOOST_TEST(parts.has_value() == c.good);
    if (parts.has_error()) {
        BOOST_TEST(parts.error().status == 401);
        BOOST_TEST(parts.error().detail.starts_with("Invalid API key format: "));
        BOOST_TEST(parts.error().detail.find(c.token) == std::string::npos);
    }
}

BOOST_DATA_TEST_CASE(faults_come_in_order, bdata::make(verdicts), c)
{
    std::optional key{good_key()};
    c.change(key);
    auto const who = api::verify(key, c.secret, now);
    BOOST_TEST_REQUIRE(who.has_error());
    BOOST_TEST(who.error().status == c.status);
    BOOST_TEST(who.error().message == c.message);
    BOOST_TEST(who.error().detail == c.detail);
}

BOOST_AUTO_TEST_CASE(good_key_proves_its_user)
{
    auto const who = api::verify(good_key(), secret, now);
    BOOST_TEST_REQUIRE(who.has_value());
    BOOST_TEST((who->user_id == good_key().user_id));
    BOOST_TEST(who->reads_everything);
}

BOOST_AUTO_TEST_CASE(cache_forgets_after_its_time_and_is_bounded)
{
    api::auth_cache cache{std::chrono::seconds{5}, 3};
    auto const start = api::auth_cache::clock::now();
    for (int i = 0; i < 100; ++i) {
        cache.remember("key" + std::to_string(i), good_key(), start);
        BOOST_TEST(cache.size() <= 3U);
    }
    BOOST_TEST((cache.find("key99", start + std::chrono::milliseconds{4999}) != nullptr));
    BOOST_TEST((cache.find("key99", start + std::chrono::seconds{5}) == nullptr));
    BOOST_TEST((cache.find("other", start) == nullptr));
}

BOOST_AUTO_TEST_CASE(cache_of_no_time_is_off)
{
    api::auth_cache cache{std::chrono::milliseconds{0}};
    auto const now = api::auth_cache::clock::now();
    cache.remember("key", good_key(), now);
    BOOST_TEST((cache.find("key", now) == nullptr));
}

BOOST_AUTO_TEST_CASE(cache_knows_who_has_been_good_before)
{
    api::auth_cache cache{std::chrono::seconds{5}, 3};
    auto const start = api::auth_cache::clock::now();
    cache.remember("key", good_key(), start);
    BOOST_TEST((cache.find("key", start + std::chrono::hours{1}) == nullptr));
    BOOST_TEST((cache.last_known("key") != nullptr));
    cache.forget("key");
    BOOST_TEST((cache.last_known("key") == nullptr));
    BOOST_TEST((cache.find("key", start) == nullptr));
}

BOOST_AUTO_TEST_SUITE_END()
