// Callers that are told apart by nothing: who goes next, who may wait, and is a place never lost?
#include "lib/api/pool_share.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace {

namespace asio = boost::asio;
using bridgewatch::api::pool_share;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

struct stage {
    asio::io_context loop{1};
    pool_share queue{1, {.all = 2, .of_one_caller = 2}};
    std::string heard; ///< "+a" came on, "-a" left, "!a" was not let

    asio::awaitable<void> play(char name, std::chrono::milliseconds patience, std::chrono::milliseconds stay)
    {
        auto const turn = co_await queue.enter({}, steady_clock::now() + patience);
        if (!turn) {
            heard += std::string{"!"} + name;
            co_return;
        }
        heard += std::string{"+"} + name;
        asio::steady_timer pause{loop, stay};
        co_await pause.async_wait(asio::use_awaitable);
        heard += std::string{"-"} + name;
    }

    void enter(char name, std::chrono::milliseconds patience, std::chrono::milliseconds stay = 20ms)
    {
        asio::co_spawn(loop, play(name, patience, stay), asio::detached);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(api_pool_share_queue)

BOOST_AUTO_TEST_CASE(in_order_of_arrival_and_only_so_many_wait)
{
    stage s;
    for (char const name : {'a', 'b', 'c', 'd'})
        s.enter(name, 10s);
    s.loop.run();
    BOOST_TEST(s.heard == "+a!d-a+b-b+c-c");
}

BOOST_AUTO_TEST_CASE(who_waits_too_long_leaves_and_takes_no_turn_along)
{
    stage s;
    s.enter('a', 10s, 60ms);
    s.enter('b', 10ms);
    s.enter('c', 10s);
    s.loop.run();
    BOOST_TEST(s.heard == "+a!b-a+c-c");
    s.heard.clear();
    s.loop.restart();
    s.enter('d', 10s); // the turn came back
    s.loop.run();
    BOOST_TEST(s.heard == "+d-d");
}

BOOST_AUTO_TEST_CASE(cancelled_in_the_queue)
{
    stage s;
    asio::cancellation_signal stop;
    s.enter('a', 10s);
    asio::co_spawn(s.loop, s.play('b', 10s, 1ms), asio::bind_cancellation_slot(stop.slot(), asio::detached));
    s.enter('c', 10s);
    asio::post(s.loop, [&] { stop.emit(asio::cancellation_type::terminal); });
    s.loop.run();
    BOOST_TEST(s.heard == "+a!b-a+c-c");
}

BOOST_AUTO_TEST_CASE(coroutines_may_outlive_the_queue)
{
    asio::io_context loop{1};
    {
        pool_share queue{1, {.all = 2, .of_one_caller = 2}};
        auto const hold = [](pool_share& in, asio::io_context& on) -> asio::awaitable<void> {
            auto const turn = co_await in.enter({}, steady_clock::now() + 10s);
            asio::steady_timer pause{on, 10s};
            co_await pause.async_wait(asio::use_awaitable);
        };
        asio::co_spawn(loop, hold(queue, loop), asio::detached);
        asio::co_spawn(loop, hold(queue, loop), asio::detached);
        BOOST_TEST(loop.poll() > 0U);
    }
} // the loop goes last, with what still waits on it

BOOST_AUTO_TEST_SUITE_END()
