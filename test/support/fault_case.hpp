#pragma once

#include "grammar/check.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <ostream>
#include <string_view>
#include <vector>

/// A query with one fault, and how that fault is to read.
namespace bridgewatch::test {

/// `place` is the faulty text itself, so that a table shows what a caret would. Where it is written more than once, the
/// fault is at the `nth` (from 1).
struct fault_case {
    std::string_view name, query;
    grammar::fault_code code{};
    std::string_view place;
    std::string_view field, detail;
    std::size_t nth = 1;
};

inline std::ostream& operator<<(std::ostream& out, fault_case const& c)
{
    return out << c.name;
}

[[nodiscard]] inline std::string_view place_in(std::string_view query, grammar::fault const& f)
{
    return query.substr(f.where.value().offset, f.where.value().length);
}

/// That this is the one fault.
inline void expect_fault(fault_case const& c, std::vector<grammar::fault> const& faults)
{
    BOOST_TEST_REQUIRE(faults.size() == 1U);
    BOOST_TEST((faults[0].code == c.code));
    BOOST_TEST(faults[0].field == c.field);
    BOOST_TEST(faults[0].detail == c.detail);
    BOOST_TEST(place_in(c.query, faults[0]) == c.place);
    auto offset = c.query.find(c.place);
    for (std::size_t i = 1; i < c.nth; ++i)
        offset = c.query.find(c.place, offset + 1);
    BOOST_TEST(faults[0].where.value().offset == offset);
}

} // namespace bridgewatch::test
