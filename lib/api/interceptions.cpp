#include "db/sql/rollup.hpp"
#include "lib/api/link.hpp"
#include "lib/api/page_parameters.hpp"
#include "lib/api/service.hpp"
#include "lib/json/interceptions_body.hpp"

#include <algorithm>
#include <utility>

// GET …/interceptions and …/interceptions/{id}: check → read → write.
namespace bridgewatch::api {

namespace asio = boost::asio;

namespace {

api_error cursor_not_found(grammar::uuid const& after)
{
    return bad_request("Invalid pagination cursor.",
                       "after_id: interception " + to_string(after) + " not found: invalid pagination cursor");
}

api_error interception_not_found()
{
    return {.status = 404, .message = "Interception not found.", .detail = {}, .validations = {}, .log = {}};
}

grammar::filter only(grammar::uuid const& id)
{
    grammar::filter out;
    out.root.nodes.push_back({grammar::id_is{.field = grammar::id_field::id, .any_of = {id}}});
    return out;
}

/// The page behind this one, where there is one: by offset where the caller pages so, else after the last row.
std::vector<link_parameter> next_page(page_parameters const& asked, store::page_answer const& page)
{
    if (asked.offset != 0)
        return next_offset(asked.offset, asked.limit);
    auto const last = page.interceptions.at(page.shown - 1, sql::interception_column::id).id();
    return {{"after_id", to_string(last)}};
}

} // namespace

asio::awaitable<service::either<http::response>> service::interceptions(visit& guest)
{
    auto const asked = read_page_parameters(guest.given);
    if (asked.has_error())
        co_return asked.error();
    auto where = co_await read_query(guest, asked->q, grammar::subject::interceptions);
    if (where.has_error())
        co_return where.error();
    if (sees_nothing(guest.who)) {
        if (asked->after_id) // for this caller no row exists
            co_return cursor_not_found(*asked->after_id);
        store::page_answer nothing;
        nothing.count = count_of_nothing(asked->count);
        co_return http::response{.body = json::interceptions_body(nothing, *guest.database, 0), .headers = {}};
    }
    auto mode = asked->count;
    auto about = doubt_of(guest, *asked, *where, asked->after_id.has_value(), grammar::subject::interceptions);
    auto const way = co_await make_way(guest, about, mode);
    if (way.has_error())
        co_return way.error();
    auto room = co_await reserve_page(guest);
    if (room.has_error())
        co_return room.error();
    std::optional<store::spare_connection> aside;
    if (!sql::is_rolled_up(*where, *guest.database)) {
        auto spare = co_await borrow_aside(guest, mode);
        aside = std::move(spare);
    }
    store::page_question question{.where = std::move(*where),
                                  .who = sight_of(guest.who),
                                  .bounds = {.limit = asked->limit, .offset = asked->offset, .after = asked->after_id},
                                  .count = counting_of(mode),
                                  .plans = &plans_,
                                  .slice_bytes = settings_.slice_bytes};
    written_early written;
    write_early(guest, question, written);
    question.count.by_log_until = &counts_by_log_until_;
    question.count.aside = aside ? &*aside : nullptr;
    auto const before = guest.notes.database;
    auto page = co_await ask(guest, "page", store::read_page, question);
    give_back(aside);
    settle(guest, about, before, lesson_of(page, mode));
    if (page.has_error())
        co_return page.error();
    if (!page->cursor_found)
        co_return cursor_not_found(*asked->after_id);
    auto const next = page->more ? next_page(*asked, *page) : std::vector<link_parameter>{};
    if (!page->was_told) // what was written is of another attempt
        written.rows.reset();
    if (!page->was_told_without_tokens)
        written.without_tokens.reset();
    auto made = co_await write_page(guest, std::move(*page), body_form::list, std::move(*room), std::move(written));
    if (made.has_value() && !next.empty())
        add_link(*made, guest.request, "next", next, {"offset"});
    co_return made;
}

asio::awaitable<service::either<http::response>> service::interception(visit& guest)
{
    auto const id = grammar::parse_uuid(guest.parameter);
    if (!id)
        co_return bad_request("Invalid interception id.", "The last part of the path must be a valid uuid");
    if (sees_nothing(guest.who))
        co_return interception_not_found();
    store::page_question const question{.where = only(*id),
                                        .who = sight_of(guest.who),
                                        .bounds = {.limit = 1, .offset = 0, .after = {}},
                                        .count = counting_of(store::count_mode::none),
                                        .slice_bytes = settings_.slice_bytes};
    auto room = co_await reserve_page(guest);
    if (room.has_error())
        co_return room.error();
    auto page = co_await ask(guest, "interception", store::read_page, question);
    if (page.has_error())
        co_return page.error();
    if (page->shown == 0)
        co_return interception_not_found();
    auto made = co_await write_page(guest, std::move(*page), body_form::single, std::move(*room));
    co_return made;
}

} // namespace bridgewatch::api
