#include "db/pg/backoff.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>
#include <ostream>
#include <string_view>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::pg {
namespace {

using namespace std::chrono_literals;

struct pause_case {
    std::string_view name;
    std::size_t failures;
    double random;
    std::chrono::milliseconds pause;
};

std::ostream& operator<<(std::ostream& out, pause_case const& c)
{
    return out << c.name;
}

pause_case const pause_cases[] = {
    {"first", 1, 0, 50ms},
    {"first, shortened", 1, 0.5, 37ms},
    {"second", 2, 0, 100ms},
    {"fifth", 5, 0, 800ms},
    {"sixth is at the bound", 6, 0, 1000ms},
    {"the bound, most shortened", 6, 0.999, 500ms},
    {"as many as there are", std::numeric_limits<std::size_t>::max(), 0, 1000ms},
};

struct wanted_case {
    std::string_view name;
    pool_counts counts;
    std::size_t wanted;
};

std::ostream& operator<<(std::ostream& out, wanted_case const& c)
{
    return out << c.name;
}

wanted_case const wanted_cases[] = {
    {"nothing open, nobody waits", {.size = 4}, 1},
    {"nothing open, many wait", {.size = 4, .waiting = 9}, 1},
    {"nothing open, one is coming", {.size = 4, .connecting = 1, .waiting = 9}, 0},
    {"in a pause", {.size = 4, .waiting = 9, .paused = true}, 0},
    {"open, nobody waits", {.size = 4, .open = 1}, 0},
    {"as many as wait", {.size = 4, .open = 1, .waiting = 2}, 2},
    {"no more than there is room", {.size = 4, .open = 2, .connecting = 1, .waiting = 9}, 1},
    {"those that come are counted", {.size = 4, .open = 1, .connecting = 1, .waiting = 2}, 1},
    {"those in check are counted", {.size = 4, .open = 1, .checking = 1, .waiting = 1}, 0},
    {"full", {.size = 4, .open = 4, .waiting = 9}, 0},
};

BOOST_AUTO_TEST_SUITE(pg_backoff)

BOOST_DATA_TEST_CASE(pause_is_as_agreed, bdata::make(pause_cases), c)
{
    BOOST_TEST(backoff(c.failures, 50ms, 1000ms, c.random).count() == c.pause.count());
}

BOOST_DATA_TEST_CASE(connects_are_as_many_as_needed, bdata::make(wanted_cases), c)
{
    BOOST_TEST(connects_wanted(c.counts) == c.wanted);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace bridgewatch::pg
