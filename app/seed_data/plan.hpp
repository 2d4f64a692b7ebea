#pragma once

#include "app/seed_data/random.hpp"
#include "grammar/time.hpp"
#include "grammar/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace bridgewatch::app::seed_data {

/// What one row of numbers is for: two kinds never share one.
enum class row_kind : std::uint64_t {
    user = 1,
    api_key,
    session,
    interception,
    prompt,
    token_usage,
    tool_usage,
    thought
};

/// A version 4 UUID made of the next numbers.
[[nodiscard]] grammar::uuid make_uuid(random& from);

struct model {
    std::string_view provider, provider_name, name;
    std::uint32_t input_price, output_price; ///< micro-dollars a token; 0: unpriced
};

/// What all interceptions of one session share.
struct session {
    std::uint64_t number = 0;
    std::uint32_t length = 0;  ///< interceptions
    std::size_t initiator = 0; ///< number of a person
    model main{}, second{};    ///< tools use a smaller model now and then
    std::string_view client;   ///< empty: none was recorded
    bool has_client_session_id = false;
    bool is_annotated = false;
    std::uint32_t gap_seconds = 0; ///< mean pause between interceptions
};

[[nodiscard]] session make_session(std::uint64_t seed, std::uint64_t number);

/// One interception to be written: which one of which session, and when.
struct planned {
    grammar::sys_micro started_at;
    std::uint32_t session = 0, position = 0;
};

/// Exactly `count` interceptions within the 60 days that end at `until`, oldest first, as production writes them.
[[nodiscard]] std::vector<planned> make_plan(std::uint64_t seed, std::uint64_t count, grammar::sys_micro until);

} // namespace bridgewatch::app::seed_data
