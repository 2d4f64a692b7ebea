// Which user belongs to which name, whatever the server says?
#include "db/store/identities.hpp"
#include "test/support/made_rows.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>

namespace bridgewatch::store {
namespace {

using test::int8_cell, test::uuid_cell;

BOOST_AUTO_TEST_SUITE(store_identities)

BOOST_AUTO_TEST_CASE(users_are_in_the_order_of_their_names)
{
    auto const found = users_in(test::made_rows(2, {{int8_cell(3), uuid_cell(3)}, {int8_cell(1), uuid_cell(1)}}), 3);
    BOOST_TEST_REQUIRE(found.size() == 3U);
    BOOST_TEST((found[0] && found[0]->bytes.front() == 1));
    BOOST_TEST(!found[1]);
    BOOST_TEST((found[2] && found[2]->bytes.back() == 3));
}

BOOST_AUTO_TEST_CASE(a_row_of_no_name_is_passed_over)
{
    using limits = std::numeric_limits<std::int64_t>;
    for (auto const ordinal : {limits::min(), std::int64_t{-1}, std::int64_t{0}, std::int64_t{3}, limits::max()}) {
        auto const found = users_in(test::made_rows(2, {{int8_cell(ordinal), uuid_cell(1)}}), 2);
        BOOST_TEST((!found[0] && !found[1]));
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::store
