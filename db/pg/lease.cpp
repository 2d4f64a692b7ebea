#include "db/pg/pool_impl.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace asio = boost::asio;

namespace bridgewatch::pg {
namespace {

failure ended_by(errc code)
{
    return {.code = code, .diag = {}};
}

failure why_ended(connection& lent, connection::ended how)
{
    if (how == connection::ended::deadline)
        return ended_by(errc::deadline);
    if (how == connection::ended::cancelled)
        return ended_by(errc::cancelled);
    failure why{.code = lent.current().why_broken().code, .diag = lent.why()};
    if (why.code == errc{})
        why.code = errc::connection_lost;
    return why;
}

/// A pipeline that has ended: with an outcome for each step, or for one reason.
struct ended_pipeline {
    batch const& steps;
    steady_time begun;
    step_outcomes const* outcomes = nullptr;
    failure const* why = nullptr;
};

/// How many of the steps behind `at` were answered together with it.
std::size_t answered_together(std::vector<connection::step_notes> const& notes, std::size_t at)
{
    constexpr std::chrono::milliseconds together{1};
    auto behind = at + 1;
    while (behind < notes.size() && notes[behind].answered && *notes[behind].answered - *notes[at].answered < together)
        ++behind;
    return behind - at - 1;
}

/// What stands around questions is told of only where it failed, or where there are none: its time is theirs.
template <class Tell>
void report(connection const& on, ended_pipeline const& what, Tell const& tell)
{
    auto begun = what.begun;
    auto const is_housekeeping = [](step const& one) { return one.about == housekeeping; };
    bool const has_questions = !std::ranges::all_of(what.steps, is_housekeeping);
    for (std::size_t i = 0; i < what.steps.size(); ++i) {
        auto const& notes = on.notes()[i];
        statement_ended told{.what = &what.steps[i],
                             .together = notes.answered ? answered_together(on.notes(), i) : 0,
                             .begun = begun,
                             .ended = notes.answered ? *notes.answered : std::chrono::steady_clock::now(),
                             .rows = 0,
                             .by = notes.by,
                             .failed = nullptr};
        std::optional<failure> failed;
        bool const is_last = what.why != nullptr && !notes.answered; // those behind it were not worked at
        if (is_last)
            told.failed = what.why;
        else if (what.outcomes != nullptr && (*what.outcomes)[i].has_error())
            told.failed = &failed.emplace((*what.outcomes)[i].error());
        else if (what.outcomes != nullptr)
            told.rows = (*what.outcomes)[i]->size();
        if (told.failed == nullptr && has_questions && is_housekeeping(what.steps[i]))
            continue;
        if (told.failed != nullptr && told.failed->code == errc::skipped)
            continue; // it never ran
        tell(told);
        if (is_last)
            return;
        begun = told.ended;
    }
}

} // namespace

lease::lease(std::shared_ptr<pool_impl> owner, std::size_t slot) : owner_{std::move(owner)}, slot_{slot} {}

lease::lease(lease&& other) noexcept
    : owner_{std::move(other.owner_)},
      slot_{other.slot_},
      on_statement_{std::move(other.on_statement_)},
      comment_{std::move(other.comment_)},
      times_each_{other.times_each_}
{
}

lease& lease::operator=(lease&& other) noexcept
{
    std::swap(owner_, other.owner_);
    std::swap(slot_, other.slot_);
    std::swap(on_statement_, other.on_statement_);
    std::swap(comment_, other.comment_);
    std::swap(times_each_, other.times_each_);
    return *this;
}

lease::~lease()
{
    if (owner_)
        owner_->give_back(slot_);
}

bool lease::keeps_plans() const
{
    return comment_.empty() && owner_->prepares();
}

bool lease::is_alone() const
{
    return owner_->lends_one_at_a_time();
}

asio::awaitable<outcome<step_outcomes>> lease::run(batch steps, steady_time deadline, early_answers early)
{
    auto const cancellation = co_await asio::this_coro::cancellation_state;
    auto const lent = owner_->lent(slot_);
    if (steps.empty())
        co_return step_outcomes{};
    // Nothing is sent for a caller who cannot have the answer; the connection stays good.
    if (cancellation.cancelled() != asio::cancellation_type::none)
        co_return ended_by(errc::cancelled);
    if (deadline <= std::chrono::steady_clock::now())
        co_return ended_by(errc::deadline);
    for (auto& one : steps) {
        if (comment_.empty())
            break;
        one.sql.append(" /*").append(comment_).append("*/");
        one.prepare = false;
    }
    if (early.use)
        steps[early.steps - 1].flush_after = true;
    auto const tell = [this](statement_ended const& one) {
        owner_->tell(one);
        if (on_statement_)
            on_statement_(one);
    };
    auto const begun = std::chrono::steady_clock::now();
    if (auto const queued = lent->queue(steps, times_each_); !queued)
        co_return queued.error();
    auto const ended = co_await connection::drive(lent, deadline, std::move(early));
    if (ended == connection::ended::done) {
        auto outcomes = lent->current().take_outcomes();
        report(*lent, {.steps = steps, .begun = begun, .outcomes = &outcomes}, tell);
        co_return outcomes;
    }
    auto const why = why_ended(*lent, ended);
    report(*lent, {.steps = steps, .begun = begun, .why = &why}, tell);
    co_return why;
}

} // namespace bridgewatch::pg
