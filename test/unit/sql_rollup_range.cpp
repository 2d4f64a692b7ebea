#include "db/sql/rollup_range.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <ostream>
#include <random>
#include <string>
#include <string_view>

// A range in pieces that have sums.
namespace {

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;
using namespace std::chrono_literals;
using grammar::sys_micro;

/// "" is an open end.
std::optional<sys_micro> time_of(std::string_view at)
{
    return at.empty() ? std::nullopt : std::optional{grammar::parse_rfc3339(at).value().floor};
}

std::string short_text(std::optional<sys_micro> at)
{
    return at ? grammar::to_rfc3339(*at).substr(8, 8) : "";
}

std::string pieces(sql::time_span const& range)
{
    auto const of = sql::divide(range);
    std::string out;
    auto const span = [&out](std::string_view name, std::optional<sql::time_span> const& one) {
        if (one)
            out.append(out.empty() ? "" : " ")
                .append(name)
                .append(short_text(one->from))
                .append("..")
                .append(short_text(one->before));
    };
    span("days ", of.days);
    span("hours ", of.hours);
    for (auto const* all : {&of.closed, &of.edges})
        for (auto const& one : *all)
            span(one.sign > 0 ? "+" : "-", sql::time_span{one.from, one.before});
    return out;
}

struct division {
    std::string_view from, before, pieces;
};

std::ostream& operator<<(std::ostream& out, division const& d)
{
    return out << d.from << ".." << d.before;
}

division const divisions[] = {
    {"", "", "days .. hours .."},
    {"2026-11-02T00:00:00Z", "2026-11-09T00:00:00Z", "days 02T00:00..09T00:00 hours 02T00:00..09T00:00"},
    {"2026-11-02T03:00:00Z", "", "days 02T00:00.. hours 02T03:00.. -02T00:00..02T03:00"},
    {"2026-11-02T20:00:00Z", "", "days 03T00:00.. hours 02T20:00.. +02T20:00..03T00:00"},
    {"", "2026-11-02T03:00:00Z", "days ..02T00:00 hours ..02T03:00 +02T00:00..02T03:00"},
    {"", "2026-11-02T20:00:00Z", "days ..03T00:00 hours ..02T20:00 -02T20:00..03T00:00"},
    {"2026-11-02T00:10:00Z", "2026-11-03T00:40:00Z",
     "days 02T00:00..03T00:00 hours 02T00:00..03T01:00 +03T00:00..03T01:00 -02T00:00..02T00:10 -03T00:40..03T01:00"},
    {"2026-11-02T10:20:00Z", "2026-11-02T11:50:00Z",
     "hours 02T10:00..02T12:00 +02T10:00..02T12:00 -02T10:00..02T10:20 -02T11:50..02T12:00"},
    {"2026-11-02T11:00:00Z", "2026-11-03T11:00:00Z",
     "days 02T00:00..03T00:00 hours 02T11:00..03T11:00 "
     "-02T00:00..02T11:00 +03T00:00..03T11:00"},
    {"2026-11-02T11:00:00Z", "2026-11-02T23:00:00Z", "hours 02T11:00..02T23:00 +02T11:00..02T23:00"},
    {"2026-11-02T11:00:00Z", "2026-11-03T00:00:00Z",
     "days 02T00:00..03T00:00 hours 02T11:00..03T00:00 -02T00:00..02T11:00"},
    {"2026-11-02T10:10:00Z", "2026-11-02T10:25:00Z", "+02T10:10..02T10:25"},
    {"2026-11-02T10:10:00Z", "2026-11-02T10:45:00Z",
     "hours 02T10:00..02T11:00 +02T10:00..02T11:00 -02T10:00..02T10:10 -02T10:45..02T11:00"},
    {"2026-11-02T10:40:00Z", "2026-11-02T11:20:00Z", "+02T10:40..02T11:20"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(sql_rollup_range)

BOOST_DATA_TEST_CASE(each_end_comes_from_the_nearer_side, bdata::make(divisions), d)
{
    BOOST_TEST(pieces({time_of(d.from), time_of(d.before)}) == d.pieces);
}

BOOST_AUTO_TEST_CASE(an_empty_range_has_nothing)
{
    auto const at = *time_of("2026-11-02T10:10:00Z");
    for (auto const before : {at, at - 1us, at - 20min, at - 47h, at - 30 * 24h}) {
        auto const of = sql::divide({at, before});
        BOOST_TEST(!of.hours.has_value());
        BOOST_TEST(of.edges.size() == 1U); // of which nothing is in the log
    }
}

/// Each moment is counted as often as it is in the range: once or not at all.
BOOST_AUTO_TEST_CASE(pieces_come_to_the_range)
{
    std::mt19937_64 random{7};
    auto const start = *time_of("2026-11-01T00:00:00Z");
    auto const any_time = [&] {
        auto const at = start + std::chrono::minutes{random() % 8'000} + std::chrono::microseconds{random() % 3};
        return random() % 3 == 0 ? std::chrono::floor<std::chrono::hours>(at) : at;
    };
    auto const any_end = [&] { return random() % 5 == 0 ? std::nullopt : std::optional<sys_micro>{any_time()}; };
    auto const is_in = [](sql::time_span const& span, sys_micro at) {
        return (!span.from || *span.from <= at) && (!span.before || at < *span.before) ? 1 : 0;
    };
    for (int n = 0; n < 20'000; ++n) {
        sql::time_span const range{any_end(), any_end()};
        auto const at = any_time();
        auto const of = sql::divide(range);
        auto const sum = [&](std::vector<sql::signed_span> const& pieces, std::chrono::minutes longest) {
            std::int64_t out = 0;
            for (auto const& one : pieces) {
                BOOST_TEST((one.before - one.from <= longest));
                out += one.sign * is_in({one.from, one.before}, at);
            }
            return out;
        };
        auto const hours = (of.days ? is_in(*of.days, at) : 0) + sum(of.closed, 24h);
        BOOST_TEST(hours == (of.hours ? is_in(*of.hours, at) : 0));
        bool const is_empty = range.from && range.before && *range.from >= *range.before;
        BOOST_TEST((is_empty || hours + sum(of.edges, 1h) == is_in(range, at)));
    }
}

BOOST_AUTO_TEST_SUITE_END()
