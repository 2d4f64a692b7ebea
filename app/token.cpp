#include "app/token.hpp"

#include "app/open_database.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <iostream>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace bridgewatch::app {
namespace {

using boost::system::in_place_error;
using boost::system::in_place_value;
using boost::system::result;

constexpr std::size_t id_length = 10, secret_length = 22;

/// Letters and digits, each as likely as the others: bytes past the last whole round of 62 are drawn again.
std::string random_word(std::size_t length)
{
    constexpr std::string_view letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    constexpr auto first_unfair = 256 - 256 % letters.size();
    std::string out;
    while (out.size() < length) {
        unsigned char byte = 0;
        if (::RAND_bytes(&byte, 1) != 1)
            throw std::runtime_error{"the system's random number generator does not work"};
        if (byte < first_unfair)
            out += letters[byte % letters.size()];
    }
    return out;
}

/// SHA-256 in hexadecimal.
std::string sha256_hex(std::string_view secret)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (::EVP_Digest(secret.data(), secret.size(), digest.data(), &size, ::EVP_sha256(), nullptr) != 1)
        throw std::runtime_error{"OpenSSL has no SHA-256"};
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (auto const byte : std::string_view{reinterpret_cast<char const*>(digest.data()), size}) {
        out += digits[static_cast<unsigned char>(byte) >> 4];
        out += digits[static_cast<unsigned char>(byte) & 15];
    }
    return out;
}

pg::parameter text(std::string value)
{
    return {.of = pg::type::text, .value = std::move(value)};
}

result<std::string, std::string> make_user(pg::blocking_session& database, token_request const& request)
{
    auto const made = database.query(
        "INSERT INTO users (id, username, email, status, rbac_roles, deleted) VALUES (gen_random_uuid(), $1, $2, "
        "'active', CASE WHEN $3 = 'member' THEN '{}'::text[] ELSE ARRAY[$3] END, false) RETURNING id::text",
        {text(request.username), text(request.username + "@example.com"), text(request.role)});
    if (!made)
        return {in_place_error, made.error().diag.message};
    return {in_place_value, made->at(0, 0).bytes()};
}

/// The id of the user, who is made where that is asked for, as text.
result<std::string, std::string> user_id(pg::blocking_session& database, token_request const& request)
{
    auto const found = database.query("SELECT id::text, $2 IN ('', 'member') OR $2 = ANY (rbac_roles) FROM users "
                                      "WHERE lower(username) = lower($1) AND NOT deleted",
                                      {text(request.username), text(request.role)});
    if (!found)
        return {in_place_error, found.error().diag.message};
    if (found->empty() && request.role.empty())
        return {in_place_error, "there is no user \"" + request.username + "\" (with --role it is made)"};
    if (found->empty())
        return make_user(database, request);
    if (!found->at(0, 1).boolean())
        return {in_place_error, "user \"" + request.username + "\" exists and does not have the role " + request.role};
    return {in_place_value, found->at(0, 0).bytes()};
}

/// How this database says "everything" in the columns that limit a key, as SQL: ", scopes" and ", '{coder:all}'".
struct scope_sql {
    std::string columns, values;
};

result<scope_sql, std::string> full_scope(pg::blocking_session& database)
{
    auto const found =
        database.query("SELECT a.attname::text, bool_or(e.enumlabel = 'coder:all') FROM pg_attribute AS a "
                       "JOIN pg_type AS t ON t.oid = a.atttypid JOIN pg_enum AS e ON e.enumtypid IN (t.oid, t.typelem) "
                       "WHERE a.attrelid = to_regclass('api_keys') AND a.attname IN ('scope', 'scopes') "
                       "AND NOT a.attisdropped AND e.enumlabel IN ('all', 'coder:all') GROUP BY a.attname");
    if (!found)
        return {in_place_error, found.error().diag.message};
    scope_sql out;
    for (std::size_t row = 0; row < found->size(); ++row) {
        bool const list = found->at(row, 0).bytes() == "scopes";
        bool const prefixed = found->at(row, 1).boolean();
        out.columns += list ? ", scopes" : ", scope";
        out.values += list ? (prefixed ? ", '{coder:all}'" : ", '{all}'") : (prefixed ? ", 'coder:all'" : ", 'all'");
    }
    return out;
}

} // namespace

result<std::string, std::string> make_token(pg::blocking_session& database, token_request const& request)
{
    auto const owner = user_id(database, request);
    if (!owner)
        return {in_place_error, owner.error()};
    auto const scope = full_scope(database);
    if (!scope)
        return {in_place_error, scope.error()};
    auto const id = random_word(id_length), secret = random_word(secret_length);
    auto const made = database.query("INSERT INTO api_keys (id, hashed_secret, user_id, expires_at" + scope->columns +
                                         ") VALUES ($1, decode($2, 'hex'), $3::uuid, now() + $4 * interval '1 second'" +
                                         scope->values + ")",
                                     {text(id),
                                      text(sha256_hex(secret)),
                                      text(*owner),
                                      {.of = pg::type::int8, .value = std::to_string(request.lifetime.count())}});
    if (!made)
        return {in_place_error, made.error().diag.message};
    return {in_place_value, id + "-" + secret};
}

int run_token(token_options const& options)
{
    auto const fail = [](std::string const& line, int status) {
        std::cerr << "bridgewatch token: " << line << "\n";
        return status;
    };
    auto const& role = options.request.role;
    if (options.request.username.empty())
        return fail("--username: expected the name of a user", 2);
    if (!role.empty() && role != "owner" && role != "auditor" && role != "member")
        return fail("--role: expected owner, auditor or member, got \"" + role + "\"", 2);
    auto database = open_database(options.connection);
    if (!database)
        return fail(database.error(), 1);
    auto const token = make_token(*database, options.request);
    if (!token)
        return fail(token.error(), 1);
    std::cout << *token << "\n" << std::flush;
    return 0;
}

} // namespace bridgewatch::app
