#include "lib/http/traceparent.hpp"

#include <algorithm>

namespace bridgewatch::http {

namespace {

bool is_lower_hex(std::string_view text)
{
    return std::ranges::all_of(text,
                               [](char byte) { return ('0' <= byte && byte <= '9') || ('a' <= byte && byte <= 'f'); });
}

bool is_id(std::string_view text)
{
    return is_lower_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

} // namespace

std::string traceparent_of(trace_context const& context)
{
    std::string out = "00-";
    out.append(context.trace_id.data(), context.trace_id.size()) += '-';
    out.append(context.span_id.data(), context.span_id.size());
    return out += context.is_sampled ? "-01" : "-00";
}

std::string sql_comment(trace_context const& context)
{
    return "traceparent='" + traceparent_of(context) + "'";
}

bool is_traceparent(std::string_view text)
{
    constexpr std::size_t length = 55; // 2-32-16-2
    if (text.size() < length || text[2] != '-' || text[35] != '-' || text[52] != '-')
        return false;
    auto const version = text.substr(0, 2);
    if (!is_lower_hex(version) || version == "ff")
        return false;
    if (text.size() > length && (version == "00" || text[length] != '-'))
        return false;
    return is_id(text.substr(3, 32)) && is_id(text.substr(36, 16)) && is_lower_hex(text.substr(53, 2));
}

} // namespace bridgewatch::http
