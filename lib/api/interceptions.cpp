#include "grammar/check.hpp"
#include "lib/api/page_parameters.hpp"
#include "lib/api/service.hpp"
#include "lib/json/interceptions_body.hpp"

#include <algorithm>
#include <utility>

// GET …/interceptions: authenticate → check → read → write.
namespace bridgewatch::api {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr char const* bad_query = "Invalid interception search query.";

/// Adds the time it lived to a sum: what the request spent in the database.
class stopwatch {
  public:
    explicit stopwatch(std::chrono::microseconds& sum) : sum_{sum}, start_{steady_clock::now()} {}

    ~stopwatch() { sum_ += std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - start_); }

    stopwatch(stopwatch const&) = delete;
    stopwatch& operator=(stopwatch const&) = delete;

  private:
    std::chrono::microseconds& sum_;
    steady_clock::time_point start_;
};

api_error cursor_not_found(grammar::uuid const& after)
{
    return bad_request("Invalid pagination cursor.",
                       "after_id: interception " + to_string(after) + " not found: invalid pagination cursor");
}

store::page_question question_of(page_parameters const& asked, grammar::filter where, identity const& who,
                                 service_settings const& settings)
{
    return {.where = std::move(where),
            .who = {.only_initiator = who.reads_everything ? std::nullopt : std::optional{who.user_id}},
            .bounds = {.limit = asked.limit, .offset = asked.offset, .after = asked.after_id},
            .count = asked.count,
            .count_cap = settings.count_cap,
            .statement_timeout = settings.statement_timeout,
            .exact_count_timeout = settings.exact_count_timeout};
}

/// What a caller gets who may read nothing.
store::page_answer nothing_to_see(page_parameters const& asked, std::int64_t cap)
{
    store::page_answer empty;
    empty.count = asked.count == store::count_mode::none ? -1 : 0;
    if (asked.count == store::count_mode::capped)
        empty.count_cap = cap;
    return empty;
}

} // namespace

asio::awaitable<http::response> service::interceptions(http::request const& request, query_parameters const& given,
                                                       http::request_notes& notes)
{
    auto body = co_await interceptions_page(request, given, notes);
    if (body.has_error()) {
        notes.error = body.error().log;
        co_return to_response(body.error(), request.request_id);
    }
    co_return http::response{.body = std::move(*body), .headers = {}};
}

asio::awaitable<service::either<std::string>>
service::interceptions_page(http::request const& request, query_parameters const& given, http::request_notes& notes)
{
    co_await schema_.first_look();
    auto const database = schema_.current(); // our own reference: a re-probe may replace it while we wait
    if (!database) {
        // Without the schema no key can be read, but a request without a good token is refused all the same.
        auto const token = find_token(request, given);
        if (!token)
            co_return no_token();
        if (auto const parts = split_token(*token); parts.has_error())
            co_return parts.error();
        co_return unavailable("The service is not ready."); // why is told by /readyz and the log
    }
    borrowed connection;
    auto const who = co_await authenticate(request, given, *database, connection, notes);
    if (who.has_error())
        co_return who.error();
    auto const asked = read_page_parameters(given);
    if (asked.has_error())
        co_return asked.error();
    notes.query = asked->q;
    auto where = co_await read_query(asked->q, *who, *database, connection, request, notes);
    if (where.has_error())
        co_return where.error();

    if (!who->reads_everything && settings_.members == member_access::none) {
        if (asked->after_id) // for this caller no row exists
            co_return cursor_not_found(*asked->after_id);
        co_return json::interceptions_body(nothing_to_see(*asked, settings_.count_cap), *database, 0);
    }
    auto const ready = co_await borrow(connection, request, notes);
    if (ready.has_error())
        co_return ready.error();
    auto const question = question_of(*asked, std::move(*where), *who, settings_);
    pg::outcome<store::page_answer> page{pg::failure{}};
    {
        stopwatch const timed{notes.database};
        page = co_await store::read_page(*connection.lease, *database, question, request.deadline);
    }
    if (page.has_error())
        co_return database_fault("page", page.error());
    connection.lease.reset(); // the rows are ours: others may have the connection while we write
    if (!page->cursor_found)
        co_return cursor_not_found(*asked->after_id);
    auto body = json::interceptions_body(*page, *database, last_body_ + last_body_ / 8);
    last_body_ = std::min<std::size_t>(body.size(), 1 << 20);
    co_return body;
}

asio::awaitable<service::either<identity>> service::authenticate(http::request const& request,
                                                                 query_parameters const& given,
                                                                 schema::shape const& database, borrowed& connection,
                                                                 http::request_notes& notes)
{
    auto const token = find_token(request, given);
    if (!token)
        co_return no_token();
    auto const parts = split_token(*token);
    if (parts.has_error())
        co_return parts.error();
    std::optional<store::key_record> key;
    // A wrong secret is always checked against the database, as an unknown id is: neither is told by its time.
    if (auto const* known = keys_.find(parts->id, steady_clock::now()); known && secret_matches(*known, parts->secret))
        key = *known;
    if (!key) {
        auto const ready = co_await borrow(connection, request, notes);
        if (ready.has_error())
            co_return ready.error();
        stopwatch const timed{notes.database};
        auto found = co_await store::find_key(*connection.lease, database, parts->id, settings_.statement_timeout,
                                              request.deadline);
        if (found.has_error())
            co_return database_fault("authentication", found.error());
        key = std::move(*found);
        if (key && secret_matches(*key, parts->secret))
            keys_.remember(parts->id, *key, steady_clock::now());
    }
    auto const now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    auto const who = verify(key, parts->secret, now);
    if (who.has_value())
        notes.caller = to_string(who->user_id);
    co_return who;
}

asio::awaitable<service::either<grammar::filter>>
service::read_query(std::string_view q, identity const& who, schema::shape const& database, borrowed& connection,
                    http::request const& request, http::request_notes& notes)
{
    auto const now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    auto checked = grammar::check(q, {.me = who.user_id, .now = now, .recorded = database.recorded()});
    auto const users = grammar::unresolved_users(checked.meaning);
    // Who may read nothing is not told either which user names there are.
    bool const looks_up = who.reads_everything || settings_.members == member_access::own;
    if (!users.empty() && looks_up) {
        auto const ready = co_await borrow(connection, request, notes);
        if (ready.has_error())
            co_return ready.error();
        std::vector<std::string> names(users.size());
        std::ranges::transform(users, names.begin(), &grammar::user_reference::name);
        stopwatch const timed{notes.database};
        auto const ids =
            co_await store::find_users(*connection.lease, names, settings_.statement_timeout, request.deadline);
        if (ids.has_error())
            co_return database_fault("users", ids.error());
        for (std::size_t i = 0; i < users.size(); ++i) {
            users[i]->id = (*ids)[i];
            if (!users[i]->id)
                checked.faults.push_back(grammar::unknown_user(*users[i]));
        }
        grammar::sort_faults(checked.faults);
    }
    if (!checked.faults.empty())
        co_return bad_request(bad_query, std::move(checked.faults));
    co_return std::move(checked.meaning);
}

} // namespace bridgewatch::api
