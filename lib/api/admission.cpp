#include "grammar/check.hpp"
#include "lib/api/service.hpp"
#include "lib/http/traceparent.hpp"

#include <algorithm>
#include <utility>

// What every reader of the log goes through: schema → authentication → its query → a connection.
namespace bridgewatch::api {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

char const* bad_query(grammar::subject about)
{
    return about == grammar::subject::sessions ? "Invalid session search query." : "Invalid interception search query.";
}

/// All clients of a unix socket, and of a proxy that is not trusted, count as one.
http::address client_of(http::request const& request)
{
    return http::parse_address(request.remote).value_or(http::address{});
}

} // namespace

asio::awaitable<service::either<void>> service::admit(visit& guest)
{
    co_await schema_.first_look();
    guest.database = schema_.current();
    if (!guest.database) {
        // Without the schema no key can be read, but a request without a good token is refused all the same.
        auto const token = find_token(guest.request, guest.given);
        if (!token)
            co_return no_token();
        if (auto const parts = split_token(*token); parts.has_error())
            co_return parts.error();
        co_return unavailable("The service is not ready."); // why is told by /readyz and the log
    }
    auto const begun = steady_clock::now();
    auto const who = co_await authenticate(guest);
    guest.notes.add({.name = "auth", .begun = begun, .ended = steady_clock::now(), .has_failed = who.has_error()});
    if (who.has_error())
        co_return who.error();
    guest.who = *who;
    co_return either<void>{};
}

asio::awaitable<service::either<identity>> service::authenticate(visit& guest)
{
    auto who = co_await prove_identity(guest);
    auto outcome = auth_outcome::ok;
    if (who.has_error())
        outcome = who.error().auth.empty() ? auth_outcome::unavailable : who.error().auth;
    settings_.on_event(authenticated{outcome});
    co_return who;
}

asio::awaitable<service::either<identity>> service::prove_identity(visit& guest)
{
    auto const token = find_token(guest.request, guest.given);
    if (!token)
        co_return no_token();
    auto const parts = split_token(*token);
    if (parts.has_error())
        co_return parts.error();
    auto const found = co_await look_up_key(guest, *parts);
    if (found.has_error())
        co_return found.error();
    auto const now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    auto const who = verify(*found, parts->secret, now);
    if (who.has_value()) {
        guest.notes.caller = to_string(who->user_id);
        if (settings_.at_work) {
            guest.key_place = stay_of(parts->id);
            if (!guest.key_place)
                co_return too_many_at_once();
        }
        co_return who;
    }
    // Whoever has the secret of an expired key, or of one that may not, is told so. All others may be guessing.
    auto const from = client_of(guest.request);
    bool const is_guess = !*found || !secret_matches(**found, parts->secret);
    if (is_guess && settings_.failures && !settings_.failures->note(from, steady_clock::now()))
        co_return too_many_attempts(from);
    co_return who;
}

asio::awaitable<service::either<std::optional<store::key_record>>> service::look_up_key(visit& guest, token_parts token)
{
    auto const asked = steady_clock::now();
    // A wrong secret is always checked against the database, as an unknown id is: neither is told by its time.
    auto const* known = keys_.find(token.id, asked);
    bool const is_hit = known && secret_matches(*known, token.secret);
    settings_.on_event(key_looked_up{is_hit});
    if (is_hit)
        co_return std::optional{*known};
    std::optional<pool_share::place> turn;
    auto const from = client_of(guest.request);
    if (settings_.failures && settings_.failures->is_over(from, asked)) {
        // A good token works from there too. But whether it is one is looked up in turn, so that a flood of bad ones
        // takes no connections from others; who has been good before need not wait among them.
        auto const* before = keys_.last_known(token.id);
        if (!before || !secret_matches(*before, token.secret)) {
            auto mine = co_await suspects_.enter({}, std::min(asked + settings_.pool_timeout, guest.request.deadline));
            if (!mine)
                co_return too_many_attempts(from);
            turn = std::move(mine);
        }
    }
    auto const look = [&](pg::lease& on) {
        return store::find_key(on, *guest.database, token.id, settings_.statement_timeout, guest.request.deadline);
    };
    auto found = co_await attempt<std::optional<store::key_record>>(guest, "authentication", look);
    if (found.has_value() && *found && secret_matches(**found, token.secret))
        keys_.remember(token.id, **found, asked);
    else if (auto const* before = keys_.last_known(token.id);
             found.has_value() && before && secret_matches(*before, token.secret))
        keys_.forget(token.id); // it was revoked
    if (turn && found.has_value())
        guest.connection.reset();
    co_return found;
}

std::optional<key_stay> service::stay_of(std::string_view key) const
{
    auto in_process = key_places::enter(settings_.at_work, key);
    if (!in_process)
        return std::nullopt;
    key_stay out{.in_process = std::move(*in_process), .on_loop = {}};
    if (settings_.at_work_here) {
        out.on_loop = key_places::enter(settings_.at_work_here, key);
        if (!out.on_loop)
            return std::nullopt;
    }
    return out;
}

api_error service::too_many_attempts(http::address const& from) const
{
    return api::too_many_attempts(settings_.failures->retry_after(from, steady_clock::now()));
}

asio::awaitable<service::either<grammar::filter>> service::read_query(visit& guest, std::string_view q,
                                                                      grammar::subject about)
{
    guest.notes.query = q;
    auto const now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    auto checked = grammar::check(
        q, {.about = about, .me = guest.who.user_id, .now = now, .recorded = guest.database->recorded()});
    auto const users = grammar::unresolved_users(checked.meaning);
    // Who may read nothing is not told either which user names there are.
    if (!users.empty() && !sees_nothing(guest.who)) {
        std::vector<std::string> names(users.size());
        std::ranges::transform(users, names.begin(), &grammar::user_reference::name);
        auto const look = [&](pg::lease& on) {
            return store::find_users(on, names, settings_.statement_timeout, guest.request.deadline);
        };
        auto const ids = co_await attempt<std::vector<std::optional<grammar::uuid>>>(guest, "users", look);
        if (ids.has_error())
            co_return ids.error();
        for (std::size_t i = 0; i < users.size(); ++i) {
            users[i]->id = (*ids)[i];
            if (!users[i]->id)
                checked.faults.push_back(grammar::unknown_user(*users[i]));
        }
        grammar::sort_faults(checked.faults);
    }
    if (!checked.faults.empty()) {
        settings_.on_event(query_refused{checked.faults});
        co_return bad_request(bad_query(about), std::move(checked.faults));
    }
    co_return std::move(checked.meaning);
}

pg::steady_time service::in_time_to_answer(pg::steady_time deadline, pg::steady_time now)
{
    constexpr std::chrono::milliseconds most{50};
    return deadline - std::min<pg::steady_time::duration>(most, (deadline - now) / 8);
}

asio::awaitable<service::either<void>> service::borrow(visit& guest)
{
    if (guest.connection)
        co_return either<void>{};
    auto const before = steady_clock::now();
    auto const deadline = std::min(before + settings_.pool_timeout, in_time_to_answer(guest.request.deadline, before));
    auto const who = guest.is_under_way || guest.expensive ? pg::standing::under_way : pg::standing::newcomer;
    auto lease = co_await borrow_from_either(guest, deadline, who);
    if (lease.has_error()) {
        auto const why = lease.error();
        note_wait(guest.notes, before, &why);
        co_return database_fault("pool", why);
    }
    note_wait(guest.notes, before, nullptr);
    guest.connection.emplace(std::move(*lease));
    lend_to(guest.request.request_id, guest.notes, *guest.connection);
    guest.is_under_way = true;
    co_return either<void>{};
}

void service::lend_to(std::string_view request_id, http::request_notes& notes, pg::lease& connection) const
{
    connection.report_to(
        [this, request_id, &notes](pg::statement_ended const& what) { note_statement(request_id, notes, what); });
    if (!notes.is_traced())
        return;
    connection.time_each();
    if (settings_.sql_comments)
        connection.comment(http::sql_comment(*notes.trace));
}

void service::note_wait(http::request_notes& notes, pg::steady_time since, pg::failure const* refused) const
{
    auto const now = steady_clock::now();
    auto const took = std::chrono::duration_cast<std::chrono::microseconds>(now - since);
    notes.pool_wait += took;
    notes.add({.name = "pool_wait", .begun = since, .ended = now, .has_failed = refused != nullptr});
    settings_.on_event(waited_for_connection{.took = took, .refused = refused});
}

void service::note_statement(std::string_view request_id, http::request_notes& notes,
                             pg::statement_ended const& what) const
{
    notes.add({.name = what.what->about,
               .begun = what.begun,
               .ended = what.ended,
               .of = http::stage::kind::statement,
               .rows = what.rows,
               .has_failed = what.failed != nullptr});
    auto const limit = settings_.slow_after ? settings_.slow_after->load(std::memory_order_relaxed) : 0;
    if (limit > 0 && what.ended - what.begun >= std::chrono::microseconds{limit})
        settings_.on_event(slow_statement{.what = what, .request_id = request_id, .route = notes.route});
}

asio::awaitable<pg::outcome<pg::lease>> service::borrow_from_either(visit& guest, pg::steady_time deadline,
                                                                    pg::standing who)
{
    auto& pool = guest.is_elsewhere ? elsewhere_ : connections_;
    bool const has_other = !guest.is_elsewhere && &elsewhere_ != &connections_ && !guest.is_bound_to_shape;
    if (!has_other) {
        auto only = co_await pool.acquire(deadline, who);
        co_return only;
    }
    // A host that hangs refuses nobody, and must leave some time for the other one.
    auto const now = steady_clock::now();
    auto const by = pool.stats().open == 0 ? now + (deadline - now) / 2 : deadline;
    auto lease = co_await pool.acquire(by, who);
    if (lease.has_value())
        co_return lease;
    // A host that is shutting down refuses, and libpq takes that for an answer.
    auto const why = lease.error().code;
    bool const is_gone = why == pg::errc::database_down || (why == pg::errc::pool_timeout && pool.stats().open == 0);
    if (!is_gone)
        co_return lease;
    guest.is_elsewhere = true;
    guest.notes.retried = describe("pool", lease.error());
    auto other = co_await elsewhere_.acquire(deadline, who);
    co_return other;
}

asio::awaitable<bool> service::is_asked_again(visit& guest, std::string_view stage, pg::failure const& why)
{
    if (goes_elsewhere(guest, stage, why)) {
        co_await wait_before_next(guest.tries);
        co_return true;
    }
    if (schema_changed(why) && !guest.has_looked_again) {
        auto const seen = co_await look_again(guest, stage, why);
        co_return seen;
    }
    if (!do_without_acceleration(guest, why))
        co_return false;
    schema_.recheck();
    guest.connection.reset();
    co_return true;
}

bool service::goes_elsewhere(visit& guest, std::string_view stage, pg::failure const& why)
{
    if (!guest.tries.take_another(why))
        return false;
    // Another host may lag: what belongs to rows that were read comes from where they did.
    guest.is_elsewhere = guest.is_elsewhere || !guest.is_bound_to_shape;
    guest.connection.reset();
    guest.notes.retried = describe(stage, why);
    settings_.on_event(asked_again{});
    return true;
}

asio::awaitable<bool> service::look_again(visit& guest, std::string_view stage, pg::failure const& why)
{
    guest.has_looked_again = true;
    guest.notes.retried = describe(stage, why);
    guest.connection.reset(); // the look needs one
    co_await schema_.look_again(guest.request.deadline);
    auto const& now = schema_.current();
    if (!now || (guest.is_bound_to_shape && !(*now == *guest.database)))
        co_return false;
    guest.database = now;
    co_return true;
}

asio::awaitable<std::optional<store::spare_connection>> service::borrow_aside(visit& guest, store::count_mode mode)
{
    constexpr std::chrono::milliseconds patience{10};
    if (mode != store::count_mode::exact || steady_clock::now() < no_counts_aside_until_)
        co_return std::nullopt;
    auto const ready = co_await borrow(guest);
    auto const now = connections_.stats();
    if (ready.has_error() || now.idle < 2 || now.in_use > now.idle)
        co_return std::nullopt;
    if (guest.expensive) { // then the count's connection is of that share too
        guest.expensive_aside = expensive_.try_enter(guest.notes.caller);
        if (!guest.expensive_aside)
            co_return std::nullopt;
    }
    auto aside = co_await connections_.acquire(steady_clock::now() + patience);
    if (aside.has_error()) {
        guest.expensive_aside.reset();
        co_return std::nullopt;
    }
    lend_to(guest.request.request_id, guest.notes, *aside);
    co_return store::spare_connection{.lease = std::move(*aside)};
}

void service::give_back(std::optional<store::spare_connection>& aside)
{
    constexpr std::chrono::minutes pause{1};
    if (aside && aside->was_late)
        no_counts_aside_until_ = steady_clock::now() + pause;
    aside.reset();
}

bool service::sees_nothing(identity const& who) const
{
    return !who.reads_everything && settings_.members == member_access::none;
}

sql::visibility service::sight_of(identity const& who)
{
    return {.only_initiator = who.reads_everything ? std::nullopt : std::optional{who.user_id}};
}

store::count_question service::counting_of(store::count_mode mode) const
{
    return {.mode = mode,
            .cap = settings_.count_cap,
            .statement_timeout = settings_.statement_timeout,
            .exact_count_timeout = settings_.exact_count_timeout};
}

store::count_answer service::count_of_nothing(store::count_mode mode) const
{
    using enum store::count_mode;
    return {.count = mode == none ? -1 : 0, .cap = mode == capped ? std::optional{settings_.count_cap} : std::nullopt};
}

bool service::do_without_acceleration(visit& guest, pg::failure const& failure)
{
    bool const may_be_gone = schema_changed(failure) || failure.diag.sqlstate == pg::sqlstate::insufficient_privilege;
    if (!may_be_gone || !guest.database->acceleration)
        return false;
    auto without = *guest.database;
    without.acceleration = false;
    guest.database = std::make_shared<schema::shape const>(without);
    return true;
}

api_error service::database_fault(std::string_view stage, pg::failure const& failure)
{
    if (schema_changed(failure))
        schema_.recheck();
    return database_error(stage, failure);
}

} // namespace bridgewatch::api
