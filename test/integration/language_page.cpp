#include "app/seed.hpp"
#include "db/schema/migrate.hpp"
#include "db/sql/identities.hpp"
#include "db/sql/interceptions.hpp"
#include "grammar/check.hpp"
#include "test/support/cluster.hpp"
#include "test/support/session.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

// Every example of grammar/LANGUAGE.md, against the data that the demo has.
namespace {

using namespace bridgewatch;
using test::cluster;

/// A row of one of the page's tables: the code in its first cell, and its second cell, without the marks of code.
struct example {
    std::string query, other;
};

/// Of a cell: what stands between its first and its last backquote, or all of it.
std::string code_of(std::string_view cell)
{
    auto const first = cell.find('`');
    auto const last = cell.rfind('`');
    auto const trimmed =
        cell.substr(cell.find_first_not_of(' '), cell.find_last_not_of(' ') + 1 - cell.find_first_not_of(' '));
    return std::string{first == std::string_view::npos ? trimmed : cell.substr(first + 1, last - first - 1)};
}

/// The rows of all tables with that head.
std::vector<example> examples(std::string_view head)
{
    std::ifstream page{std::filesystem::path{BRIDGEWATCH_SOURCE_DIR} / "grammar" / "LANGUAGE.md"};
    std::vector<example> out;
    bool inside = false;
    for (std::string line; std::getline(page, line);) {
        if (!line.starts_with("| ")) {
            inside = false;
            continue;
        }
        auto const middle = line.find(" | ");
        if (line == head)
            inside = true;
        else if (inside && !line.starts_with("| --- "))
            out.push_back({.query = code_of(std::string_view{line}.substr(2, middle - 2)),
                           .other = line.substr(middle + 3, line.size() - middle - 5)});
    }
    return out;
}

constexpr std::uint64_t interceptions = 4000;

/// What the demo would serve, and how it answers.
class seeded {
  public:
    seeded()
    {
        BOOST_TEST_REQUIRE(schema::migrate(session_).has_value());
        auto const done = app::seed(session_, {.interceptions = interceptions, .until = now_}, [](std::uint64_t) {});
        BOOST_TEST_REQUIRE(done.has_value(), done.error());
    }

    static seeded& shared()
    {
        static seeded one;
        return one;
    }

    /// The filter and the faults, users looked up.
    [[nodiscard]] grammar::checked_query check(std::string const& query)
    {
        auto out = grammar::check(query, {.me = alice(), .now = now_});
        for (auto* user : grammar::unresolved_users(out.meaning)) {
            auto const ask = sql::users_by_name({user->name});
            auto const found = rows_of(ask);
            if (found.empty())
                out.faults.push_back(grammar::unknown_user(*user));
            else
                std::ranges::copy(found.at(0, 1).uuid(), user->id.emplace().bytes.begin());
        }
        return out;
    }

    [[nodiscard]] std::int64_t count(std::string const& query)
    {
        auto const checked = good(query);
        return rows_of(sql::count_of_interceptions(checked.meaning, {}, {}, schema::newest_shape())).at(0, 0).int64();
    }

    /// The ids of the first page, as bytes.
    [[nodiscard]] std::string ids(std::string const& query)
    {
        auto const checked = good(query);
        auto const found = rows_of(sql::page_of_interceptions(
            checked.meaning, {}, {.limit = 1000, .offset = 0, .after = {}}, schema::newest_shape()));
        std::string out;
        for (std::size_t row = 0; row < found.size(); ++row)
            out += found.at(row, 0).bytes();
        return out;
    }

  private:
    [[nodiscard]] grammar::checked_query good(std::string const& query)
    {
        auto out = check(query);
        BOOST_TEST_REQUIRE(out.faults.empty(), query << ": " << (out.faults.empty() ? "" : out.faults[0].detail));
        return out;
    }

    [[nodiscard]] grammar::uuid alice()
    {
        return grammar::parse_uuid(cluster::value(conninfo_, "SELECT id FROM users WHERE username = 'alice'")).value();
    }

    [[nodiscard]] pg::rows rows_of(sql::statement const& question)
    {
        auto found = session_.query(question.text(), question.parameters());
        BOOST_TEST_REQUIRE(found.has_value(), (found.has_error() ? found.error().diag.message : ""));
        return std::move(*found);
    }

    std::string conninfo_ = cluster::shared().create_database();
    pg::blocking_session session_ = test::open_session(conninfo_);
    grammar::sys_micro now_ = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
};

} // namespace

BOOST_AUTO_TEST_SUITE(language_page)

BOOST_AUTO_TEST_CASE(examples_find_something)
{
    auto const all = examples("| query | finds |");
    BOOST_TEST(all.size() > 50U);
    for (auto const& [query, what] : all) {
        auto const found = seeded::shared().count(query);
        bool const may_be_none = what.find("(maybe none)") != std::string::npos;
        BOOST_TEST((found > 0 || may_be_none), query);
        BOOST_TEST(found < static_cast<std::int64_t>(interceptions), query << " finds everything");
    }
}

BOOST_AUTO_TEST_CASE(what_is_called_the_same_finds_the_same)
{
    auto const all = examples("| query | is the same as |");
    BOOST_TEST(all.size() > 8U);
    for (auto const& [query, cell] : all) {
        auto const other = code_of(cell);
        BOOST_TEST(seeded::shared().count(query) == seeded::shared().count(other), query);
        bool const same_page = seeded::shared().ids(query) == seeded::shared().ids(other);
        BOOST_TEST(same_page, query);
        BOOST_TEST(seeded::shared().count(query) > 0, query);
    }
}

BOOST_AUTO_TEST_CASE(faults_read_as_the_page_has_them)
{
    auto const all = examples("| query | fault |");
    BOOST_TEST(all.size() > 20U);
    for (auto const& [query, cell] : all) {
        auto const faults = seeded::shared().check(query).faults;
        BOOST_TEST_REQUIRE(faults.size() == 1U, query);
        BOOST_TEST(faults[0].detail == code_of(cell), query);
    }
}

BOOST_AUTO_TEST_SUITE_END()
