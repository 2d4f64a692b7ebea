#include "db/sql/values.hpp"

#include "grammar/number.hpp"

#include <boost/json/serialize.hpp>

#include <cstddef>

namespace bridgewatch::sql {
namespace {

void append_escaped(std::string& out, char c)
{
    if (c == '%' || c == '_' || c == '\\')
        out += '\\';
    out += c;
}

std::string quoted(std::string_view text)
{
    return boost::json::serialize(boost::json::string_view{text.data(), text.size()});
}

} // namespace

std::string like_pattern(std::string_view pattern)
{
    std::string out;
    out.reserve(pattern.size() + 8);
    for (char const c : pattern) {
        if (c == '*')
            out += '%';
        else
            append_escaped(out, c);
    }
    return out;
}

std::string prefix_pattern(std::string_view prefix)
{
    std::string out;
    out.reserve(prefix.size() + 8);
    for (char const c : prefix)
        append_escaped(out, c);
    out += '%';
    return out;
}

std::string substring_pattern(std::string_view needle)
{
    return "%" + prefix_pattern(needle);
}

bool matches(std::string_view pattern, std::string_view text)
{
    constexpr auto none = std::string_view::npos;
    std::size_t at = 0, in = 0, star = none, resume = 0;
    while (in < text.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            resume = in;
        } else if (at < pattern.size() && pattern[at] == text[in]) {
            ++at;
            ++in;
        } else if (star != none) { // the last star takes one more
            at = star + 1;
            in = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', at) == none;
}

std::vector<std::string> containing_objects(std::vector<std::string> const& path,
                                            std::vector<std::string> const& values)
{
    std::string before;
    for (auto const& name : path)
        before.append("{").append(quoted(name)).append(":");
    std::string const after(path.size(), '}');
    std::vector<std::string> out;
    for (auto const& value : values) {
        out.push_back(std::string{before}.append(quoted(value)).append(after));
        if (value == "true" || value == "false" || grammar::is_json_number(value))
            out.push_back(std::string{before}.append(value).append(after));
    }
    return out;
}

} // namespace bridgewatch::sql
