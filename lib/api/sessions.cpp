#include "grammar/utf8.hpp"
#include "lib/api/link.hpp"
#include "lib/api/page_parameters.hpp"
#include "lib/api/service.hpp"
#include "lib/api/stopwatch.hpp"
#include "lib/json/sessions_body.hpp"

#include <utility>

// GET …/sessions: check → read → write.
namespace bridgewatch::api {

namespace asio = boost::asio;

namespace {

api_error cursor_not_found(store::session_cursor const& after)
{
    return bad_request("Query parameter has invalid value.",
                       "after_session_id: session \"" + after.session_id + "\" not found");
}

/// The position is named in full: a walk goes on from where the last session stood, though it has become active again
/// since, or is gone.
std::vector<link_parameter> next_page(sessions_parameters const& asked, store::sessions_answer const& page)
{
    if (asked.offset != 0)
        return next_offset(asked.offset, asked.limit);
    auto const& last = page.which.back();
    std::vector<link_parameter> out{{"after_session_id", last.session_id},
                                    {"after_initiator_id", to_string(last.initiator_id)}};
    // Other times, infinity among them, have no text that reads as the same time.
    if (grammar::within_rfc3339(last.last_active_at) == last.last_active_at)
        out.emplace_back("after_last_active_at", grammar::to_rfc3339(last.last_active_at));
    return out;
}

} // namespace

asio::awaitable<service::either<http::response>> service::sessions(visit& guest)
{
    auto const asked = read_sessions_parameters(guest.given);
    if (asked.has_error())
        co_return asked.error();
    auto where = co_await read_query(guest, asked->q, grammar::subject::sessions);
    if (where.has_error())
        co_return where.error();
    // Text that PostgreSQL cannot hold names no session.
    bool const names_none = asked->after && grammar::utf8::find_bad_byte(asked->after->session_id);
    if (names_none || (asked->after && sees_nothing(guest.who)))
        co_return cursor_not_found(*asked->after);
    if (sees_nothing(guest.who)) {
        store::sessions_answer nothing;
        nothing.count = count_of_nothing(asked->count);
        co_return http::response{.body = json::sessions_body(nothing), .headers = {}};
    }
    auto mode = asked->count;
    auto about = doubt_of(guest, *asked, *where, asked->after.has_value(), grammar::subject::sessions);
    auto const way = co_await make_way(guest, about, mode);
    if (way.has_error())
        co_return way.error();
    auto aside = co_await borrow_aside(guest, mode);
    store::sessions_question question{.where = std::move(*where),
                                      .who = sight_of(guest.who),
                                      .limit = asked->limit,
                                      .offset = asked->offset,
                                      .after = asked->after,
                                      .count = counting_of(mode)};
    question.count.aside = aside ? &*aside : nullptr;
    auto const before = guest.notes.database;
    auto const page = co_await ask(guest, "sessions", store::read_sessions, question);
    give_back(aside);
    settle(guest, about, before, lesson_of(page, mode));
    if (page.has_error())
        co_return page.error();
    if (!page->cursor_found)
        co_return cursor_not_found(*asked->after);
    timed_stage const writing{guest.notes, serialize};
    http::response made{.body = json::sessions_body(*page), .headers = {}};
    if (page->more)
        add_link(made, guest.request, "next", next_page(*asked, *page), {"offset", "after_last_active_at"});
    co_return made;
}

} // namespace bridgewatch::api
