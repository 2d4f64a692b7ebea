#include "lib/api/session_token.hpp"

#include "lib/api/events.hpp"

#include <boost/beast/core/string.hpp>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace bridgewatch::api {
namespace {

constexpr std::string_view cookie_name = "coder_session_token";
constexpr std::string_view header_name = "Coder-Session-Token";
constexpr std::string_view signed_out =
    "You are signed out or your session has expired. Please sign in again to continue.";

api_error unauthorized(std::string detail, std::string_view outcome)
{
    return {.status = 401,
            .message = std::string{signed_out},
            .detail = std::move(detail),
            .validations = {},
            .log = {},
            .auth = outcome};
}

std::string_view trimmed(std::string_view text)
{
    auto const first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The named cookie's value in one Cookie header (RFC 6265, section 4.2), without quotes around it.
std::string_view cookie_value(std::string_view header)
{
    while (!header.empty()) {
        auto const end = std::min(header.find(';'), header.size());
        auto const pair = trimmed(header.substr(0, end));
        header.remove_prefix(std::min(end + 1, header.size()));
        auto const equals = pair.find('=');
        if (equals == std::string_view::npos || pair.substr(0, equals) != cookie_name)
            continue;
        auto value = pair.substr(equals + 1);
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
            value = value.substr(1, value.size() - 2);
        if (!value.empty())
            return value;
    }
    return {};
}

std::string_view bearer_value(std::string_view header)
{
    constexpr std::string_view scheme = "bearer ";
    header = trimmed(header);
    if (header.size() < scheme.size() || !boost::beast::iequals(header.substr(0, scheme.size()), scheme))
        return {};
    return trimmed(header.substr(scheme.size()));
}

std::array<unsigned char, 32> sha256(std::string_view text)
{
    // EVP_sha256() would be looked up anew for each digest, which takes longer than the digest.
    static auto* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    std::array<unsigned char, 32> digest{};
    EVP_Digest(text.data(), text.size(), digest.data(), nullptr, algorithm, nullptr);
    return digest;
}

/// Anything else never reaches the database, which would refuse NUL and broken UTF-8.
bool is_visible_ascii(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

} // namespace

std::optional<std::string> find_token(http::request const& request, query_parameters const& parameters)
{
    for (auto const& [name, value] : request.headers) {
        if (!boost::beast::iequals(name, "Cookie"))
            continue;
        if (auto const found = cookie_value(value); !found.empty())
            return std::string{found};
    }
    if (auto const found = parameters.first(cookie_name))
        return std::string{*found};
    if (auto const found = trimmed(request.header(header_name).value_or("")); !found.empty())
        return std::string{found};
    if (auto const found = bearer_value(request.header("Authorization").value_or("")); !found.empty())
        return std::string{found};
    return {};
}

boost::system::result<token_parts, api_error> split_token(std::string_view token)
{
    constexpr std::size_t id_length = 10, secret_length = 22;
    constexpr std::string_view format = "Invalid API key format: ";
    auto const hyphen = token.find('-');
    if (hyphen == std::string_view::npos || token.find('-', hyphen + 1) != std::string_view::npos)
        return unauthorized(std::string{format} + "expected ID-SECRET with exactly one hyphen.",
                            auth_outcome::malformed);
    token_parts const parts{.id = token.substr(0, hyphen), .secret = token.substr(hyphen + 1)};
    if (parts.id.size() != id_length)
        return unauthorized(std::string{format} + "the ID must have 10 characters.", auth_outcome::malformed);
    if (parts.secret.size() != secret_length)
        return unauthorized(std::string{format} + "the secret must have 22 characters.", auth_outcome::malformed);
    if (!is_visible_ascii(token))
        return unauthorized(std::string{format} + "visible ASCII characters are expected.", auth_outcome::malformed);
    return parts;
}

bool secret_matches(store::key_record const& key, std::string_view secret)
{
    std::array<unsigned char, 32> expected{};
    bool const comparable = key.hashed_secret.size() == expected.size();
    if (comparable)
        std::ranges::copy(key.hashed_secret, expected.begin());
    auto const given = sha256(secret);
    bool const same = CRYPTO_memcmp(given.data(), expected.data(), given.size()) == 0;
    return same && comparable;
}

api_error no_token()
{
    return unauthorized("Cookie \"coder_session_token\" or query parameter must be provided.", auth_outcome::no_token);
}

boost::system::result<identity, api_error> verify(std::optional<store::key_record> const& key, std::string_view secret,
                                                  grammar::sys_micro now)
{
    bool const same = secret_matches(key ? *key : store::key_record{}, secret); // asked for an unknown id as well

    if (!key)
        return unauthorized("API key is invalid.", auth_outcome::unknown);
    if (!same)
        return unauthorized("API key secret is invalid.", auth_outcome::wrong_secret);
    if (key->expires_at <= now)
        return unauthorized("API key expired at " + grammar::to_rfc3339(grammar::within_rfc3339(key->expires_at)) + ".",
                            auth_outcome::expired);
    if (!key->user_exists)
        return unauthorized("API key is invalid.", auth_outcome::unknown);
    if (key->user_status != "active")
        return api_error{.status = 401,
                         .message = "User is not active (status = \"" + key->user_status +
                                    "\"). Contact an admin to reactivate your account.",
                         .detail = {},
                         .validations = {},
                         .log = {},
                         .auth = auth_outcome::inactive};
    if (!key->has_scope)
        return api_error{.status = 403,
                         .message = "Forbidden.",
                         .detail = {},
                         .validations = {},
                         .log = {},
                         .auth = auth_outcome::forbidden};
    return identity{.user_id = key->user_id, .reads_everything = key->reads_everything};
}

} // namespace bridgewatch::api
