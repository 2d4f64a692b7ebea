#pragma once

#include "db/pg/batch.hpp"

#include <array>
#include <string_view>

/// What a statement asks for, as metrics, traces and the slow-query log name it: a closed list of texts with static
/// storage.
namespace bridgewatch::sql::question {

inline constexpr std::string_view transaction = pg::housekeeping;
inline constexpr std::string_view authentication = "authentication";
inline constexpr std::string_view users = "users"; ///< ids of the user names in `q`
inline constexpr std::string_view page = "page";   ///< of interceptions
inline constexpr std::string_view page_ids = "page_ids";
inline constexpr std::string_view page_plan = "page_plan";
inline constexpr std::string_view cursor = "cursor"; ///< whether it stands in the list
inline constexpr std::string_view token_usages = "token_usages";
inline constexpr std::string_view user_prompts = "user_prompts";
inline constexpr std::string_view tool_usages = "tool_usages";
inline constexpr std::string_view model_thoughts = "model_thoughts";
inline constexpr std::string_view metadata = "metadata";
inline constexpr std::string_view sizes = "sizes"; ///< of the children of a large page
inline constexpr std::string_view count = "count"; ///< of interceptions, from the log
inline constexpr std::string_view rolled_up_count = "rolled_up_count";
inline constexpr std::string_view acceleration_state = "acceleration_state";
inline constexpr std::string_view sessions_estimate = "sessions_estimate"; ///< how many rows, by the planner
inline constexpr std::string_view sessions_page = "sessions_page";         ///< which sessions, in order
inline constexpr std::string_view sessions_rows = "sessions_rows";
inline constexpr std::string_view sessions_count = "sessions_count";
inline constexpr std::string_view session = "session"; ///< where it stands, and its threads
inline constexpr std::string_view session_sums = "session_sums";
inline constexpr std::string_view values = "values"; ///< models and clients
inline constexpr std::string_view probe = "probe";   ///< of the schema
inline constexpr std::string_view readiness = "readiness";
inline constexpr std::string_view replica = "replica"; ///< whether it is one, and how far behind
inline constexpr std::string_view explain = "explain"; ///< the plan of a slow statement

inline constexpr std::array all{transaction,
                                authentication,
                                users,
                                page,
                                page_ids,
                                page_plan,
                                cursor,
                                token_usages,
                                user_prompts,
                                tool_usages,
                                model_thoughts,
                                metadata,
                                sizes,
                                count,
                                rolled_up_count,
                                acceleration_state,
                                sessions_estimate,
                                sessions_page,
                                sessions_rows,
                                sessions_count,
                                session,
                                session_sums,
                                values,
                                probe,
                                readiness,
                                replica,
                                explain};

} // namespace bridgewatch::sql::question
