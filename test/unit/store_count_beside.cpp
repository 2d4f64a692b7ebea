// A page that needs no count ends it, wherever the count is, and is answered with what it found itself.
#include "db/store/count_beside.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <optional>
#include <ostream>

namespace {

using namespace bridgewatch;
namespace asio = boost::asio;
namespace bdata = boost::unit_test::data;
using namespace std::chrono_literals;

struct answer {
    bool cursor_found = true;
    store::count_answer count;
};

using page_outcome = pg::outcome<answer>;
using count_outcome = pg::outcome<store::count_answer>;

asio::awaitable<void> wait(std::chrono::milliseconds for_so_long)
{
    asio::steady_timer timer{co_await asio::this_coro::executor, for_so_long};
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<page_outcome> page(page_outcome found)
{
    co_await wait(1ms);
    co_return found;
}

/// A round trip lets no cancellation throw, and may have its answer although it was cancelled: then the next one
/// throws.
asio::awaitable<count_outcome> count(bool is_between)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await wait(10s);
    co_await asio::this_coro::throw_if_cancelled(true);
    if (is_between)
        co_await wait(1ms);
    co_return pg::failure{.code = pg::errc::cancelled, .diag = {}};
}

struct ended_page {
    char const* name;
    page_outcome found;
};

std::ostream& operator<<(std::ostream& out, ended_page const& one)
{
    return out << one.name;
}

ended_page const ended_pages[] = {
    {"a page that failed", pg::failure{.code = pg::errc::statement_timeout, .diag = {}}},
    {"a cursor that names no row", answer{.cursor_found = false, .count = {}}},
};

} // namespace

BOOST_AUTO_TEST_SUITE(store_count_beside)

BOOST_DATA_TEST_CASE(a_page_that_needs_no_count_is_answered, bdata::make(ended_pages) * bdata::make({false, true}), one,
                     is_between)
{
    asio::io_context loop;
    std::exception_ptr thrown;
    std::optional<page_outcome> got;
    asio::co_spawn(loop, store::beside(page(one.found), count(is_between)),
                   [&](std::exception_ptr const& failed, page_outcome const& found) {
                       thrown = failed;
                       if (!failed)
                           got = found;
                   });
    loop.run();
    BOOST_TEST(!thrown);
    BOOST_TEST_REQUIRE(got.has_value());
    BOOST_TEST_REQUIRE(got->has_value() == one.found.has_value());
    if (got->has_value())
        BOOST_TEST(!(*got)->cursor_found);
    else
        BOOST_TEST((got->error().code == one.found.error().code));
}

BOOST_AUTO_TEST_SUITE_END()
