#pragma once

#include "grammar/keys.hpp"

#include <string>
#include <vector>

namespace bridgewatch::schema {

/// Which of the optional columns (contract: schema.md) this database has. Found once by the probe; the SQL and the
/// answers follow it. A plain value; equal shapes give equal SQL.
struct shape {
    struct {
        bool metadata = false, ended_at = false, api_key_id = false, client = false, thread_parent_id = false,
             thread_root_id = false, client_session_id = false, session_id = false, provider_name = false,
             credential_kind = false, credential_hint = false, error_type = false, error_message = false,
             annotations = false;
    } interceptions;

    struct {
        bool cache_read_input_tokens = false, cache_write_input_tokens = false, cost_micros = false;
    } token_usages;

    struct {
        bool provider_tool_call_id = false;
    } tool_usages;

    bool model_thoughts = false; ///< the table itself
    bool acceleration = false;   ///< the session table and the count rollup are there; whether they may be trusted is
                                 ///< for each snapshot to say

    struct {
        bool name = false, avatar_url = false, is_system = false;
    } users;

    struct {
        bool name = false;
    } visible_users;

    struct {
        bool scope = false, scopes = false;
    } api_keys;

    /// Whether it has the columns that the session table and the count rollup are made from.
    [[nodiscard]] bool can_be_accelerated() const { return interceptions.session_id && interceptions.ended_at; }

    friend bool operator==(shape const& a, shape const& b);
    /// What of the search language this database's columns can answer.
    [[nodiscard]] grammar::recorded_set recorded() const;
};

/// What `bridgewatch migrate` makes: every optional column but api_keys.scope, which upstream replaced by scopes.
[[nodiscard]] shape newest_shape();

} // namespace bridgewatch::schema
