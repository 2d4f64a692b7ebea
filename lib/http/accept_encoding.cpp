#include "lib/http/accept_encoding.hpp"

#include "lib/http/field_text.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace bridgewatch::http {

namespace {

/// In thousandths, as three digits are all that there can be.
using weight = int;
constexpr weight most = 1000;

/// "0", "0.5", "1.000"; empty for anything else.
std::optional<weight> read_quality(std::string_view text)
{
    if (text.empty() || text.size() > 5 || (text.front() != '0' && text.front() != '1'))
        return std::nullopt;
    weight value = text.front() == '1' ? most : 0;
    if (text.size() > 1 && text[1] != '.')
        return std::nullopt;
    weight place = 100;
    for (char const digit : text.substr(std::min<std::size_t>(text.size(), 2))) {
        if (digit < '0' || digit > '9')
            return std::nullopt;
        value += (digit - '0') * place;
        place /= 10;
    }
    return value <= most ? std::optional{value} : std::nullopt;
}

/// The weight behind a coding's name: `;q=…`, or nothing.
std::optional<weight> read_weight(std::string_view parameters)
{
    if (parameters.empty())
        return most;
    auto const parameter = trimmed(parameters.substr(1));
    if (!same_token(parameter.substr(0, 2), "q="))
        return std::nullopt;
    return read_quality(parameter.substr(2));
}

/// What the list says of each coding, where it says something.
struct wishes {
    std::optional<weight> gzip, zstd, identity, any;

    void read(std::string_view element)
    {
        auto const end = std::min(element.find(';'), element.size());
        auto const name = trimmed(element.substr(0, end));
        auto const given = read_weight(element.substr(end));
        if (auto* const of = find(name); of != nullptr && given && !*of)
            *of = given;
    }

  private:
    std::optional<weight>* find(std::string_view name)
    {
        if (same_token(name, "zstd"))
            return &zstd;
        if (same_token(name, "gzip") || same_token(name, "x-gzip"))
            return &gzip;
        if (same_token(name, "identity"))
            return &identity;
        return name == "*" ? &any : nullptr;
    }
};

} // namespace

std::string_view to_string(content_coding coding)
{
    switch (coding) {
    case content_coding::gzip:
        return "gzip";
    case content_coding::zstd:
        return "zstd";
    case content_coding::identity:
        break;
    }
    return "identity";
}

coding_choice choose_coding(std::span<std::pair<std::string_view, std::string_view> const> headers)
{
    wishes given;
    for (auto const& [name, value] : headers) {
        if (!same_token(name, "Accept-Encoding"))
            continue;
        for (auto left = value; !left.empty();) {
            auto const end = std::min(left.find(','), left.size());
            given.read(left.substr(0, end));
            left.remove_prefix(std::min(end + 1, left.size()));
        }
    }
    auto const of_any = given.any.value_or(0);
    auto const unsaid = given.any.value_or(1); // identity is taken unless it is refused, and liked least

    struct candidate {
        content_coding coding;
        weight liked;
    };

    std::array<candidate, 3> const ours{{{content_coding::zstd, given.zstd.value_or(of_any)},
                                         {content_coding::gzip, given.gzip.value_or(of_any)},
                                         {content_coding::identity, given.identity.value_or(unsaid)}}};
    auto const& best = *std::ranges::max_element(ours, {}, &candidate::liked); // the first of equals
    auto const refused = ours.back().liked == 0 && best.liked > 0;
    return {.coding = best.liked > 0 ? best.coding : content_coding::identity, .identity_refused = refused};
}

} // namespace bridgewatch::http
