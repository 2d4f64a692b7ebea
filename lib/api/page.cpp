#include "db/store/slices.hpp"
#include "lib/api/interceptions_stream.hpp"
#include "lib/api/service.hpp"
#include "lib/api/stopwatch.hpp"
#include "lib/json/interceptions_body.hpp"

#include <algorithm>
#include <utility>

// A page of interceptions from its rows to its answer: whole, or as a stream where it is too large for that.
namespace bridgewatch::api {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

/// In the whole process.
constexpr std::size_t most_waiting_for_room = 64;

} // namespace

/// Room for what a page is expected to take; what it takes is known when it has been read. The connection comes first,
/// so that those who wait for one hold no room; nobody waits for room with a connection in hand.
asio::awaitable<service::either<http::buffer_share>> service::reserve_page(visit& guest)
{
    auto const ready = co_await borrow(guest);
    if (ready.has_error())
        co_return ready.error();
    auto const bytes = static_cast<std::size_t>(settings_.slice_bytes);
    if (auto at_once = buffers_->try_take(bytes))
        co_return std::move(*at_once);
    if (buffers_->waiting() >= most_waiting_for_room)
        co_return overload("buffers: too many wait for room");
    guest.connection.reset();
    auto const now = steady_clock::now();
    auto const by = std::min(now + settings_.pool_timeout, in_time_to_answer(guest.request.deadline, now));
    auto room = co_await buffers_->take(bytes, by);
    if (!room)
        co_return no_room();
    co_return std::move(*room);
}

void service::write_early(visit& guest, store::page_question& question, written_early& into)
{
    auto const timed = [&guest](auto write) {
        return [&guest, write](store::page_answer const& page) {
            auto took = std::chrono::microseconds{};
            {
                stopwatch const watch{took};
                timed_stage const writing{guest.notes, serialize};
                write(page);
            }
            guest.notes.database -= took;
        };
    };
    question.on_rows = timed([this, &guest, &into](store::page_answer const& page) {
        into.rows.emplace(page, *guest.database, size_hint());
    });
    question.on_all_but_tokens = timed([this, &guest, &into](store::page_answer const& page) {
        into.without_tokens.emplace(page, *guest.database, size_hint());
    });
}

/// Of a list's next body.
std::size_t service::size_hint() const
{
    return last_body_ + last_body_ / 8;
}

asio::awaitable<service::either<http::response>> service::write_page(visit& guest, store::page_answer page,
                                                                     body_form form, http::buffer_share room,
                                                                     written_early written)
{
    store::read_limits const limits{.statement_timeout = settings_.statement_timeout};
    guest.is_bound_to_shape = true;
    if (page.withheld) {
        store::sizes_question const sized{.interceptions = store::ids_of(page.interceptions, 0, page.shown),
                                          .limits = limits};
        auto const sizes = co_await ask(guest, "sizes", store::read_sizes, sized);
        if (sizes.has_error())
            co_return sizes.error();
        auto plan = store::plan_slices(*sizes, settings_.slice_bytes);
        static_cast<store::children_answer&>(page) = {};
        if (plan.size() > 1 || plan.front().in_parts) {
            room.resize(0); // the stream reserves what each slice takes
            auto streamed = co_await stream_page(guest, std::move(page), form, std::move(plan));
            co_return streamed;
        }
        room.resize(static_cast<std::size_t>(plan.front().bytes));
        store::slice_question const all{.interceptions = sized.interceptions,
                                        .without_metadata =
                                            store::ids_without_metadata(page.interceptions, 0, page.shown),
                                        .limits = limits};
        auto children = co_await ask(guest, "slice", store::read_slice, all);
        if (children.has_error())
            co_return children.error();
        static_cast<store::children_answer&>(page) = std::move(*children);
    }
    http::response made{.body = {}, .headers = {}};
    timed_stage const writing{guest.notes, serialize};
    if (form == body_form::list) {
        if (written.rows)
            made.body = std::move(*written.rows).finish(page.count);
        else if (written.without_tokens)
            made.body = written.without_tokens->finish(page, *guest.database);
        else
            made.body = json::interceptions_body(page, *guest.database, size_hint());
        last_body_ = std::min<std::size_t>(made.body.size(), 1 << 20);
    } else {
        made.body = json::interception_body(page, *guest.database);
    }
    room.resize(made.body.size());
    made.room.emplace(std::move(room));
    co_return made;
}

asio::awaitable<service::either<http::response>> service::stream_page(visit& guest, store::page_answer page,
                                                                      body_form form, std::vector<store::slice> plan)
{
    stream_parts parts{
        .connections = guest.is_elsewhere ? elsewhere_ : connections_,
        .buffers = buffers_,
        .database = guest.database,
        .page = std::move(page),
        .plan = std::move(plan),
        .form = form,
        .slice_bytes = settings_.slice_bytes,
        .limits = {.statement_timeout = settings_.statement_timeout},
        .key_place = std::move(guest.key_place),
        .note_wait = [this](auto& notes, auto since, auto const* refused) { note_wait(notes, since, refused); },
        .lend = [this, id = std::string{guest.request.request_id}](
                    auto& notes, auto& connection) { lend_to(id, notes, connection); },
        .on_event = settings_.on_event};
    auto stream = std::make_unique<interceptions_stream>(std::move(parts));
    auto const room_by = std::min(steady_clock::now() + settings_.pool_timeout, guest.request.deadline);
    auto const begun = co_await stream->begin(room_by, guest.request.deadline, guest.notes);
    if (begun.has_error())
        co_return begun.error();
    http::response made{.body = {}, .headers = {}};
    made.source = std::move(stream);
    co_return made;
}

} // namespace bridgewatch::api
