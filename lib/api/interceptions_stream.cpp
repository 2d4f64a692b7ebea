#include "lib/api/interceptions_stream.hpp"

#include "db/store/transaction.hpp"
#include "lib/api/attempts.hpp"
#include "lib/api/stopwatch.hpp"
#include "lib/json/interceptions_body.hpp"

#include <array>
#include <utility>

namespace bridgewatch::api {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::array lists{sql::child_list::token_usages, sql::child_list::user_prompts, sql::child_list::tool_usages};

} // namespace

asio::awaitable<boost::system::result<void, api_error>>
interceptions_stream::begin(http::steady_time room_by, http::steady_time deadline, http::request_notes& notes)
{
    return make_piece(first_piece_, room_by, deadline, notes);
}

asio::awaitable<bool> interceptions_stream::next(std::string& into, http::steady_time deadline,
                                                 http::request_notes& notes)
{
    if (!first_piece_.empty()) {
        into = std::exchange(first_piece_, {});
        co_return true;
    }
    auto const made = co_await make_piece(into, deadline, deadline, notes);
    if (made.has_error())
        notes.error = made.error().log;
    co_return made.has_value();
}

asio::awaitable<interceptions_stream::either<void>> interceptions_stream::make_piece(std::string& out,
                                                                                     http::steady_time room_by,
                                                                                     http::steady_time deadline,
                                                                                     http::request_notes& notes)
{
    room_.reset(); // the piece before has been sent
    if (slice_ == parts_.plan.size())
        co_return either<void>{};
    auto const& now = parts_.plan[slice_];
    auto room = co_await parts_.buffers->take(static_cast<std::size_t>(now.bytes), room_by);
    if (!room)
        co_return no_room();
    room_ = std::move(room);
    if (slice_ == 0 && !place_ && parts_.form == body_form::list)
        json::append_body_start(out, parts_.page.count);
    if (slice_ > 0 && !place_)
        out += ',';
    auto made = either<void>{};
    if (now.in_parts)
        made = co_await append_part(out, deadline, notes);
    else
        made = co_await append_slice(out, deadline, notes);
    static_cast<store::children_answer&>(parts_.page) = {};
    if (made.has_error())
        co_return made;
    if (slice_ == parts_.plan.size() && parts_.form == body_form::list)
        out += json::body_end;
    room_->resize(out.size());
    co_return made;
}

asio::awaitable<interceptions_stream::either<void>>
interceptions_stream::append_slice(std::string& out, http::steady_time deadline, http::request_notes& notes)
{
    auto const& now = parts_.plan[slice_];
    auto& page = parts_.page;
    store::slice_question const question{.interceptions = store::ids_of(page.interceptions, now.first, now.count),
                                         .without_metadata =
                                             store::ids_without_metadata(page.interceptions, now.first, now.count),
                                         .limits = parts_.limits};
    auto children = co_await ask(store::read_slice, question, deadline, notes);
    if (children.has_error())
        co_return children.error();
    static_cast<store::children_answer&>(page) = std::move(*children);
    out.reserve(out.size() + static_cast<std::size_t>(now.bytes) / 2); // a slice's bytes count rows and text
    timed_stage const writing{notes, serialize};
    json::append_interceptions(out, page, now.first, now.count, *parts_.database);
    ++slice_;
    co_return either<void>{};
}

/// The next part that has something in it, or the end of the interception.
asio::awaitable<interceptions_stream::either<void>>
interceptions_stream::append_part(std::string& out, http::steady_time deadline, http::request_notes& notes)
{
    auto const row = parts_.plan[slice_].first;
    auto const& database = *parts_.database;
    if (!place_) {
        auto const read = co_await read_withheld_metadata(deadline, notes);
        if (read.has_error())
            co_return read;
        json::append_interception_fields(out, parts_.page, row, database);
        out += json::list_start(lists.front());
        place_.emplace();
    }
    for (;;) {
        store::part_question const question{.list = lists.at(place_->list),
                                            .interception = store::ids_of(parts_.page.interceptions, row, 1).front(),
                                            .after = place_->after,
                                            .bytes = parts_.slice_bytes,
                                            .limits = parts_.limits};
        auto const part = co_await ask(store::read_part, question, deadline, notes);
        if (part.has_error())
            co_return part.error();
        if (!part->empty()) {
            json::append_children(out, question.list, *part, !question.after, database);
            place_->after = store::position_after(question.list, *part);
            co_return either<void>{};
        }
        out += json::list_end;
        if (++place_->list == lists.size())
            break;
        out += json::list_start(lists.at(place_->list));
        place_->after.reset();
    }
    out += json::interception_end;
    place_.reset();
    ++slice_;
    co_return either<void>{};
}

asio::awaitable<interceptions_stream::either<void>>
interceptions_stream::read_withheld_metadata(http::steady_time deadline, http::request_notes& notes)
{
    auto const& page = parts_.page.interceptions;
    auto const without = store::ids_without_metadata(page, parts_.plan[slice_].first, 1);
    if (without.empty())
        co_return either<void>{};
    store::slice_question const question{.interceptions = {}, .without_metadata = without, .limits = parts_.limits};
    auto read = co_await ask(store::read_slice, question, deadline, notes);
    if (read.has_error())
        co_return read.error();
    parts_.page.metadata = std::move(read->metadata);
    co_return either<void>{};
}

template <class Answer, class Question>
asio::awaitable<interceptions_stream::either<Answer>>
interceptions_stream::ask(reader<Answer, Question> read, Question const& question, http::steady_time deadline,
                          http::request_notes& notes)
{
    attempts tries;
    bool was_outdated = false;
    for (;;) {
        co_await wait_before_next(tries);
        auto const before = steady_clock::now();
        auto connection = co_await parts_.connections.acquire(deadline, pg::standing::under_way);
        auto const refused = connection.has_error() ? std::optional{connection.error()} : std::nullopt;
        parts_.note_wait(notes, before, refused ? &*refused : nullptr);
        if (refused)
            co_return database_error("pool", *refused);
        parts_.lend(notes, *connection);
        stopwatch const timed{notes.database};
        auto const limit = store::within(parts_.limits.statement_timeout, deadline);
        auto const begun = steady_clock::now();
        auto answer = co_await read(*connection, *parts_.database, question, deadline);
        if (answer.has_value())
            co_return std::move(*answer);
        auto const why = tell_apart(answer.error(), steady_clock::now() - begun, limit);
        // The pool has replaced all connections that know the old schema.
        bool const is_outdated =
            why.diag.sqlstate == pg::sqlstate::feature_not_supported && !std::exchange(was_outdated, true);
        if (!is_outdated && !tries.take_another(why))
            co_return database_error("slice", why);
        notes.retried = describe("slice", why);
        parts_.on_event(asked_again{});
    }
}

} // namespace bridgewatch::api
