// Do the answers of all loops stay within one bound, in order of arrival, and is none left waiting?
#include "lib/http/buffer_budget.hpp"
#include "test/support/waits.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

using namespace bridgewatch::http;
using namespace bridgewatch::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

using taken = std::optional<buffer_share>;

/// A loop on a thread of its own.
class loop {
  public:
    loop() = default;
    loop(loop const&) = delete;
    loop& operator=(loop const&) = delete;

    ~loop()
    {
        work_.reset();
        context_.stop();
        thread_.join();
    }

    std::future<taken> take(std::shared_ptr<buffer_budget> const& from, std::size_t bytes,
                            std::chrono::milliseconds limit = waits::limit)
    {
        return asio::co_spawn(context_, from->take(bytes, steady_clock::now() + limit), asio::use_future);
    }

    asio::io_context& context() { return context_; }

  private:
    asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
    std::thread thread_{[this] { context_.run(); }};
};

bool is_ready(std::future<taken> const& one, std::chrono::milliseconds within = waits::limit)
{
    return one.wait_for(within) == std::future_status::ready;
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_buffer_budget)

BOOST_AUTO_TEST_CASE(takes_up_to_the_limit_and_not_a_byte_more)
{
    auto const budget = std::make_shared<buffer_budget>(100);
    auto first = budget->try_take(60);
    BOOST_TEST_REQUIRE(first.has_value());
    BOOST_TEST(!budget->try_take(41).has_value());
    auto const second = budget->try_take(40);
    BOOST_TEST(second.has_value());
    BOOST_TEST(budget->used() == 100U);
    first->resize(10);
    BOOST_TEST(budget->used() == 50U);
    first->resize(90); // there is no room, but the bytes are there
    BOOST_TEST(budget->used() == 130U);
    first.reset();
    BOOST_TEST(budget->used() == 40U);
}

BOOST_AUTO_TEST_CASE(who_waits_gets_room_from_another_loop_in_order_of_arrival)
{
    auto const budget = std::make_shared<buffer_budget>(100);
    loop here;
    loop there;
    auto held = std::optional{budget->charge(100)};
    auto large = here.take(budget, 80);
    BOOST_TEST(!is_ready(large, waits::nothing_happens));
    auto small = there.take(budget, 30);
    held->resize(60);                                     // room for the small one, which came later
    BOOST_TEST(!is_ready(small, waits::nothing_happens)); // it would starve the large one
    BOOST_TEST(!budget->try_take(1).has_value());
    held.reset();
    BOOST_TEST_REQUIRE(is_ready(large));
    auto got = large.get();
    BOOST_TEST_REQUIRE(got.has_value());
    BOOST_TEST(budget->used() == 80U);
    BOOST_TEST(!is_ready(small, waits::nothing_happens));
    got.reset();
    BOOST_TEST_REQUIRE(is_ready(small));
    BOOST_TEST(small.get().has_value());
    BOOST_TEST(budget->used() == 0U);
}

BOOST_AUTO_TEST_CASE(wait_ends_at_its_deadline_and_lets_those_behind_go_on)
{
    auto const budget = std::make_shared<buffer_budget>(100);
    loop one;
    auto const held = budget->charge(50);
    auto large = one.take(budget, 80, 100ms);
    auto small = one.take(budget, 30);
    BOOST_TEST_REQUIRE(is_ready(large));
    BOOST_TEST(!large.get().has_value());
    BOOST_TEST_REQUIRE(is_ready(small));
    BOOST_TEST(small.get().has_value());
    BOOST_TEST(budget->used() == 50U);
}

BOOST_AUTO_TEST_CASE(more_than_the_limit_is_given_alone)
{
    auto const budget = std::make_shared<buffer_budget>(100);
    loop one;
    auto held = std::optional{budget->charge(1)};
    auto huge = one.take(budget, 1000);
    BOOST_TEST(!is_ready(huge, waits::nothing_happens));
    held.reset();
    BOOST_TEST_REQUIRE(is_ready(huge));
    BOOST_TEST(huge.get().has_value());
    BOOST_TEST(budget->used() == 0U);
}

BOOST_AUTO_TEST_CASE(cancelled_wait_leaves_its_place)
{
    auto const budget = std::make_shared<buffer_budget>(100);
    loop one;
    auto held = std::optional{budget->charge(100)};
    asio::cancellation_signal stop;
    std::promise<bool> ended;
    asio::co_spawn(one.context(), budget->take(80, steady_clock::now() + waits::limit),
                   asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr const&, taken const& got) {
                       ended.set_value(got.has_value());
                   }));
    auto behind = one.take(budget, 100);
    BOOST_TEST(!is_ready(behind, waits::nothing_happens));
    asio::post(one.context(), [&] { stop.emit(asio::cancellation_type::terminal); });
    auto answer = ended.get_future();
    BOOST_TEST_REQUIRE((answer.wait_for(waits::limit) == std::future_status::ready));
    BOOST_TEST(!answer.get());
    held.reset();
    BOOST_TEST(is_ready(behind));
}

BOOST_AUTO_TEST_CASE(loop_that_ends_takes_its_waiters_along)
{
    auto const budget = std::make_shared<buffer_budget>(100);
    auto held = std::optional{budget->charge(100)};
    loop stays;
    std::future<taken> behind;
    {
        loop goes;
        auto const lost = goes.take(budget, 80);
        BOOST_TEST(!is_ready(lost, waits::nothing_happens));
        behind = stays.take(budget, 100);
    }
    held.reset();
    BOOST_TEST(is_ready(behind));
}

BOOST_AUTO_TEST_CASE(many_takers_on_two_loops_never_pass_the_limit)
{
    auto const budget = std::make_shared<buffer_budget>(100);
    std::atomic<std::size_t> most = 0;
    auto const worker = [&](std::size_t bytes) -> asio::awaitable<int> {
        auto served = 0;
        for (auto round = 0; round < 500; ++round) {
            auto const got = co_await budget->take(bytes, steady_clock::now() + waits::limit);
            if (!got)
                break;
            auto const used = budget->used();
            for (auto seen = most.load(); seen < used && !most.compare_exchange_weak(seen, used);) {
            }
            co_await asio::post(asio::use_awaitable); // others have their turn while it is held
            ++served;
        }
        co_return served;
    };
    loop here;
    loop there;
    std::vector<std::future<int>> workers;
    for (std::size_t i = 0; i < 24; ++i)
        workers.push_back(
            asio::co_spawn(i % 2 ? here.context() : there.context(), worker(20 + i * 3), asio::use_future));
    for (auto& one : workers) {
        BOOST_TEST_REQUIRE((one.wait_for(waits::long_limit) == std::future_status::ready));
        BOOST_TEST(one.get() == 500);
    }
    BOOST_TEST(most.load() <= 100U);
    BOOST_TEST(budget->used() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
