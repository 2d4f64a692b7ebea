#include "grammar/utf8.hpp"
#include "lib/api/link.hpp"
#include "lib/api/service.hpp"
#include "lib/api/session_parameters.hpp"
#include "lib/api/stopwatch.hpp"
#include "lib/json/session_body.hpp"

#include <utility>

// GET …/sessions/{session_id}: check → read → write.
namespace bridgewatch::api {

namespace asio = boost::asio;

namespace {

api_error session_not_found()
{
    return {.status = 404, .message = "Session not found.", .detail = {}, .validations = {}, .log = {}};
}

api_error thread_not_found(sql::thread_bounds const& asked)
{
    auto const name = asked.after ? "after_id" : "before_id";
    return bad_request("Invalid pagination cursor.", std::string{name} + ": thread " +
                                                         to_string(asked.after ? *asked.after : *asked.before) +
                                                         " not found in this session");
}

/// Newer threads behind the page, older ones before it.
void add_links(http::response& to, http::request const& request, sql::thread_bounds const& asked,
               store::session_answer const& session)
{
    if (session.threads.empty())
        return;
    // On the side that the page was turned from there is the cursor itself.
    bool const has_newer = asked.before || session.more;
    bool const has_older = asked.before ? session.more : asked.after.has_value();
    // Else another initiator's session of that id, should it become the more active one, would be meant.
    link_parameter const initiator{"initiator_id", to_string(session.which.initiator_id)};
    if (has_newer)
        add_link(to, request, "next", {{"after_id", to_string(session.threads.back())}, initiator}, {"before_id"});
    if (has_older)
        add_link(to, request, "prev", {{"before_id", to_string(session.threads.front())}, initiator}, {"after_id"});
}

} // namespace

asio::awaitable<service::either<http::response>> service::session(visit& guest)
{
    auto const asked = read_session_parameters(guest.given);
    if (asked.has_error())
        co_return asked.error();
    // Text that PostgreSQL cannot hold names no session.
    if (sees_nothing(guest.who) || grammar::utf8::find_bad_byte(guest.parameter))
        co_return session_not_found();
    store::session_question const question{.session_id = guest.parameter,
                                           .initiator_id = asked->initiator_id,
                                           .who = sight_of(guest.who),
                                           .threads = asked->threads,
                                           .statement_timeout = settings_.statement_timeout};
    auto const session = co_await ask(guest, "session", store::read_session, question);
    if (session.has_error())
        co_return session.error();
    if (!session->session_found)
        co_return session_not_found();
    if (!session->cursor_found)
        co_return thread_not_found(asked->threads);
    timed_stage const writing{guest.notes, serialize};
    http::response made{.body = json::session_body(*session, *guest.database), .headers = {}};
    add_links(made, guest.request, asked->threads, *session);
    co_return made;
}

} // namespace bridgewatch::api
