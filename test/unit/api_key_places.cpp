#include "lib/api/key_places.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <thread>
#include <vector>

namespace bridgewatch::api {
namespace {

constexpr std::uint64_t seed = 20261127;

std::shared_ptr<key_places> with_limit(std::size_t limit)
{
    return std::make_shared<key_places>(limit, seed);
}

} // namespace

BOOST_AUTO_TEST_SUITE(api_key_places)

BOOST_AUTO_TEST_CASE(limit_is_exact_and_a_place_given_back_is_free)
{
    auto const at = with_limit(2);
    auto first = key_places::enter(at, "key0000001");
    auto const second = key_places::enter(at, "key0000001");
    BOOST_TEST(first.has_value());
    BOOST_TEST(second.has_value());
    for (int i = 0; i < 3; ++i) // who is refused takes nothing
        BOOST_TEST(!key_places::enter(at, "key0000001").has_value());
    first.reset();
    BOOST_TEST(key_places::enter(at, "key0000001").has_value());
}

BOOST_AUTO_TEST_CASE(keys_do_not_disturb_each_other)
{
    constexpr std::size_t limit = 100;
    auto const at = with_limit(limit);
    std::vector<key_places::place> held;
    for (std::size_t i = 0; i < limit; ++i)
        held.push_back(*key_places::enter(at, "floodsall0"));
    BOOST_TEST(!key_places::enter(at, "floodsall0").has_value());
    for (int i = 0; i < 10'000; ++i)
        BOOST_TEST_REQUIRE(key_places::enter(at, "key" + std::to_string(i)).has_value());
}

BOOST_AUTO_TEST_CASE(a_place_moves_with_its_owner)
{
    auto const at = with_limit(1);
    {
        auto taken = key_places::enter(at, "key0000001");
        auto const moved = std::move(*taken);
        taken.reset();
        BOOST_TEST(!key_places::enter(at, "key0000001").has_value());
    }
    BOOST_TEST(key_places::enter(at, "key0000001").has_value());
}

BOOST_AUTO_TEST_CASE(all_is_free_again_after_many_threads)
{
    auto const at = with_limit(3);
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&at] {
                for (int i = 0; i < 20'000; ++i)
                    static_cast<void>(key_places::enter(at, "key0000001"));
            });
    }
    std::vector<key_places::place> held;
    for (int i = 0; i < 3; ++i)
        held.push_back(*key_places::enter(at, "key0000001"));
    BOOST_TEST(!key_places::enter(at, "key0000001").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::api
