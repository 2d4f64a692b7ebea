#include "db/pg/pool_impl.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <libpq-fe.h>

#include <array>
#include <exception>
#include <utility>

namespace asio = boost::asio;

namespace bridgewatch::pg {
namespace {

using clock = std::chrono::steady_clock;
constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

/// For an answer to a Sync; less than callers are ready to wait, so that a dead connection still leaves time for
/// another.
constexpr std::chrono::seconds ping_limit{1};

/// A cancel that could not be sent for so long, since a server that hangs held the ones before it, is not sent any
/// more: it would hold up those for the server's successor, and limits of their own have ended most statements by then.
constexpr std::chrono::seconds cancel_pays{10};

std::chrono::microseconds since(clock::time_point begin)
{
    return std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - begin);
}

asio::awaitable<bool> ping(std::shared_ptr<connection> of)
{
    if (!of->queue({}))
        co_return false;
    auto const deadline = clock::now() + ping_limit;
    auto const ended = co_await connection::drive(of, deadline);
    co_return ended == connection::ended::done;
}

/// Reads what is left of a pipeline, waits for the end of PQcancel, which else might hit the next statement, and then
/// ends a transaction that was left open (only then: the cancel might hit the ROLLBACK).
asio::awaitable<bool> bring_back(std::shared_ptr<connection> of, clock::time_point deadline)
{
    auto const drained = co_await connection::drive(of, deadline);
    if (drained != connection::ended::done)
        co_return false;
    auto const cancel_over = co_await connection::cancel_is_over(of, deadline);
    if (!cancel_over)
        co_return false;
    if (of->condition() == pool_core::condition::unsettled) {
        batch const rollback{{.sql = "ROLLBACK", .parameters = {}, .prepare = false, .sync_after = true}};
        if (!of->queue(rollback))
            co_return false;
        auto const rolled_back = co_await connection::drive(of, deadline);
        if (rolled_back != connection::ended::done)
            co_return false;
    }
    co_return of->condition() == pool_core::condition::clean;
}

} // namespace

class pool_impl::waiting_caller {
  public:
    waiting_caller(pool_impl& pool, pool_core::waiter_id id) : pool_{pool}, id_{id}
    {
        pool_.callers_.emplace(id_, this);
    }

    waiting_caller(waiting_caller const&) = delete;
    waiting_caller& operator=(waiting_caller const&) = delete;

    /// Also where its coroutine is destroyed while it waits.
    ~waiting_caller()
    {
        pool_.callers_.erase(id_);
        if (!decided())
            static_cast<void>(pool_.core_.leave(id_));
    }

    [[nodiscard]] bool decided() const { return got || refused; }

    void wake()
    {
        if (timer)
            timer->cancel();
    }

    std::optional<lease> got; ///< goes back by itself where nobody takes it from here
    std::optional<errc> refused;
    std::optional<asio::steady_timer> timer; ///< only where it has to wait

  private:
    pool_impl& pool_;
    pool_core::waiter_id id_;
};

pool_impl::pool_impl(asio::any_io_executor loop, connection_options options, pool_settings const& settings,
                     blocking_calls& helpers, event_handler on_event)
    : loop_{std::move(loop)},
      options_{std::make_shared<connection_options const>(std::move(options))},
      settings_{settings},
      helpers_{helpers},
      on_event_{std::move(on_event)},
      mailbox_{std::make_shared<mailbox>(loop_)},
      core_{{.size = settings.size,
             .waiters = settings.waiters,
             .backoff_min = settings.backoff_min,
             .backoff_max = settings.backoff_max,
             .check_after = settings.check_after,
             .patience = settings.patience,
             .stands_in = settings.stands_in,
             .queue_target = settings.queue_target}},
      slots_(std::max<std::size_t>(settings.size, 1)),
      retry_{loop_},
      quiet_{loop_}
{
}

void pool_impl::start()
{
    apply(core_.start(clock::now()));
}

asio::awaitable<outcome<lease>> pool_impl::acquire(std::shared_ptr<pool_impl> self, steady_time deadline, standing who)
{
    auto const id = ++self->last_waiter_;
    waiting_caller me{*self, id};
    self->apply(
        self->core_.acquire({.id = id, .deadline = deadline, .under_way = who == standing::under_way}, clock::now()));
    if (!me.decided()) {
        auto const throws = co_await asio::this_coro::throw_if_cancelled();
        auto const cancellation = co_await asio::this_coro::cancellation_state;
        co_await asio::this_coro::throw_if_cancelled(false);
        if (cancellation.cancelled() == asio::cancellation_type::none) {
            me.timer.emplace(self->loop_, deadline);
            auto const [stopped] = co_await me.timer->async_wait(no_throw);
            static_cast<void>(stopped); // who ended the wait is seen by what has been decided
        }
        co_await asio::this_coro::throw_if_cancelled(throws);
        if (!me.decided()) {
            auto const late = self->core_.leave(id);
            me.refused = cancellation.cancelled() == asio::cancellation_type::none ? late : errc::cancelled;
        }
    }
    if (me.refused) {
        auto diag = *me.refused == errc::database_down ? self->last_failure_ : diagnostics{};
        co_return failure{.code = *me.refused, .diag = std::move(diag)};
    }
    co_return std::move(*me.got);
}

asio::awaitable<void> pool_impl::close(std::shared_ptr<pool_impl> self, steady_time deadline)
{
    auto const throws = co_await asio::this_coro::throw_if_cancelled();
    auto const cancellation = co_await asio::this_coro::cancellation_state;
    co_await asio::this_coro::throw_if_cancelled(false);
    self->apply(self->core_.begin_close());
    while (!self->quiet() && clock::now() < deadline && cancellation.cancelled() == asio::cancellation_type::none) {
        self->quiet_.expires_at(deadline);
        auto const [stopped] = co_await self->quiet_.async_wait(no_throw);
        static_cast<void>(stopped);
    }
    self->abandon();
    co_await asio::this_coro::throw_if_cancelled(throws);
}

void pool_impl::abandon()
{
    mailbox_->shut();
    retry_.cancel();
    apply(core_.abandon());
    quiet_.cancel();
}

bool pool_impl::lends_one_at_a_time() const
{
    // Once or twice happens to a busy pool too.
    constexpr std::size_t least = 16;
    return lent_alone_ >= least && core_.count(pool_core::slot_state::lent) == 1 && core_.waiting() == 0;
}

pool_stats pool_impl::stats() const
{
    using enum pool_core::slot_state;
    return {.open = core_.open(),
            .idle = core_.count(idle),
            .in_use = core_.count(lent),
            .waiting = core_.waiting(),
            .reachable = core_.open() > 0,
            .last_failure = last_failure_,
            .connects = connects_};
}

void pool_impl::give_back(std::size_t slot)
{
    auto const how = slots_[slot].open->condition();
    apply(core_.returned(slot, how, clock::now()));
    watch_idle(slot);
}

void pool_impl::apply(pool_core::actions const& actions)
{
    for (auto const& one : actions)
        std::visit([this](auto const& what) { carry_out(what); }, one);
}

void pool_impl::carry_out(pool_core::connect const& what)
{
    auto const attempt = ++slots_[what.slot].attempt;
    auto work = [box = mailbox_, pool = weak_from_this(), options = options_, limit = settings_.connect_timeout,
                 at = what.slot, attempt] {
        auto const begin = clock::now();
        auto result = connect_blocking(*options, limit);
        box->deliver([pool, at, attempt, took = since(begin), result = std::move(result)]() mutable {
            if (auto const self = pool.lock())
                self->connect_ended(at, attempt, std::move(result), took);
        });
    };
    asio::post(helpers_.connecting(), std::move(work));
}

void pool_impl::connect_ended(std::size_t at, std::uint64_t attempt, outcome<raw_connection> result,
                              std::chrono::microseconds took)
{
    if (slots_[at].attempt != attempt)
        return;
    if (!result) {
        connect_failed(at, result.error().diag);
        return;
    }
    auto const statements = settings_.prepared_statements ? settings_.statement_cache : 0;
    auto tell = [pool = weak_from_this()](notice const& told) {
        if (auto const self = pool.lock())
            self->on_event_(told);
    };
    auto adopted = connection::adopt(loop_, std::move(*result), statements, std::move(tell));
    if (!adopted) {
        connect_failed(at, adopted.error().diag);
        return;
    }
    slots_[at].open = std::move(*adopted);
    ++connects_;
    on_event_(pg::connected{.took = took});
    if (std::exchange(was_down_, false))
        on_event_(database_back{});
    apply(core_.connected(at, clock::now()));
    watch_idle(at);
}

void pool_impl::connect_failed(std::size_t at, diagnostics diag)
{
    was_down_ = true;
    last_failure_ = diag;
    auto const actions = core_.connect_failed(at, clock::now(), random());
    std::chrono::milliseconds next_try{0};
    for (auto const& one : actions) {
        if (auto const* pause = std::get_if<pool_core::retry_after>(&one))
            next_try = pause->pause;
    }
    on_event_(pg::connect_failed{.diag = std::move(diag), .next_try = next_try});
    apply(actions);
}

void pool_impl::carry_out(pool_core::lend const& what)
{
    auto const& open = slots_[what.slot].open;
    open->unwatch();
    if (!open->alive()) {
        apply(core_.lend_failed(what, clock::now()));
        return;
    }
    lent_alone_ = core_.count(pool_core::slot_state::lent) == 1 ? lent_alone_ + 1 : 0;
    auto& caller = *callers_.at(what.to.id);
    caller.got = lease{shared_from_this(), what.slot};
    caller.wake();
}

void pool_impl::carry_out(pool_core::refuse const& what)
{
    auto& caller = *callers_.at(what.who);
    caller.refused = what.why;
    caller.wake();
}

void pool_impl::carry_out(pool_core::close const& what)
{
    auto& at = slots_[what.slot];
    ++at.attempt;
    if (auto const open = std::exchange(at.open, nullptr)) {
        auto why = open->why();
        open->shut();
        on_event_(connection_closed{.why = std::move(why)});
    }
    if (quiet())
        quiet_.cancel();
}

void pool_impl::carry_out(pool_core::ping const& what)
{
    auto const open = slots_[what.slot].open;
    open->unwatch();
    ++jobs_;
    auto ended = [self = shared_from_this(), open, at = what.slot](std::exception_ptr const& thrown, bool good) {
        self->job_ended();
        if (self->slots_[at].open != open)
            return;
        self->apply(self->core_.pinged(at, good && !thrown, clock::now()));
        self->watch_idle(at);
    };
    asio::co_spawn(loop_, ping(open), std::move(ended));
}

void pool_impl::carry_out(pool_core::recover const& what)
{
    auto const open = slots_[what.slot].open;
    auto const cancelled = !open->mid_pipeline() || send_cancel(open);
    auto const deadline = clock::now() + (cancelled ? settings_.drain_limit : std::chrono::milliseconds::zero());
    ++jobs_;
    auto ended = [self = shared_from_this(), open, at = what.slot](std::exception_ptr const& thrown, bool good) {
        self->job_ended();
        if (self->slots_[at].open != open)
            return;
        self->apply(self->core_.recovered(at, good && !thrown, clock::now()));
        self->watch_idle(at);
    };
    asio::co_spawn(loop_, bring_back(open, deadline), std::move(ended));
}

void pool_impl::carry_out(pool_core::retry_after const& what)
{
    retry_.expires_after(what.pause);
    retry_.async_wait([pool = weak_from_this()](boost::system::error_code stopped) {
        auto const self = pool.lock();
        if (!stopped && self)
            self->apply(self->core_.retry_due(clock::now()));
    });
}

/// @return false where the queue is full of calls that do not come back: the connection is then closed instead.
bool pool_impl::send_cancel(std::shared_ptr<connection> const& of)
{
    if (cancels_ >= slots_.size() || !of->cancel_handle())
        return false;
    ++cancels_;
    of->cancel_begins();
    // The letter may be destroyed on the helper's thread, where a connection must not end: it holds only weak ones.
    auto work = [box = mailbox_, handle = of->cancel_handle(), pool = weak_from_this(),
                 target = std::weak_ptr<connection>{of}, asked = clock::now()] {
        auto const begin = clock::now();
        std::array<char, 256> reason{};
        bool const is_in_time = begin - asked < cancel_pays;
        auto const accepted = is_in_time && PQcancel(handle.get(), reason.data(), static_cast<int>(reason.size())) == 1;
        box->deliver([pool, target, accepted, took = since(begin)] {
            auto const self = pool.lock();
            if (!self)
                return;
            --self->cancels_;
            self->on_event_(cancel_sent{.accepted = accepted, .took = took});
            if (auto const open = target.lock())
                open->cancel_ended();
        });
    };
    asio::post(helpers_.cancelling(), std::move(work));
    return true;
}

void pool_impl::watch_idle(std::size_t at)
{
    if (core_.state(at) != pool_core::slot_state::idle)
        return;
    slots_[at].open->watch([pool = weak_from_this(), at] {
        auto const self = pool.lock();
        if (self && self->core_.state(at) == pool_core::slot_state::idle)
            self->apply(self->core_.idle_lost(at, clock::now(), self->random()));
    });
}

void pool_impl::job_ended()
{
    --jobs_;
    if (quiet())
        quiet_.cancel();
}

} // namespace bridgewatch::pg
