#include "db/pg/connect.hpp"
#include "db/pg/diagnose.hpp"

#include <libpq-fe.h>

#include <algorithm>

namespace bridgewatch::pg {
namespace {

struct free_options {
    void operator()(PQconninfoOption* list) const { PQconninfoFree(list); }
};

using option_list = std::unique_ptr<PQconninfoOption, free_options>;

/// libpq quotes what it does not understand, which may be the password or a part of it. Where the text can hold one,
/// all from the first quoted piece on is dropped, unless that piece is only punctuation.
std::string readable_fault(char const* message, std::string_view text)
{
    auto out = one_line(message != nullptr ? message : "out of memory");
    bool const may_hold_secret =
        text.find('@') != std::string_view::npos || text.find("pass") != std::string_view::npos;
    if (!may_hold_secret)
        return out;
    for (auto open = out.find('"'); open != std::string::npos; open = out.find('"', open + 1)) {
        auto const close = out.find('"', open + 1);
        if (close != open + 2) {
            out.resize(open);
            return out + "(not shown: it may hold a password)";
        }
        open = close;
    }
    return out;
}

/// "a,,c" is "c,,a".
std::string last_to_first(std::string_view list)
{
    std::string out;
    for (auto comma = list.rfind(','); comma != std::string_view::npos; comma = list.rfind(',')) {
        out.append(list.substr(comma + 1)).append(",");
        list = list.substr(0, comma);
    }
    return out.append(list);
}

bool is_port_list(std::string_view text)
{
    return text.find_first_not_of("0123456789,") == std::string_view::npos;
}

/// An '@' begins the name of a socket in the abstract namespace, and stands nowhere else. Source: libpq, "host".
bool is_host_list(std::string_view text)
{
    for (auto at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1))
        if (at != 0 && text[at - 1] != ',')
            return false;
    return true;
}

} // namespace

boost::system::result<connection_options, std::string> connection_options::parse(std::string_view text)
{
    if (text.find('\0') != std::string_view::npos)
        return std::string{"a NUL byte in the connection string"};
    char* message = nullptr;
    option_list const list{PQconninfoParse(std::string{text}.c_str(), &message)};
    std::unique_ptr<char, decltype(&PQfreemem)> const owned{message, &PQfreemem};
    if (!list)
        return readable_fault(message, text);
    connection_options out;
    for (auto const* option = list.get(); option->keyword != nullptr; ++option) {
        if (option->val == nullptr)
            continue;
        // libpq finds this when it connects, and shows it: with a '/' in a URI's password, it is the password.
        if (option->keyword == std::string_view{"port"} && !is_port_list(option->val))
            return std::string{"the port is not a number (in a URI's password, write reserved characters as %XX)"};
        // The first '@' ends the credentials, so that with one in the password the rest of it is here, and would be
        // logged.
        if (option->keyword == std::string_view{"host"} && !is_host_list(option->val))
            return std::string{"the host has an '@' (in a URI's password, write reserved characters as %XX)"};
        out.keywords_.emplace_back(option->keyword, option->val);
    }
    return out;
}

std::string connection_options::describe() const
{
    option_list const defaults{PQconndefaults()};
    std::string out;
    for (std::string_view const keyword : {"host", "hostaddr", "port", "dbname", "user"}) {
        auto const given = std::ranges::find(keywords_, keyword, [](auto const& pair) { return pair.first; });
        std::string value = given != keywords_.end() ? given->second : std::string{};
        for (auto const* option = defaults.get(); value.empty() && option != nullptr && option->keyword != nullptr;
             ++option) {
            if (keyword == option->keyword && option->val != nullptr)
                value = option->val;
        }
        if (!value.empty())
            out.append(out.empty() ? "" : " ").append(keyword).append("=").append(value);
    }
    return out;
}

std::optional<connection_options> connection_options::elsewhere() const
{
    constexpr std::string_view attributes = "target_session_attrs";
    auto out = *this;
    bool has_several = false;
    std::string wanted = "any";
    for (auto& [keyword, value] : out.keywords_) {
        if (keyword == "host" || keyword == "hostaddr")
            has_several = has_several || value.find(',') != std::string::npos;
        if (keyword == "host" || keyword == "hostaddr" || keyword == "port")
            value = last_to_first(value);
        if (keyword == attributes && (value == "primary" || value == "read-write"))
            wanted = value;
    }
    if (!has_several)
        return std::nullopt;
    out.keywords_.emplace_back(attributes, wanted); // of two libpq takes the last
    return out;
}

} // namespace bridgewatch::pg
