#include "lib/http/response_head.hpp"

#include "lib/http/field_text.hpp"

#include <algorithm>
#include <charconv>

namespace bridgewatch::http {

namespace {

std::string_view reason(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 204:
        return "No Content";
    case 304:
        return "Not Modified";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 406:
        return "Not Acceptable";
    case 408:
        return "Request Timeout";
    case 413:
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    default:
        return ""; // the phrase may be empty (RFC 9112, "Status Line")
    }
}

void append_number(std::string& out, std::size_t number)
{
    std::array<char, 20> digits{};
    auto const [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out.append(digits.data(), end);
}

void append_field(std::string& out, std::string_view name, std::string_view value)
{
    out.append(name).append(": ");
    auto const start = static_cast<std::ptrdiff_t>(out.size());
    out.append(value);
    std::replace_if(out.begin() + start, out.end(), is_control, ' ');
    out += "\r\n";
}

} // namespace

std::string_view date_text::at(std::time_t now)
{
    if (now != made_for_) {
        constexpr std::array<char const*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        constexpr std::array<char const*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        std::tm utc{};
        gmtime_r(&now, &utc);
        // strftime would take the names from the locale.
        std::array<char, 32> pattern{"xxx, %d xxx %Y %H:%M:%S GMT"};
        std::copy_n(days.at(static_cast<std::size_t>(utc.tm_wday)), 3, pattern.begin());
        std::copy_n(months.at(static_cast<std::size_t>(utc.tm_mon)), 3, pattern.begin() + 8);
        length_ = std::strftime(text_.data(), text_.size(), pattern.data(), &utc);
        made_for_ = now;
    }
    return {text_.data(), length_};
}

bool has_content(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

void write_head(std::string& out, response const& what, framing const& how)
{
    out.assign("HTTP/1.1 ");
    append_number(out, static_cast<std::size_t>(what.status));
    out.append(" ").append(reason(what.status)).append("\r\n");
    append_field(out, "Date", how.date);
    append_field(out, "Content-Type", what.content_type);
    if (has_content(what.status)) {
        if (how.length == body_length::known) {
            out += "Content-Length: ";
            append_number(out, how.content_length);
            out += "\r\n";
        } else if (how.length == body_length::chunked) {
            out += "Transfer-Encoding: chunked\r\n";
        }
        if (how.coding != content_coding::identity)
            append_field(out, "Content-Encoding", to_string(how.coding));
        out += "Vary: Accept-Encoding\r\n";
    }
    out += "Cache-Control: no-store\r\n";
    append_field(out, "X-Request-Id", how.request_id);
    for (auto const& [name, value] : what.headers)
        append_field(out, name, value);
    if (how.close)
        out += "Connection: close\r\n";
    else if (how.say_keep_alive)
        out += "Connection: keep-alive\r\n";
    out += "\r\n";
}

} // namespace bridgewatch::http
