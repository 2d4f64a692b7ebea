#include "lib/api/pool_share.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <vector>

namespace bridgewatch::api {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// A share of that size, and who has come into it.
struct crowd {
    explicit crowd(std::size_t size) : share{size} {}

    /// Comes, and holds its place until let_go(name).
    void come(std::string const& caller, std::string const& name, std::chrono::milliseconds patience = 1h)
    {
        auto arrived = [this, name](std::exception_ptr const&, std::optional<pool_share::place> got) {
            if (!got)
                return refused.push_back(name);
            in.push_back(name);
            held.emplace(name, std::move(*got));
        };
        asio::co_spawn(loop, share.enter(caller, std::chrono::steady_clock::now() + patience),
                       asio::bind_cancellation_slot(leaves[name].slot(), std::move(arrived)));
        run();
    }

    void let_go(std::string const& name)
    {
        held.erase(name);
        run();
    }

    void leave(std::string const& name)
    {
        leaves[name].emit(asio::cancellation_type::terminal);
        run();
    }

    void run()
    {
        loop.restart();
        loop.poll();
    }

    asio::io_context loop;
    pool_share share;
    std::map<std::string, asio::cancellation_signal> leaves;
    std::map<std::string, pool_share::place> held;
    std::vector<std::string> in, refused;
};

using names = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(api_pool_share)

BOOST_AUTO_TEST_CASE(places_are_exact_and_passed_on_in_order)
{
    crowd at{2};
    for (auto const* name : {"1", "2", "3", "4"})
        at.come("alice", name);
    BOOST_TEST(at.in == (names{"1", "2"}), boost::test_tools::per_element());
    BOOST_TEST(!at.share.try_enter("alice").has_value());
    at.let_go("2");
    at.let_go("1");
    BOOST_TEST(at.in == (names{"1", "2", "3", "4"}), boost::test_tools::per_element());
    at.let_go("3");
    BOOST_TEST(at.share.try_enter("alice").has_value());
}

BOOST_AUTO_TEST_CASE(who_asks_for_much_waits_for_itself)
{
    crowd at{2};
    for (auto const* name : {"a1", "a2", "a3", "a4"})
        at.come("alice", name);
    at.come("bob", "b1");
    at.come("bob", "b2");
    at.let_go("a1");
    BOOST_TEST(at.in.back() == "b1"); // alice has one, bob has none
    at.let_go("a2");
    BOOST_TEST(at.in.back() == "a3"); // alice has none, bob has one
    at.let_go("b1");
    BOOST_TEST(at.in.back() == "b2");
}

BOOST_AUTO_TEST_CASE(queue_is_bounded_and_no_caller_fills_it)
{
    crowd at{1};
    at.come("alice", "in");
    for (int i = 0; i < 9; ++i)
        at.come("alice", "a" + std::to_string(i));
    BOOST_TEST(at.share.waiting() == 8U);
    BOOST_TEST(at.refused == (names{"a8"}), boost::test_tools::per_element());
    for (int i = 0; i < 9; ++i)
        at.come(i % 2 == 0 ? "bob" : "carol", "o" + std::to_string(i));
    BOOST_TEST(at.share.waiting() == 16U);
    BOOST_TEST(at.refused == (names{"a8", "o8"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(who_leaves_is_passed_over)
{
    crowd at{1};
    at.come("alice", "in");
    at.come("bob", "gone");
    at.come("carol", "late", 1ms);
    at.come("dave", "stays");
    at.leave("gone");
    at.loop.restart();
    at.loop.run_for(20ms);
    BOOST_TEST(at.refused == (names{"gone", "late"}), boost::test_tools::per_element());
    at.let_go("in");
    BOOST_TEST(at.in == (names{"in", "stays"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_place_may_outlive_the_share)
{
    std::optional<pool_share::place> kept;
    {
        pool_share share{1};
        kept = share.try_enter("alice");
    }
    BOOST_TEST(kept.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::api
