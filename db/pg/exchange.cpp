#include "db/pg/exchange.hpp"
#include "db/pg/diagnose.hpp"

namespace bridgewatch::pg {
namespace {

failure skipped()
{
    return {.code = errc::skipped, .diag = {.sqlstate = {}, .message = "an earlier statement of the pipeline failed"}};
}

} // namespace

exchange::exchange(std::vector<command> commands, std::size_t steps) : commands_{std::move(commands)}
{
    outcomes_.reserve(steps);
    for (std::size_t i = 0; i < steps; ++i)
        outcomes_.emplace_back(skipped());
}

exchange::action exchange::next() const
{
    if (broken_)
        return action::broken;
    if (sending_ == sending::flush && !commands_.empty())
        return action::flush;
    if (sending_ == sending::blocked)
        return action::wait_read_or_write;
    if (position_ == commands_.size())
        return action::done;
    return busy_ ? action::wait_read : action::take_result;
}

void exchange::flushed(int answer)
{
    if (answer < 0)
        break_down(errc::connection_lost, {});
    else
        sending_ = answer == 0 ? sending::sent : sending::blocked;
}

void exchange::consumed(bool good)
{
    busy_ = false;
    if (!good)
        break_down(errc::connection_lost, {});
    else if (sending_ == sending::blocked)
        sending_ = sending::flush;
}

void exchange::busy()
{
    busy_ = true;
}

bool exchange::expects_answer() const
{
    return !separator_due_ && position_ != commands_.size() && commands_[position_].of != command::kind::sync;
}

void exchange::answered()
{
    if (!expects_answer())
        break_down(errc::protocol, {.sqlstate = {}, .message = "a result that belongs to no statement"});
    else
        separator_due_ = true;
}

std::optional<std::size_t> exchange::just_answered() const
{
    if (!separator_due_ || position_ == commands_.size() || commands_[position_].of != command::kind::query)
        return std::nullopt;
    return commands_[position_].step;
}

void exchange::took_rows(rows answer)
{
    answered();
    if (broken_)
        return;
    auto const& current = commands_[position_];
    if (current.of == command::kind::prepare)
        prepared_.emplace_back(current.statement, true);
    else if (current.of == command::kind::query)
        outcomes_[current.step] = std::move(answer);
}

void exchange::took_error(diagnostics diag)
{
    // Kept before anything else: where the server ends the connection, its reason comes first and the end after it.
    bool const is_end = diag.is_fatal || spoils_connection(diag.sqlstate);
    if (is_end) {
        spoilt_ = true;
        last_words_ = diag;
    }
    // An administrator's termination may come between two answers, and so may the bare end, which libpq words itself.
    if (!expects_answer() && (is_end || diag.sqlstate.empty())) {
        break_down(errc::connection_lost, std::move(diag));
        return;
    }
    answered();
    if (broken_)
        return;
    auto const& current = commands_[position_];
    if (current.of == command::kind::prepare)
        prepared_.emplace_back(current.statement, false);
    if (current.of != command::kind::housekeeping) {
        auto const code = code_of(diag.sqlstate);
        outcomes_[current.step] = failure{.code = code, .diag = std::move(diag)};
    }
}

void exchange::took_aborted()
{
    answered();
    if (broken_)
        return;
    auto const& current = commands_[position_];
    if (current.of == command::kind::prepare)
        prepared_.emplace_back(current.statement, false);
}

void exchange::took_sync()
{
    if (separator_due_ || position_ == commands_.size() || commands_[position_].of != command::kind::sync)
        break_down(errc::protocol, {.sqlstate = {}, .message = "a Sync out of place"});
    else
        ++position_;
}

void exchange::took_nothing(bool connection_ok)
{
    if (!connection_ok) {
        break_down(errc::connection_lost, {});
    } else if (!separator_due_) {
        // libpq has nothing and waits for nothing: going on would spin.
        break_down(errc::protocol, {.sqlstate = {}, .message = "an answer is missing"});
    } else {
        separator_due_ = false;
        ++position_;
    }
}

void exchange::took_unexpected(std::string_view status)
{
    break_down(errc::protocol, {.sqlstate = {}, .message = "a result of unexpected kind: " + std::string{status}});
}

void exchange::lost(diagnostics diag)
{
    break_down(errc::connection_lost, std::move(diag));
}

failure exchange::why_broken() const
{
    auto out = failure_;
    if (out.code == errc::connection_lost && !last_words_.message.empty())
        out.diag = last_words_;
    return out;
}

void exchange::break_down(errc code, diagnostics diag)
{
    if (broken_)
        return;
    broken_ = true;
    failure_ = {.code = code, .diag = std::move(diag)};
}

} // namespace bridgewatch::pg
