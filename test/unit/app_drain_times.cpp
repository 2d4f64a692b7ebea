#include "app/drain_times.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using bridgewatch::app::drain_times;
using std::chrono::milliseconds;

} // namespace

BOOST_AUTO_TEST_SUITE(app_drain_times)

BOOST_AUTO_TEST_CASE(what_follows_the_requests_fits_into_the_margin)
{
    for (milliseconds whole{0}; whole <= milliseconds{30'000}; whole += milliseconds{37}) {
        drain_times const times{whole};
        auto const closing = times.to_close_pools() + 2 * times.to_end_helpers() + times.for_last_spans();
        BOOST_TEST((closing <= times.margin()), whole.count());
        BOOST_TEST((times.margin() <= whole / 4), whole.count());
    }
}

BOOST_AUTO_TEST_CASE(long_limit_has_a_margin_of_its_own)
{
    drain_times const times{milliseconds{25'000}};
    BOOST_TEST((times.margin() == milliseconds{1250}));
    BOOST_TEST((times.to_close_pools() == milliseconds{500}));
    BOOST_TEST((times.to_end_helpers() == milliseconds{175}));
    BOOST_TEST((times.for_last_spans() == milliseconds{400}));
}

BOOST_AUTO_TEST_SUITE_END()
