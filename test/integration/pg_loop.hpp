#pragma once

#include "db/pg/pool.hpp"
#include "test/support/cluster.hpp"
#include "test/support/waits.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace bridgewatch::test {

namespace asio = boost::asio;

inline pg::steady_time in(std::chrono::milliseconds from_now)
{
    return std::chrono::steady_clock::now() + from_now;
}

inline pg::step sql(std::string text, std::vector<pg::parameter> parameters = {})
{
    return {.sql = std::move(text), .parameters = std::move(parameters), .prepare = true, .sync_after = false};
}

inline pg::step sql_and_sync(std::string text)
{
    return {.sql = std::move(text), .parameters = {}, .prepare = true, .sync_after = true};
}

/// A coroutine on the loop, and what it gave.
template <class T>
struct running {
    std::optional<T> value;
    std::exception_ptr thrown;
    bool ended = false;
    asio::cancellation_signal stop;
};

/// A loop on the test's thread with a pool on it. The loop turns only inside of the functions below.
class pg_loop {
  public:
    explicit pg_loop(std::string database, pg::pool_settings const& settings = {}) : conninfo{std::move(database)}
    {
        auto options = pg::connection_options::parse(conninfo);
        BOOST_TEST_REQUIRE(options.has_value());
        pool.emplace(loop.get_executor(), *options, settings, helpers, [this](pg::event const& what) {
            if (!std::holds_alternative<pg::statement_ended>(what)) // it lives for the call only
                events.push_back(what);
        });
    }

    explicit pg_loop(pg::pool_settings const& settings = {}) : pg_loop{cluster::shared().create_database(), settings} {}

    pg_loop(pg_loop const&) = delete;
    pg_loop& operator=(pg_loop const&) = delete;

    ~pg_loop()
    {
        pool.reset();
        loop.restart();
        loop.poll();
    }

    template <class T>
    std::shared_ptr<running<T>> start(asio::awaitable<T> work)
    {
        auto const out = std::make_shared<running<T>>();
        auto ended = [out](std::exception_ptr thrown) {
            out->thrown = std::move(thrown);
            out->ended = true;
        };
        asio::co_spawn(loop, keep(std::move(work), out), asio::bind_cancellation_slot(out->stop.slot(), ended));
        return out;
    }

    /// Turns the loop until the condition holds. False where it does not within the limit.
    template <class Condition>
    bool until(Condition const& condition, std::chrono::milliseconds limit = waits::limit)
    {
        auto const deadline = in(limit);
        while (!condition()) {
            if (std::chrono::steady_clock::now() >= deadline)
                return false;
            loop.restart();
            loop.run_one_for(waits::poll);
        }
        return true;
    }

    template <class T>
    T finish(std::shared_ptr<running<T>> const& work)
    {
        BOOST_TEST_REQUIRE(until([&] { return work->ended; }, waits::long_limit)); // what is awaited has its own
        if (work->thrown)
            std::rethrow_exception(work->thrown);
        return std::move(*work->value);
    }

    template <class T>
    T wait(asio::awaitable<T> work)
    {
        return finish(start(std::move(work)));
    }

    pg::outcome<pg::lease> borrow(std::chrono::milliseconds limit = waits::limit)
    {
        return wait(pool->acquire(in(limit)));
    }

    pg::lease borrow_or_fail()
    {
        auto got = borrow();
        BOOST_TEST_REQUIRE(got.has_value(), (got ? "" : got.error().diag.message));
        return std::move(*got);
    }

    pg::outcome<pg::step_outcomes> run(pg::lease& on, pg::batch steps, std::chrono::milliseconds limit = waits::limit)
    {
        return wait(on.run(std::move(steps), in(limit)));
    }

    /// First column of the first row of one statement, which must give text.
    std::string text(pg::lease& on, std::string statement)
    {
        auto got = run(on, {sql(std::move(statement))});
        BOOST_TEST_REQUIRE(got.has_value());
        BOOST_TEST_REQUIRE(got->front().has_value());
        return std::string{got->front()->at(0, 0).bytes()};
    }

    /// One statement on a connection borrowed for it; the word of the error where there is one.
    std::string ask(std::string statement)
    {
        auto got = borrow();
        if (!got)
            return std::string{pg::to_string(got.error().code)};
        auto answer = run(*got, {sql(std::move(statement))});
        if (!answer)
            return std::string{pg::to_string(answer.error().code)};
        if (!answer->front())
            return std::string{pg::to_string(answer->front().error().code)};
        return std::string{answer->front()->at(0, 0).bytes()};
    }

    template <class Event>
    [[nodiscard]] std::size_t count() const
    {
        return static_cast<std::size_t>(
            std::ranges::count_if(events, [](auto const& one) { return std::holds_alternative<Event>(one); }));
    }

    std::string conninfo;
    std::vector<pg::event> events;
    asio::io_context loop{1};
    pg::blocking_calls helpers;
    std::optional<pg::pool> pool;

  private:
    template <class T>
    static asio::awaitable<void> keep(asio::awaitable<T> work, std::shared_ptr<running<T>> out)
    {
        auto value = co_await std::move(work);
        out->value.emplace(std::move(value));
    }
};

/// How many statements other than our own the database runs now.
inline std::string active_statements(std::string const& conninfo)
{
    return cluster::value(conninfo, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                                    "state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()");
}

inline bool failed_with(pg::outcome<pg::rows> const& got, pg::errc code)
{
    return got.has_error() && got.error().code == code;
}

inline bool failed_with(pg::outcome<pg::step_outcomes> const& got, pg::errc code)
{
    return got.has_error() && got.error().code == code;
}

inline bool failed_with(pg::outcome<pg::lease> const& got, pg::errc code)
{
    return got.has_error() && got.error().code == code;
}

} // namespace bridgewatch::test
