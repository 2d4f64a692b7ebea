#include "app/resources.hpp"
#include "lib/core/memory.hpp"

#include <boost/test/unit_test.hpp>

namespace bridgewatch {
namespace {

constexpr std::int64_t mib = std::int64_t{1} << 20;

} // namespace

BOOST_AUTO_TEST_SUITE(app_resources)

BOOST_AUTO_TEST_CASE(file_of_a_cgroup_holds_a_number_or_no_limit)
{
    BOOST_TEST(core::bytes_of_memory_max("268435456").value_or(0) == 256 * mib);
    BOOST_TEST(!core::bytes_of_memory_max("max"));
    BOOST_TEST(!core::bytes_of_memory_max(""));
    BOOST_TEST(!core::bytes_of_memory_max("0"));
    BOOST_TEST(!core::bytes_of_memory_max("9223372036854771712")); // v1 without a limit
    BOOST_TEST(!core::bytes_of_memory_max("12 apples"));
}

BOOST_AUTO_TEST_CASE(answers_take_a_quarter_of_the_memory_unless_told_otherwise)
{
    app::serve_options options;
    auto const buffered = [&](std::optional<std::int64_t> memory) {
        return app::fit(options, 1, {.descriptors = 100'000, .memory = memory}).buffered_bytes;
    };
    BOOST_TEST(buffered({}) == 256 * mib);
    BOOST_TEST(buffered(128 * mib) == 32 * mib);
    BOOST_TEST(buffered(8192 * mib) == 256 * mib);
    BOOST_TEST(buffered(1) == mib);
    options.max_buffered_bytes = 5 * mib;
    BOOST_TEST(buffered(8 * mib) == 5 * mib);
}

BOOST_AUTO_TEST_CASE(connections_take_what_descriptors_the_rest_leaves)
{
    app::serve_options options;
    options.threads = 2;
    options.pool_size = 16;
    auto const bounds = [&](std::size_t descriptors, std::size_t pools = 1) {
        return app::fit(options, pools, {.descriptors = descriptors, .memory = {}});
    };
    BOOST_TEST(bounds(1'000'000).connections == options.http.connections);
    BOOST_TEST(bounds(1'000'000).turned_away == options.http.turned_away);
    for (std::size_t const descriptors : {64U, 256U, 1024U, 4096U}) {
        auto const fitted = bounds(descriptors);
        BOOST_TEST(fitted.connections + 2 * fitted.turned_away + 24 < descriptors);
        BOOST_TEST(fitted.connections >= descriptors / 8);
        BOOST_TEST(bounds(descriptors, 2).connections < fitted.connections);
    }
    auto const without = bounds(256).connections;
    options.admin_listen = {"127.0.0.1:1"};
    BOOST_TEST(bounds(1'000'000).admin_connections == options.admin_connections);
    BOOST_TEST(bounds(256).connections + bounds(256).admin_connections < without);
    options.admin_listen = {};
    BOOST_TEST(bounds(256).admin_connections == 0U);
    options.threads = 32; // each has a connection of its own
    options.pool_size = 1;
    auto const small = bounds(1024).connections;
    options.pool_size = 32;
    BOOST_TEST(bounds(1024).connections == small);
    options.threads = 2;
    options.pool_size = 16;
    BOOST_TEST(bounds(10).connections == 4U); // it tries, and tells who knocks
    options.http.connections = 2;
    BOOST_TEST(bounds(10).connections == 2U);
    BOOST_TEST(bounds(1'000'000).connections == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch
