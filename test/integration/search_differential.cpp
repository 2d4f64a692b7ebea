#include "db/schema/acceleration_tables.hpp"
#include "db/schema/migrate.hpp"
#include "db/schema/shape.hpp"
#include "db/sql/interceptions.hpp"
#include "db/sql/rollup.hpp"
#include "grammar/check.hpp"
#include "test/integration/search_oracle.hpp"
#include "test/integration/search_queries.hpp"
#include "test/support/cluster.hpp"
#include "test/support/session.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <iostream>
#include <sstream>
#include <tuple>

namespace bridgewatch::test::search {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t queries = 2'500, row_count = 150, mismatches_shown = 40;
constexpr std::int64_t all_rows = 1'000;

/// What `now` is to every query.
constexpr sys_micro noon = std::chrono::sys_days{std::chrono::year{2025} / 6 / 15} + 12h + 34min + 56s + 123456us;

/// A database that holds the rows and answers queries as the service does. Where counts come from the rollup, its
/// triggers have told of all rows, of which some wait in the journal.
class searched_database {
  public:
    explicit searched_database(dataset const& data) : data_{data}
    {
        auto const migrated = schema::migrate(session_);
        BOOST_TEST_REQUIRE(migrated.has_value(), migrated.error());
        BOOST_TEST_REQUIRE(schema::make_acceleration(session_).has_value());
        BOOST_TEST_REQUIRE(schema::fill_acceleration(session_).has_value());
        load(session_, data);
        auto const folded = session_.script("SELECT bridgewatch_fold(90), bridgewatch_close_hours()");
        BOOST_TEST_REQUIRE(folded.has_value());
        shape_.acceleration = true;
    }

    /// Empty where the query has a fault, which `complaint` then tells.
    [[nodiscard]] std::optional<grammar::filter> understood(std::string const& text, std::string& complaint) const
    {
        auto checked =
            grammar::check(text, {.me = data_.me, .now = noon, .recorded = schema::newest_shape().recorded()});
        for (auto* who : grammar::unresolved_users(checked.meaning)) {
            who->id = user_named(data_, who->name);
            if (!who->id)
                checked.faults.push_back(grammar::unknown_user(*who));
        }
        for (auto const& fault : checked.faults)
            complaint += "fault: " + fault.detail + '\n';
        return checked.faults.empty() ? std::optional{std::move(checked.meaning)} : std::nullopt;
    }

    [[nodiscard]] std::vector<uuid> page(grammar::filter const& where, sql::visibility const& who,
                                         sql::page_bounds const& bounds)
    {
        auto const found = rows_of(sql::page_of_interceptions(where, who, bounds, schema::newest_shape()));
        std::vector<uuid> out(found.size());
        for (std::size_t i = 0; i < found.size(); ++i)
            std::ranges::copy(found.at(i, 0).uuid(), out[i].bytes.begin());
        return out;
    }

    [[nodiscard]] std::int64_t count(grammar::filter const& where, sql::visibility const& who,
                                     std::optional<std::int64_t> cap)
    {
        auto const found = rows_of(sql::count_of_interceptions(where, who, cap, schema::newest_shape()));
        return found.at(0, 0).int64();
    }

    /// Nothing where the rollup does not know.
    [[nodiscard]] std::optional<std::int64_t> rolled_up_count(grammar::filter const& where, sql::visibility const& who,
                                                              std::optional<std::int64_t> cap)
    {
        if (!sql::is_rolled_up(where, shape_))
            return {};
        return rows_of(sql::rolled_up_count(where, who, cap, shape_)).at(0, 0).int64();
    }

  private:
    pg::rows rows_of(sql::statement const& statement)
    {
        auto answer = session_.query(statement.text(), statement.parameters());
        if (answer.has_error())
            throw std::runtime_error{answer.error().diag.message};
        return std::move(*answer);
    }

    dataset const& data_;
    schema::shape shape_ = schema::newest_shape();
    pg::blocking_session session_ = open_session(cluster::shared().create_database());
};

std::string listed(std::vector<uuid> const& ids)
{
    std::string out;
    for (auto const& id : ids)
        out += ' ' + grammar::to_string(id).substr(0, 8);
    return out;
}

std::int64_t signed_of(std::size_t number)
{
    return static_cast<std::int64_t>(number);
}

/// Asks for one query in all ways, and compares.
class comparison {
  public:
    comparison(searched_database& database, dataset const& data, dice& random)
        : database_{database}, data_{data}, random_{random}
    {
    }

    /// What does not agree; empty where all does.
    [[nodiscard]] std::string complaint(query const& asked, std::string const& text)
    {
        complaint_.clear();
        if (random_.one_in(4))
            who_.only_initiator = random_.pick(data_.rows).initiator;
        else
            who_.only_initiator.reset();
        expected_ = found_by(asked, data_, who_.only_initiator);
        try {
            if (auto const meaning = database_.understood(text, complaint_)) {
                compare_page("page", *meaning, {.limit = all_rows, .after = {}}, expected_);
                compare_counts(*meaning);
                if (random_.one_in(4))
                    compare_offset(*meaning);
                if (random_.one_in(3))
                    compare_after(*meaning);
            }
        } catch (std::runtime_error const& error) {
            complaint_ += std::string{"the database: "} + error.what() + '\n';
        }
        return complaint_;
    }

    /// Some rows that the caller may see are found, and some are not.
    [[nodiscard]] bool was_telling() const
    {
        auto const visible = std::ranges::count_if(data_.rows, [this](interception const& row) {
            return row.ended_at && is_visible(data_, row, who_.only_initiator);
        });
        return !expected_.empty() && std::cmp_less(expected_.size(), visible);
    }

    /// How many queries the rollup has counted.
    [[nodiscard]] std::size_t rolled_up() const { return rolled_up_; }

  private:
    void compare_page(std::string const& name, grammar::filter const& meaning, sql::page_bounds const& bounds,
                      std::vector<uuid> const& expected)
    {
        auto const got = database_.page(meaning, who_, bounds);
        if (got == expected)
            return;
        complaint_ += name + "\n  expected:" + listed(expected) + "\n  got:     " + listed(got) + '\n';
        auto const differs = std::ranges::find_if(data_.rows, [&](interception const& row) {
            return std::ranges::count(got, row.id) != std::ranges::count(expected, row.id);
        });
        if (differs == data_.rows.end())
            return;
        std::ostringstream shown;
        shown << *differs;
        complaint_ += "the first row on which they differ:\n" + shown.str();
    }

    void compare_counts(grammar::filter const& meaning)
    {
        auto const size = std::ssize(expected_);
        auto const cap = signed_of(1 + random_.below(expected_.size() + 3));
        compare_count(database_.count(meaning, who_, std::nullopt), size, "count");
        if (random_.one_in(3))
            compare_count(database_.count(meaning, who_, cap), std::min(cap, size), "capped count");
        if (auto const count = database_.rolled_up_count(meaning, who_, std::nullopt)) {
            ++rolled_up_;
            compare_count(*count, size, "rolled up count");
            compare_count(*database_.rolled_up_count(meaning, who_, cap), std::min(cap, size),
                          "capped rolled up count");
        }
    }

    void compare_count(std::int64_t got, std::int64_t expected, std::string const& name)
    {
        if (got != expected)
            complaint_ += name + ": expected " + std::to_string(expected) + ", got " + std::to_string(got) + '\n';
    }

    /// Of few rows, from some offset on.
    void compare_offset(grammar::filter const& meaning)
    {
        auto const offset = random_.below(expected_.size() + 2);
        auto const limit = 1 + random_.below(row_count);
        compare_page("page from " + std::to_string(offset), meaning,
                     {.limit = signed_of(limit), .offset = signed_of(offset), .after = {}},
                     part_of_expected(offset, limit));
    }

    /// Of few rows, after any row, found or not.
    void compare_after(grammar::filter const& meaning)
    {
        auto const& after = random_.pick(data_.rows);
        auto const limit = 1 + random_.below(row_count);
        auto const first = std::ranges::find_if(expected_, [&](uuid const& id) {
            auto const row = std::ranges::find(data_.rows, id, &interception::id);
            return std::tuple{row->started_at, row->id} < std::tuple{after.started_at, after.id};
        });
        bool const may_see = after.initiator == who_.only_initiator.value_or(after.initiator);
        auto const skipped = may_see ? first - expected_.begin() : std::ssize(expected_);
        compare_page("page after" + listed({after.id}), meaning, {.limit = signed_of(limit), .after = after.id},
                     part_of_expected(static_cast<std::size_t>(skipped), limit));
    }

    [[nodiscard]] std::vector<uuid> part_of_expected(std::size_t offset, std::size_t limit) const
    {
        auto const first = std::min(offset, expected_.size());
        auto const last = std::min(first + limit, expected_.size());
        return {expected_.begin() + signed_of(first), expected_.begin() + signed_of(last)};
    }

    searched_database& database_;
    dataset const& data_;
    dice& random_;
    sql::visibility who_;
    std::vector<uuid> expected_;
    std::string complaint_;
    std::size_t rolled_up_ = 0;
};

/// How often each key was used.
struct usage_count {
    std::array<std::size_t, all_fields> of_field{};

    void add(query const& q)
    {
        for_each_term(q.any_of, [this](term const& each) { ++of_field[static_cast<std::size_t>(each.of)]; });
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(search_differential)

BOOST_AUTO_TEST_CASE(random_queries_find_what_the_contract_says)
{
    auto const started_with = seed_of_this_run();
    dice random{started_with};
    auto const data = random_dataset(random, row_count, noon);
    searched_database database{data};
    query_maker make{random, data, noon};
    comparison compare{database, data, random};
    usage_count used;
    std::size_t telling = 0, mismatches = 0;
    for (std::size_t i = 0; i < queries && mismatches < mismatches_shown; ++i) {
        auto const asked = make.any_query();
        auto const text = text_of(asked, random);
        auto const complaint = compare.complaint(asked, text);
        BOOST_TEST(complaint.empty(), "BRIDGEWATCH_SEED=" << started_with << ", query " << i << ": " << text << "\n"
                                                          << complaint);
        mismatches += complaint.empty() ? 0 : 1;
        telling += compare.was_telling() ? 1 : 0;
        used.add(asked);
    }
    std::cout << "telling " << telling << " min used " << *std::ranges::min_element(used.of_field) << '\n'
              << std::flush;
    BOOST_TEST_REQUIRE(mismatches == 0);
    BOOST_TEST(telling * 3 >= queries);
    BOOST_TEST(compare.rolled_up() * 50 >= queries);
    for (std::size_t i = 0; i < all_fields; ++i)
        BOOST_TEST(used.of_field[i] > 0, field_names[i]);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test::search
