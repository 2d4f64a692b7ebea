#include "test/integration/search_terms.hpp"

#include <algorithm>

/// The terms about metadata and annotations.
namespace bridgewatch::test::search {
namespace {

json const* json_of(field of, interception const& row)
{
    if (of == field::annotation)
        return &row.annotations;
    return row.metadata ? &*row.metadata : nullptr;
}

bool can_be_part(std::string_view name)
{
    return name.find('.') == std::string_view::npos;
}

json const* at_path(json const* in, std::vector<std::string> const& path)
{
    for (auto const& name : path) {
        auto const found = in ? std::ranges::find(in->names, name) : std::vector<std::string>::const_iterator{};
        if (!in || found == in->names.end())
            return nullptr;
        in = &in->values[static_cast<std::size_t>(found - in->names.begin())];
    }
    return in;
}

} // namespace

std::vector<std::string> term_maker::any_path(field of)
{
    using path = std::vector<std::string>;
    auto const* in = json_of(of, *row_);
    path out;
    while (in && !in->names.empty() && !random_.one_in(4)) {
        auto const which = random_.below(in->names.size());
        if (!can_be_part(in->names[which]))
            break;
        out.push_back(in->names[which]);
        in = &in->values[which];
    }
    if (!out.empty() && !random_.one_in(8))
        return out;
    return random_.pick<path>(
        {{"team"}, {"TEAM"}, {"a", "b"}, {"a"}, {"tags", "0"}, {"0"}, {"team", "b"}, {"a", "b", "c"}});
}

std::string term_maker::json_text(field of)
{
    constexpr std::string_view texts[] = {"payments",
                                          "Payments",
                                          "5",
                                          "5.0",
                                          "50e-1",
                                          "05",
                                          "true",
                                          "True",
                                          "false",
                                          "null",
                                          "a,b",
                                          "st*r",
                                          "-1",
                                          "0.5",
                                          ".5",
                                          "5e-1",
                                          "1e2",
                                          "1E2",
                                          "1e+2",
                                          "100",
                                          "0",
                                          "-0",
                                          "0x5",
                                          "5 ",
                                          "two words",
                                          "NaN",
                                          "+5",
                                          "5.",
                                          "1e400",
                                          "1e200000",
                                          R"(b\s)",
                                          "0.00",
                                          "-1.0",
                                          "10e1",
                                          "1e-30000",
                                          "Infinity",
                                          "5.01",
                                          "t",
                                          "\xC3\xA9t\xC3\xA9",
                                          "9007199254740992",
                                          "9007199254740993.0",
                                          "12345678901234567890123",
                                          "1e999999999999"};
    auto const* there = at_path(json_of(of, *row_), path_);
    if (there && !there->text.empty() && random_.one_in(2))
        return there->text;
    return std::string{random_.pick(texts)};
}

} // namespace bridgewatch::test::search
