#pragma once

#include "db/store/identities.hpp"
#include "lib/api/errors.hpp"
#include "lib/api/query_parameters.hpp"
#include "lib/http/message.hpp"

#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace bridgewatch::api {

/// Who asks, once the key has proved it.
struct identity {
    grammar::uuid user_id;
    bool reads_everything = false; ///< owner or auditor
};

/// A session token taken apart. Both views are into the caller's text.
struct token_parts {
    std::string_view id, secret;
};

/// The caller's token from the first place that has a non-empty value: cookie, query parameter, `Coder-Session-Token`,
/// `Authorization: Bearer`.
[[nodiscard]] std::optional<std::string> find_token(http::request const& request, query_parameters const& parameters);

/// `ID-SECRET`: exactly one hyphen, 10 and 22 visible ASCII characters. The error is the 401 of the contract, which
/// does not repeat the token.
[[nodiscard]] boost::system::result<token_parts, api_error> split_token(std::string_view token);

/// The 401 of a request without a token.
[[nodiscard]] api_error no_token();

/// Compares the SHA-256 of the secret with the key's, in constant time.
[[nodiscard]] bool secret_matches(store::key_record const& key, std::string_view secret);

/// Checks in the contract's order: id, secret (SHA-256, constant time), expiry, user, scope. An unknown id costs the
/// same hash and comparison as a wrong secret.
[[nodiscard]] boost::system::result<identity, api_error> verify(std::optional<store::key_record> const& key,
                                                                std::string_view secret, grammar::sys_micro now);

} // namespace bridgewatch::api
