#pragma once

#include "grammar/keys.hpp"
#include "grammar/span.hpp"
#include "grammar/time.hpp"
#include "grammar/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What a query means: checked keys and typed values, no text of the user but as values. The input of the
/// SQL generator. Each condition is true or false of a row, never unknown: a null matches nothing, and a complement
/// matches everything else.
namespace bridgewatch::grammar {

/// The columns that a plain text key compares with. `db/sql/columns.cpp` knows their names.
enum class text_field { provider, provider_name, model, client, session_id, api_key_id, error_type };

/// The column equals one of the values or matches one of the patterns, of which one at least is there. A null client is
/// the text `Unknown`.
struct text_is {
    text_field field{};
    std::vector<std::string> any_of;
    std::vector<std::string> like; ///< each `*` is any run of characters
};

/// A value of `initiator`: an id (written so, or `me`), or a user name that the store has yet to look up.
struct user_reference {
    std::string name; ///< as written; empty where `id` is set
    std::optional<uuid> id;
    span where; ///< for the fault, should nobody have that name
};

/// The initiator is one of these users.
struct initiator_is {
    std::vector<user_reference> any_of; ///< never empty
};

enum class id_field {
    id,
    thread, ///< of the root: itself and its followers
};

struct id_is {
    id_field field{};
    std::vector<uuid> any_of; ///< never empty
};

enum class time_field { started, ended };

/// The time is within [from, before); an absent end is open. A row without that time does not match.
struct time_within {
    time_field field{};
    std::optional<sys_micro> from, before;
};

/// What of an interception is a number. Tokens are sums over its token usages, cost is in millionths of a US dollar, a
/// duration in microseconds.
enum class amount {
    input_tokens,
    output_tokens,
    total_tokens,
    cache_read_tokens,
    cache_write_tokens,
    cost,
    duration,
};

struct limit {
    std::int64_t value = 0;
    bool inclusive = true;
};

/// The amount is one of these, or between the limits where there are no such values.
struct amount_is {
    amount of{};
    std::vector<std::int64_t> any_of;
    std::optional<limit> low, high;
};

/// Where a text is searched. Interceptions have several prompts and thoughts: one that matches is enough.
enum class text_place {
    prompt,
    thinking,
    error_message,
    anywhere, ///< prompts, thoughts, tool inputs, tool errors, the error message
};

/// Case-insensitive substring. Never empty.
struct text_holds {
    text_place in{};
    std::string needle;
};

struct has_some {
    presence what{};
};

struct is_in_state {
    state what{};
};

enum class json_field { metadata, annotations };

/// The value at that path, through objects only, is one of these: as a string, or as the number or boolean that the
/// text reads as.
struct json_is {
    json_field field{};
    std::vector<std::string> path;   ///< never empty
    std::vector<std::string> any_of; ///< never empty
};

// Of one tool call.
enum class call_field { name, server_url };

struct call_is {
    call_field field{};
    std::vector<std::string> any_of;
    std::vector<std::string> like;
};

enum class call_text { input, error };

struct call_holds {
    call_text in{};
    std::string needle;
};

struct call_injected {
    std::vector<bool> any_of; ///< never empty
};

struct node;

/// One tool call of the interception of which this holds. The conditions within are those of a call, and no others.
struct some_tool_call {
    std::vector<node> that; ///< exactly one
};

struct all_of {
    std::vector<node> nodes; ///< empty: everything
};

struct any_of {
    std::vector<node> nodes; ///< never empty
};

struct complement {
    std::vector<node> of; ///< exactly one
};

struct node {
    std::variant<all_of, any_of, complement, text_is, initiator_is, id_is, time_within, amount_is, text_holds, has_some,
                 is_in_state, json_is, some_tool_call, call_is, call_holds, call_injected>
        value;
};

struct filter {
    all_of root;
    bool includes_inflight = false; ///< the query asks for the state itself: in-flight rows are candidates

    [[nodiscard]] bool matches_everything() const { return root.nodes.empty(); }
};

/// The users whose ids are not known yet, in the order of the query. Pointers into the filter.
[[nodiscard]] std::vector<user_reference*> unresolved_users(filter& in);

} // namespace bridgewatch::grammar
