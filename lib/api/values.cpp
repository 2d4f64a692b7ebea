#include "db/store/values.hpp"
#include "grammar/prefix_query.hpp"
#include "lib/api/link.hpp"
#include "lib/api/page_parameters.hpp"
#include "lib/api/service.hpp"
#include "lib/json/values_body.hpp"

#include <utility>

// GET …/models and …/clients: check → read → write.
namespace bridgewatch::api {

namespace asio = boost::asio;

namespace {

struct value_words {
    std::string_view key;
    char const* bad_query;
};

value_words words_of(sql::value_list which)
{
    if (which == sql::value_list::models)
        return {.key = "model", .bad_query = "Invalid AI Bridge models search query."};
    return {.key = "client", .bad_query = "Invalid AI Bridge clients search query."};
}

} // namespace

asio::awaitable<service::either<http::response>> service::values(visit& guest, sql::value_list which)
{
    auto const asked = read_values_parameters(guest.given);
    if (asked.has_error())
        co_return asked.error();
    guest.notes.query = asked->q;
    auto const words = words_of(which);
    // Without the column there is nothing to list, and a prefix of it is a fault, as in any search.
    bool const is_recorded = which == sql::value_list::models || guest.database->interceptions.client;
    auto prefixes = grammar::read_prefixes(asked->q, words.key, is_recorded);
    if (!prefixes.faults.empty())
        co_return bad_request(words.bad_query, std::move(prefixes.faults));
    if (sees_nothing(guest.who))
        co_return http::response{.body = "[]", .headers = {}};
    store::values_question const question{.which = which,
                                          .prefixes = std::move(prefixes.any_of),
                                          .who = sight_of(guest.who),
                                          .limit = asked->limit,
                                          .offset = asked->offset,
                                          .statement_timeout = settings_.statement_timeout};
    auto const list = co_await ask(guest, words.key, store::read_values, question);
    if (list.has_error())
        co_return list.error();
    http::response made{.body = json::values_body(list->values), .headers = {}};
    if (list->more)
        add_link(made, guest.request, "next", next_offset(asked->offset, asked->limit));
    co_return made;
}

} // namespace bridgewatch::api
