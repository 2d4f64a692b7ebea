#include "db/store/sessions.hpp"

#include "db/sql/acceleration.hpp"
#include "db/sql/session_table.hpp"
#include "db/store/count_beside.hpp"
#include "db/store/session_positions.hpp"
#include "db/store/snapshot.hpp"
#include "db/store/table_walk.hpp"
#include "db/store/transaction.hpp"

#include <algorithm>
#include <utility>

namespace bridgewatch::store {
namespace {

namespace asio = boost::asio;
using sql::session_position;
using positions = std::vector<session_position>;

/// Two lists that the database has sorted.
struct merged_keys {
    positions keys;
    bool has_tie = false; ///< of times across the lists: only the database can order these
};

merged_keys merge(positions prompted, positions unprompted)
{
    merged_keys out;
    auto a = prompted.begin(), b = unprompted.begin();
    while (a != prompted.end() || b != unprompted.end()) {
        bool const both = a != prompted.end() && b != unprompted.end();
        out.has_tie = out.has_tie || (both && a->last_active_at == b->last_active_at);
        bool const first = b == unprompted.end() || (both && a->last_active_at > b->last_active_at);
        out.keys.push_back(std::move(first ? *a++ : *b++));
    }
    return out;
}

/// One read, step by step, in one transaction.
class sessions_reader {
  public:
    sessions_reader(pg::lease& connection, schema::shape const& database, sessions_question const& question,
                    pg::steady_time deadline, bool has_begun = false)
        : connection_{connection},
          database_{database},
          question_{question},
          deadline_{deadline},
          snapshot_{connection, question.count.statement_timeout, deadline, has_begun}
    {
    }

    asio::awaitable<pg::outcome<sessions_answer>> read()
    {
        if (question_.after) {
            auto const found = co_await find_cursor();
            if (found.has_error())
                co_return found.error();
            if (!*found) {
                auto const ended = co_await end_snapshot(connection_, deadline_);
                if (ended.has_error())
                    co_return ended.error();
                co_return sessions_answer{.cursor_found = false, .which = {}, .sessions = {}, .count = {}};
            }
        }
        auto keys = co_await find_keys();
        if (keys.has_error())
            co_return keys.error();
        auto answer = co_await read_rows(std::move(*keys));
        co_return answer;
    }

  private:
    [[nodiscard]] sql::session_search search() const { return search_of(question_.where); }

    [[nodiscard]] sql::session_search search_of(grammar::filter const& where) const
    {
        return {.where = where, .who = question_.who, .database = database_, .after = after_};
    }

    /// How many keys fill the page, and tell whether there is a next one.
    [[nodiscard]] std::int64_t wanted() const { return question_.offset + question_.limit + 1; }

    [[nodiscard]] sql::planning plan() const
    {
        return question_.where.matches_everything() ? sql::planning::kept : sql::planning::with_values;
    }

    asio::awaitable<pg::outcome<bool>> find_cursor()
    {
        auto const& cursor = *question_.after;
        if (cursor.initiator_id && cursor.last_active_at) {
            after_ = {.last_active_at = *cursor.last_active_at,
                      .session_id = cursor.session_id,
                      .initiator_id = *cursor.initiator_id};
            co_return true;
        }
        std::vector<sql::statement> asked;
        for (auto const* where : {&question_.where, &everything_})
            asked.push_back(sql::position_of_session(search_of(*where), cursor.session_id, cursor.initiator_id,
                                                     sql::of_several::last));
        auto const found = co_await snapshot_.run(std::move(asked), plan());
        if (found.has_error())
            co_return found.error();
        for (auto const& one : *found)
            if (!after_ && !one->empty())
                after_ = read_positions(*one).front();
        co_return after_.has_value();
    }

    /// Notes whether the session table is exact in this snapshot.
    void look_at(pg::rows const& state)
    {
        using sql::acceleration_column;
        has_table_ = !state.empty() && state.at(0, acceleration_column::is_ready).boolean() &&
                     state.at(0, acceleration_column::pending).int64() <= sql::most_pending;
    }

    /// @return nothing where the session table does not answer.
    asio::awaitable<pg::outcome<std::optional<positions>>> page_of_table()
    {
        // A plan that was kept while the table was small must walk the index all the same.
        std::vector<sql::statement> asked{sql::acceleration_state(),
                                          sql::page_of_table(search(), question_.limit + 1, question_.offset),
                                          allow_sorts()};
        auto const told = co_await snapshot_.run(std::move(asked), sql::planning::kept_walk);
        if (told.has_error())
            co_return told.error();
        look_at(*told->front());
        if (!has_table_)
            co_return std::optional<positions>{};
        by_ = session_plan::way::table;
        co_return std::optional{read_positions(*(*told)[1])};
    }

    asio::awaitable<pg::outcome<std::optional<positions>>> walk_table()
    {
        std::vector<sql::statement> asked{sql::acceleration_state(), sql::estimate_of_range(search()),
                                          sql::estimate_of_matching(search())};
        auto const told = co_await snapshot_.run(std::move(asked), plan());
        if (told.has_error())
            co_return told.error();
        look_at(*told->front());
        auto const chosen = plan_by_table(read_estimate(*(*told)[1]).rows, read_estimate(*(*told)[2]), wanted());
        if (!has_table_ || chosen.by != session_plan::way::table)
            co_return std::optional<positions>{};
        auto const asked_for = search();
        table_walk walk{snapshot_, asked_for, chosen, wanted()};
        auto found = co_await walk.run();
        if (found.has_error() || !*found)
            co_return found;
        by_ = session_plan::way::table;
        co_return page_of(std::move(**found));
    }

    /// By the session table, where there is one that may be used. @return nothing where it does not lead there.
    asio::awaitable<pg::outcome<std::optional<positions>>> find_in_table()
    {
        if (!database_.acceleration || !sql::has_session_index(search()))
            co_return std::optional<positions>{};
        if (sql::is_in_table(search())) {
            auto found = co_await page_of_table();
            co_return found;
        }
        auto found = co_await walk_table();
        co_return found;
    }

    asio::awaitable<pg::outcome<session_plan>> choose()
    {
        if (!sql::has_session_index(search()) || has_table_) // the table has shown that hardly anything matches
            co_return session_plan{};
        if (question_.where.matches_everything() && !question_.who.only_initiator)
            co_return plan_of_all_sessions(wanted());
        std::vector<sql::statement> asked{sql::estimate_of_interceptions(), sql::estimate_of_matching(search()),
                                          sql::estimate_of_newest_prompt()};
        auto const before = sql::started_before(search());
        if (before)
            asked.push_back(sql::estimate_of_prompts_since(search(), *before));
        auto const told = co_await snapshot_.run(std::move(asked), plan());
        if (told.has_error())
            co_return told.error();
        session_estimates const known{.interceptions = read_estimate(*(*told)[0]).rows,
                                      .matching = read_estimate(*(*told)[1]).rows,
                                      .passed_over = before ? read_estimate(*told->back()).rows : 0,
                                      .prompts_sorted = is_cheap(read_estimate(*(*told)[2]))};
        co_return plan_of_sessions(known, wanted(), sql::known_initiators(search()).has_value());
    }

    asio::awaitable<pg::outcome<positions>> find_keys()
    {
        auto in_table = co_await find_in_table();
        if (in_table.has_error())
            co_return in_table.error();
        if (*in_table)
            co_return std::move(**in_table);
        auto const chosen = co_await choose();
        if (chosen.has_error())
            co_return chosen.error();
        for (auto tried = std::optional{*chosen}; tried && tried->by != session_plan::way::group;
             tried = longer(*tried)) {
            auto walked = co_await walk(*tried);
            if (walked.has_error())
                co_return walked.error();
            if (*walked) {
                by_ = tried->by;
                co_return std::move(**walked);
            }
        }
        auto group = sql::grouped_sessions(search(), question_.limit + 1, question_.offset);
        auto const grouped = co_await snapshot_.run(std::move(group), plan());
        if (grouped.has_error())
            co_return grouped.error();
        co_return read_positions(*grouped);
    }

    /// @return nothing where the budget did not last for a proof.
    asio::awaitable<pg::outcome<std::optional<positions>>> walk(session_plan chosen)
    {
        sql::walk_bounds const bounds{.wanted = wanted(),
                                      .budget = chosen.budget,
                                      .by_initiator = chosen.by == session_plan::way::walk_of_initiators};
        auto first = sql::walk_of_prompts(search(), bounds);
        auto const prompts = co_await snapshot_.run(std::move(first), plan());
        if (prompts.has_error())
            co_return prompts.error();
        auto prompted = read_positions(*prompts);
        auto const full = std::ssize(prompted) == bounds.wanted;

        std::vector<sql::statement> second;
        if (!full)
            second.push_back(sql::prompts_beyond(search(), bounds));
        auto const since = full ? std::optional{prompted.back().last_active_at} : std::nullopt;
        second.push_back(sql::interceptions_beyond(search(), bounds, since));
        second.push_back(sql::walk_of_interceptions(search(), bounds, since));
        auto const rest = co_await snapshot_.run(std::move(second), plan());
        if (rest.has_error())
            co_return rest.error();
        auto unprompted = read_positions(*rest->back());
        bool const ended_early = !full && !rest->front()->empty();
        bool const rest_ended_early = std::ssize(unprompted) < bounds.wanted && !(*rest)[rest->size() - 2]->empty();
        if (ended_early || rest_ended_early)
            co_return std::optional<positions>{};
        auto merged = merge(std::move(prompted), std::move(unprompted));
        if (merged.has_tie) {
            auto order = sql::ordered_sessions(merged.keys);
            auto const ordered = co_await snapshot_.run(std::move(order), plan());
            if (ordered.has_error())
                co_return ordered.error();
            merged.keys = read_positions(*ordered);
        }
        co_return page_of(std::move(merged.keys));
    }

    [[nodiscard]] std::optional<positions> page_of(positions keys) const
    {
        auto const size = std::ssize(keys);
        auto const from = std::min<std::ptrdiff_t>(size, question_.offset);
        auto const to = std::min<std::ptrdiff_t>(size, wanted());
        return positions{std::make_move_iterator(keys.begin() + from), std::make_move_iterator(keys.begin() + to)};
    }

    asio::awaitable<pg::outcome<sessions_answer>> read_rows(positions keys)
    {
        sessions_answer answer;
        answer.by = by_;
        answer.more = std::ssize(keys) > question_.limit;
        if (answer.more)
            keys.pop_back();
        answer.which = std::move(keys);

        pg::batch steps;
        if (!answer.which.empty()) {
            // Sessions are looked up one by one, whatever the filter is: one kept plan serves.
            steps.push_back(limit_statements(within(question_.count.statement_timeout, deadline_)));
            steps.push_back(sql::rows_of_sessions(search(), answer.which).to_step());
            steps.back().sync_after = true;
        }
        auto count = counting_of();
        count.add_to(steps, deadline_);
        auto ran = co_await connection_.run(std::move(steps), deadline_);
        if (ran.has_error())
            co_return ran.error();
        if (!answer.which.empty()) {
            for (auto* step : {&(*ran)[0], &(*ran)[1]}) // the first explains a second one that was skipped
                if (step->has_error())
                    co_return step->error();
            answer.sessions = std::move(*(*ran)[1]);
        }
        auto const counted = co_await count.finish(connection_, *ran, deadline_);
        if (counted.has_error())
            co_return counted.error();
        answer.count = *counted;
        co_return answer;
    }

    [[nodiscard]] counting counting_of() const
    {
        if (has_table_ && sql::is_in_table(search()))
            return counting::at_once(question_.count, [this](std::optional<std::int64_t> cap) {
                return sql::count_of_table(search(), cap);
            });
        return {question_.count, plan(),
                [this](std::optional<std::int64_t> cap) { return sql::count_of_sessions(search(), cap); }};
    }

    pg::lease& connection_;
    schema::shape const& database_;
    sessions_question const& question_;
    pg::steady_time deadline_;
    grammar::filter const everything_;
    std::optional<session_position> after_;
    session_plan::way by_ = session_plan::way::group;
    bool has_table_ = false; ///< known once find_in_table has asked
    snapshot snapshot_;
};

/// Reads the page on one connection and counts on another.
asio::awaitable<pg::outcome<sessions_answer>> read_beside_count(pg::lease& connection, schema::shape const& database,
                                                                sessions_question const& question,
                                                                pg::steady_time deadline)
{
    auto page = question;
    page.count.mode = count_mode::none;
    sql::session_search const all{.where = question.where, .who = question.who, .database = database, .after = {}};
    counting count{question.count, sql::planning::with_values,
                   [&](std::optional<std::int64_t> cap) { return sql::count_of_sessions(all, cap); }};
    sessions_reader reader{connection, database, page, deadline, true};
    auto both =
        co_await beside(reader.read(), count_in_snapshot(std::move(count), question.count.aside->lease, deadline));
    co_return both;
}

bool counts_at_once(schema::shape const& database, sessions_question const& question)
{
    return database.acceleration &&
           sql::is_in_table({.where = question.where, .who = question.who, .database = database, .after = {}});
}

} // namespace

asio::awaitable<pg::outcome<sessions_answer>> read_sessions(pg::lease& connection, schema::shape const& database,
                                                            sessions_question const& question, pg::steady_time deadline)
{
    if (may_count_beside(question.count) && !counts_at_once(database, question)) {
        auto const shared = co_await share_snapshot(connection, *question.count.aside, deadline);
        if (shared.has_error())
            co_return shared.error();
        if (*shared) {
            auto answer = co_await read_beside_count(connection, database, question, deadline);
            co_return answer;
        }
        sessions_reader in_turn{connection, database, question, deadline, true};
        auto answer = co_await in_turn.read();
        co_return answer;
    }
    sessions_reader reader{connection, database, question, deadline};
    auto answer = co_await reader.read();
    co_return answer;
}

} // namespace bridgewatch::store
