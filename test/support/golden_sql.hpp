#pragma once

#include "db/sql/statement.hpp"
#include "grammar/check.hpp"
#include "test/support/golden.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

/// Golden files that hold several statements of one question. Their sections: `about`, `query`, `bounds` (lines of a
/// word and what stands behind it), `statements` (names), then for each name its text and its parameters.
namespace bridgewatch::test {

class golden_bounds {
  public:
    explicit golden_bounds(std::string const& section)
    {
        std::istringstream in{section};
        for (std::string line; std::getline(in, line);) {
            auto const space = std::min(line.find(' '), line.size());
            said_[line.substr(0, space)] = line.substr(std::min(space + 1, line.size()));
        }
    }

    [[nodiscard]] bool has(std::string_view word) const { return said_.contains(word); }

    [[nodiscard]] std::string text(std::string_view word) const
    {
        auto const found = said_.find(word);
        return found == said_.end() ? std::string{} : found->second;
    }

    [[nodiscard]] std::int64_t number(std::string_view word) const { return has(word) ? std::stoll(text(word)) : 0; }

    [[nodiscard]] std::optional<grammar::uuid> id(std::string_view word) const
    {
        auto const read = grammar::parse_uuid(text(word));
        BOOST_TEST_REQUIRE(read.has_value() == has(word), word);
        return read;
    }

    [[nodiscard]] std::optional<grammar::sys_micro> time(std::string_view word) const
    {
        return has(word) ? std::optional{grammar::parse_rfc3339(text(word)).value().floor} : std::nullopt;
    }

    /// A misspelt word would be a bound that is not there.
    void require_only(std::initializer_list<std::string_view> known) const
    {
        for (auto const& [word, value] : said_)
            BOOST_TEST_REQUIRE((std::ranges::find(known, word) != known.end()), word);
    }

  private:
    std::map<std::string, std::string, std::less<>> said_;
};

/// The meaning of a query without faults, for sessions. Its user names have no ids.
[[nodiscard]] inline grammar::filter sessions_where(std::string query)
{
    if (query.ends_with('\n'))
        query.pop_back();
    auto checked = grammar::check(query, {.about = grammar::subject::sessions,
                                          .me = grammar::parse_uuid("99999999-2222-3333-4444-555555555555").value(),
                                          .now = {},
                                          .recorded = {}});
    BOOST_TEST_REQUIRE(checked.faults.empty(), query);
    return std::move(checked.meaning);
}

/// One line each: its number, the type's OID, the value.
[[nodiscard]] inline std::string parameters_of(sql::statement const& made)
{
    std::string out;
    for (auto const& parameter : made.parameters())
        out.append("$" + std::to_string(1 + (&parameter - made.parameters().data())))
            .append(" " + std::to_string(static_cast<unsigned>(parameter.of)))
            .append(" " + parameter.value.value_or("NULL") + "\n");
    return out;
}

inline void expect_statement(golden_file& golden, std::string const& name, sql::statement const& made)
{
    auto const parameters = parameters_of(made);
    golden.expect(name, made.text() + "\n");
    golden.expect(name + " parameters", parameters.empty() ? "none\n" : parameters);
}

/// Each statement that the file names, of a table of `{name, make}`.
template <class Table, class... Question>
void expect_statements(golden_file& golden, Table const& table, Question const&... question)
{
    std::istringstream names{golden["statements"]};
    for (std::string name; names >> name;) {
        auto const found = std::ranges::find(table, name, [](auto const& one) { return one.name; });
        BOOST_TEST_REQUIRE((found != std::ranges::end(table)), name);
        expect_statement(golden, name, found->make(question...));
    }
}

/// That no statement of the table is left out by all files of the folder.
template <class Table>
void expect_each_in_a_file(Table const& table, std::string_view folder)
{
    std::string named = " ";
    for (auto const& file : golden_files(folder))
        named += golden_file{file}["statements"] + " ";
    std::ranges::replace(named, '\n', ' ');
    for (auto const& one : table)
        BOOST_TEST((named.find(" " + std::string{one.name} + " ") != std::string::npos), one.name);
}

} // namespace bridgewatch::test
