#include "db/pg/connection.hpp"
#include "db/pg/diagnose.hpp"
#include "db/pg/send.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <libpq-fe.h>
#include <openssl/ssl.h>

#include <utility>

#include <sys/socket.h>

namespace asio = boost::asio;

namespace bridgewatch::pg {
namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
using descriptor = asio::posix::stream_descriptor;

/// Then the loop has its turn, however much is there.
constexpr unsigned reads_without_wait = 64;

/// An answer in so many pieces is a page, and more will come.
constexpr unsigned pieces_of_a_page = 4;

std::string field(PGresult const* result, int which)
{
    auto const* text = PQresultErrorField(result, which);
    return text != nullptr ? text : "";
}

} // namespace

// SIGPIPE needs no care: libpq sends with MSG_NOSIGNAL and masks the signal around TLS writes (libpq, "Asynchronous
// Command Processing" and PQsendSome in its source).
connection::connection(asio::any_io_executor const& loop, raw_connection raw, std::size_t statements,
                       notice_handler on_notice)
    : raw_{std::move(raw)},
      socket_{loop, PQsocket(raw_.get())},
      limit_{loop},
      cancel_over_{loop},
      cancel_{PQgetCancel(raw_.get()), &PQfreeCancel},
      on_notice_{std::move(on_notice)}
{
    if (statements > 0)
        cache_.emplace(statements);
    PQsetNoticeReceiver(raw_.get(), &connection::receive_notice, this);
}

outcome<std::shared_ptr<connection>> connection::adopt(asio::any_io_executor const& loop, raw_connection raw,
                                                       std::size_t statements, notice_handler on_notice)
{
    if (PQsetnonblocking(raw.get(), 1) != 0 || PQenterPipelineMode(raw.get()) != 1)
        return failure{.code = errc::connection_lost, .diag = diagnostics_of(raw.get())};
    return std::shared_ptr<connection>{new connection{loop, std::move(raw), statements, std::move(on_notice)}};
}

outcome<void> connection::queue(batch const& steps, bool flushes_each)
{
    if (!raw_ || mid_pipeline())
        return failure{.code = errc::protocol, .diag = {.sqlstate = {}, .message = "the connection is not free"}};
    auto layout = lay_out(steps, cache_ ? &*cache_ : nullptr, buffer_ == buffer::too_small);
    if (layout.empty())
        layout.emplace_back();
    else if (buffer_ == buffer::too_small)
        buffer_ = buffer::grown;
    std::vector<command> commands;
    commands.reserve(layout.size());
    step_notes_.assign(steps.size(), {});
    for (auto& one : layout) {
        bool const flushes = one.what.of == command::kind::query && (flushes_each || steps[one.what.step].flush_after);
        bool const is_sent = send(raw_.get(), one) && (!flushes || PQsendFlushRequest(raw_.get()) == 1);
        if (!is_sent) {
            // Half a pipeline is queued, and libpq has no way to take it back.
            spoilt_ = true;
            auto const dead = PQstatus(raw_.get()) == CONNECTION_BAD;
            lost_ = diagnostics_of(raw_.get());
            if (lost_->message.empty())
                lost_->message = "a NUL byte in a statement";
            after_call();
            return failure{.code = dead ? errc::connection_lost : errc::protocol, .diag = *lost_};
        }
        note_plan(one.what);
        commands.push_back(std::move(one.what));
    }
    exchange_ = exchange{std::move(commands), steps.size()};
    after_call();
    return {};
}

void connection::note_plan(command const& sent)
{
    using enum statement_ended::plan;
    if (sent.of == command::kind::prepare)
        step_notes_[sent.step].by = prepared;
    else if (sent.of == command::kind::query && !sent.statement.empty() && step_notes_[sent.step].by != prepared)
        step_notes_[sent.step].by = kept;
}

asio::awaitable<connection::ended> connection::drive(std::shared_ptr<connection> self, clock::time_point deadline,
                                                     early_answers early)
{
    auto const throws = co_await asio::this_coro::throw_if_cancelled();
    auto const cancellation = co_await asio::this_coro::cancellation_state;
    co_await asio::this_coro::throw_if_cancelled(false);

    auto const number = ++self->drive_number_;
    self->expired_ = false;
    self->reads_left_ = 0; // the answer to what is sent now needs a wait
    self->pieces_ = 0;
    self->limit_.expires_at(deadline);
    self->limit_.async_wait([self, number](boost::system::error_code stopped) {
        if (stopped || self->drive_number_ != number)
            return;
        self->expired_ = true;
        self->socket_.cancel();
    });

    std::optional<ended> end;
    while (!end) {
        auto const what = self->raw_ ? self->exchange_.next() : exchange::action::broken;
        switch (what) {
        case exchange::action::flush:
            self->exchange_.flushed(PQflush(self->raw_.get()));
            self->after_call();
            break;
        case exchange::action::take_result:
            self->take_result();
            if (early.use && self->exchange_.just_answered() == early.steps - 1)
                std::exchange(early.use, {})(self->exchange_.outcomes_so_far());
            break;
        case exchange::action::done:
            end = ended::done;
            break;
        case exchange::action::broken:
            end = ended::broken;
            break;
        case exchange::action::wait_read:
        case exchange::action::wait_read_or_write:
            if (self->expired_) {
                end = ended::deadline;
            } else if (cancellation.cancelled() != asio::cancellation_type::none) {
                end = ended::cancelled;
            } else {
                if (self->has_deciphered()) {
                    if (self->reads_left_ == 0) { // the loop has its turn, though there is nothing to wait for
                        co_await asio::post(self->limit_.get_executor(), asio::use_awaitable);
                        self->reads_left_ = reads_without_wait;
                    }
                    --self->reads_left_;
                    self->take_input();
                    break;
                }
                if (what == exchange::action::wait_read && self->has_more()) {
                    self->take_input();
                    break;
                }
                auto const failed = co_await self->wait(what);
                self->reads_left_ = reads_without_wait;
                if (!failed)
                    self->take_input();
                else if (failed != asio::error::operation_aborted)
                    self->exchange_.lost({.sqlstate = {}, .message = failed.message()});
            }
            break;
        }
    }
    ++self->drive_number_;
    self->limit_.cancel();
    self->finish_exchange();
    co_await asio::this_coro::throw_if_cancelled(throws);
    co_return *end;
}

asio::awaitable<boost::system::error_code> connection::wait(exchange::action what)
{
    using namespace asio::experimental::awaitable_operators;
    if (!socket_.is_open())
        co_return asio::error::bad_descriptor;
    if (what == exchange::action::wait_read) {
        auto const [failed] = co_await socket_.async_wait(descriptor::wait_read, no_throw);
        co_return failed;
    }
    // Rare: only where a request does not fit into the socket's buffer.
    auto const first = co_await (socket_.async_wait(descriptor::wait_read, no_throw) ||
                                 socket_.async_wait(descriptor::wait_write, no_throw));
    co_return std::visit([](auto const& result) { return std::get<0>(result); }, first);
}

/// Whether bytes are there to be read without a wait: a large answer comes in pieces of libpq's buffer, and a wait
/// between two of them costs three system calls.
bool connection::has_more()
{
    if (reads_left_ == 0)
        return false;
    --reads_left_;
    char first = 0;
    bool const has = ::recv(PQsocket(raw_.get()), &first, sizeof first, MSG_PEEK | MSG_DONTWAIT) > 0;
    if (has && ++pieces_ == pieces_of_a_page && buffer_ == buffer::usual)
        buffer_ = buffer::too_small;
    return has;
}

/// Whether OpenSSL holds bytes that it has deciphered and that libpq had no room for: a record has up to 16 KiB, and
/// libpq reads into what is left of its buffer, 8 KiB at least. The socket shows nothing of them, and where they are
/// the end of an answer, a wait for it would not end. (PostgreSQL before 17 sends records of 8 KiB at most.)
bool connection::has_deciphered() const
{
    auto* const tls = raw_ ? static_cast<SSL*>(PQsslStruct(raw_.get(), "OpenSSL")) : nullptr;
    return tls != nullptr && SSL_pending(tls) > 0;
}

void connection::take_input()
{
    if (!raw_)
        return;
    exchange_.consumed(PQconsumeInput(raw_.get()) == 1);
    after_call();
}

void connection::take_result()
{
    if (PQisBusy(raw_.get()) != 0) {
        exchange_.busy();
        after_call();
        return;
    }
    auto* const result = PQgetResult(raw_.get());
    if (result == nullptr) {
        exchange_.took_nothing(PQstatus(raw_.get()) != CONNECTION_BAD);
        after_call();
        return;
    }
    rows owned{result};
    switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
        exchange_.took_rows(std::move(owned));
        break;
    case PGRES_PIPELINE_SYNC:
        exchange_.took_sync();
        break;
    case PGRES_PIPELINE_ABORTED:
        exchange_.took_aborted();
        break;
    case PGRES_FATAL_ERROR:
        exchange_.took_error(diagnostics_of(result, raw_.get()));
        break;
    default:
        exchange_.took_unexpected(PQresStatus(PQresultStatus(result)));
        break;
    }
    if (auto const step = exchange_.just_answered())
        step_notes_[*step].answered = clock::now();
    after_call();
}

void connection::finish_exchange()
{
    if (exchange_.spoilt()) {
        spoilt_ = true;
        lost_ = exchange_.last_words();
    }
    if (!cache_)
        return;
    for (auto const& [name, good] : exchange_.prepared())
        cache_->settle(name, good);
}

/// After every call that may have made libpq close its socket (EOF, a write that failed, lost synchronisation). The
/// descriptor is released before anything else runs on this loop, so its number cannot belong to another of our
/// sockets yet. It is never closed by us.
void connection::after_call()
{
    if (PQsocket(raw_.get()) < 0 && socket_.is_open())
        socket_.release();
    if ((PQstatus(raw_.get()) == CONNECTION_BAD || exchange_.next() == exchange::action::broken) && !lost_)
        lost_ = diagnostics_of(raw_.get());
    for (auto const& one : std::exchange(notices_, {}))
        on_notice_(one);
}

void connection::receive_notice(void* self, pg_result const* result)
{
    auto& me = *static_cast<connection*>(self);
    auto const severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    auto diag = diagnostics_of(result, me.raw_.get());
    me.notices_.push_back({.severity = severity, .sqlstate = diag.sqlstate, .message = diag.message});
    // A session that a crash elsewhere takes along says so by a warning (postgres.c, quickdie).
    if (severity == "FATAL" || severity == "PANIC" || diag.sqlstate == sqlstate::crash_shutdown)
        me.fatal_ = std::move(diag);
}

void connection::watch(std::function<void()> on_lost)
{
    ++watch_number_;
    on_lost_ = std::move(on_lost);
    arm_watch();
}

void connection::arm_watch()
{
    socket_.async_wait(descriptor::wait_read, [self = shared_from_this(), number = watch_number_](auto failed) {
        if (number != self->watch_number_)
            return;
        if (!failed && self->alive())
            self->arm_watch();
        else
            std::exchange(self->on_lost_, {})();
    });
}

void connection::unwatch()
{
    ++watch_number_;
    on_lost_ = {};
    socket_.cancel();
}

bool connection::alive()
{
    if (!raw_)
        return false;
    auto const good = PQconsumeInput(raw_.get()) == 1;
    // Parses what was read: the server says why it goes before it goes.
    auto const odd = PQisBusy(raw_.get()) != 0;
    after_call();
    return good && !odd && !fatal_ && PQstatus(raw_.get()) == CONNECTION_OK && socket_.is_open();
}

pool_core::condition connection::condition() const
{
    using enum pool_core::condition;
    if (spoilt_ && lost_ && lost_->sqlstate == sqlstate::feature_not_supported)
        return outdated;
    if (!raw_ || spoilt_ || fatal_ || !socket_.is_open() || PQstatus(raw_.get()) == CONNECTION_BAD ||
        exchange_.next() == exchange::action::broken)
        return broken;
    if (mid_pipeline())
        return unsettled;
    switch (PQtransactionStatus(raw_.get())) {
    case PQTRANS_IDLE:
        return clean;
    case PQTRANS_INTRANS:
    case PQTRANS_INERROR:
        return unsettled;
    default:
        return broken;
    }
}

void connection::cancel_ended()
{
    cancel_under_way_ = false;
    cancel_over_.cancel();
}

asio::awaitable<bool> connection::cancel_is_over(std::shared_ptr<connection> self, clock::time_point deadline)
{
    while (self->raw_ && self->cancel_under_way_ && clock::now() < deadline) {
        self->cancel_over_.expires_at(deadline);
        auto const [stopped] = co_await self->cancel_over_.async_wait(no_throw);
        static_cast<void>(stopped);
    }
    co_return !self->cancel_under_way_;
}

void connection::shut()
{
    if (!raw_)
        return;
    ++watch_number_;
    on_lost_ = {};
    limit_.cancel();
    cancel_over_.cancel();
    if (!lost_ && fatal_)
        lost_ = fatal_;
    // Before PQfinish closes the number; also ends the waits on it.
    if (socket_.is_open())
        socket_.release();
    raw_.reset();
}

diagnostics connection::why() const
{
    if (fatal_)
        return *fatal_;
    if (exchange_.next() == exchange::action::broken && !exchange_.why_broken().diag.message.empty())
        return exchange_.why_broken().diag;
    return lost_.value_or(diagnostics{});
}

} // namespace bridgewatch::pg
