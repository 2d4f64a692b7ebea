#include "lib/api/query_parameters.hpp"

#include <charconv>

namespace bridgewatch::api {
namespace {

std::optional<char> hex_pair(std::string_view text)
{
    if (text.size() < 2)
        return {};
    unsigned value = 0;
    auto const read = std::from_chars(text.data(), text.data() + 2, value, 16);
    if (read.ec != std::errc{} || read.ptr != text.data() + 2)
        return {};
    return static_cast<char>(value);
}

} // namespace

std::string percent_decoded(std::string_view text, bool plus_is_space)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '%') {
            if (auto const byte = hex_pair(text.substr(at + 1))) {
                out += *byte;
                at += 2;
                continue;
            }
        }
        out += text[at] == '+' && plus_is_space ? ' ' : text[at];
    }
    return out;
}

query_parameters::query_parameters(std::string_view query)
{
    while (!query.empty()) {
        auto const piece = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), piece.size() + 1));
        if (piece.empty())
            continue;
        auto const equals = piece.find('=');
        auto const value = equals == std::string_view::npos ? std::string_view{} : piece.substr(equals + 1);
        parameters_.emplace_back(percent_decoded(piece.substr(0, equals), true), percent_decoded(value, true));
    }
}

std::optional<std::string_view> query_parameters::first(std::string_view name) const
{
    for (auto const& [key, value] : parameters_) {
        if (key == name)
            return value.empty() ? std::nullopt : std::optional<std::string_view>{value};
    }
    return {};
}

std::pair<std::string_view, std::string_view> split_target(std::string_view target)
{
    auto const mark = target.find('?');
    if (mark == std::string_view::npos)
        return {target, {}};
    return {target.substr(0, mark), target.substr(mark + 1)};
}

} // namespace bridgewatch::api
