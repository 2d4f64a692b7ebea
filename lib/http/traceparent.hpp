#pragma once

#include "lib/http/message.hpp"

#include <string>
#include <string_view>

namespace bridgewatch::http {

/// Whether the text is a traceparent that may be taken over.
/// Source: W3C Trace Context, "traceparent Header Field Values" and "Versioning of traceparent": version 00 has exactly
/// four fields, later ones may have more; version ff, ids of zeros and upper case are invalid.
[[nodiscard]] bool is_traceparent(std::string_view text);

/// Parts of a text for which is_traceparent() holds; views into it.
[[nodiscard]] constexpr std::string_view trace_id_of(std::string_view traceparent)
{
    return traceparent.substr(3, 32);
}

/// The caller's span.
[[nodiscard]] constexpr std::string_view parent_id_of(std::string_view traceparent)
{
    return traceparent.substr(36, 16);
}

/// Whether the caller records its trace: the lowest bit of the flags.
[[nodiscard]] constexpr bool is_sampled(std::string_view traceparent)
{
    return std::string_view{"13579bdf"}.find(traceparent[54]) != std::string_view::npos;
}

/// "00-<trace id>-<span id>-<flags>": the request as the parent of what is done for it. Digits and hyphens only.
[[nodiscard]] std::string traceparent_of(trace_context const& context);

/// The same as a pair for a comment in SQL. Source: sqlcommenter, "Specification".
[[nodiscard]] std::string sql_comment(trace_context const& context);

} // namespace bridgewatch::http
