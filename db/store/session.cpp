#include "db/store/session.hpp"

#include "db/sql/interceptions.hpp"
#include "db/store/session_positions.hpp"
#include "db/store/snapshot.hpp"
#include "db/store/transaction.hpp"

#include <algorithm>
#include <utility>

namespace bridgewatch::store {
namespace {

namespace asio = boost::asio;
using uuids = std::vector<grammar::uuid>;

template <class Column>
uuids ids_in(pg::rows const& rows, Column column)
{
    uuids out(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row)
        out[row] = rows.at(row, column).id();
    return out;
}

/// One read, step by step, in one transaction.
class session_reader {
  public:
    session_reader(pg::lease& connection, schema::shape const& database, session_question const& question,
                   pg::steady_time deadline)
        : connection_{connection},
          database_{database},
          question_{question},
          deadline_{deadline},
          snapshot_{connection, question.statement_timeout, deadline}
    {
    }

    asio::awaitable<pg::outcome<session_answer>> read()
    {
        auto const found = co_await find();
        if (found.has_error())
            co_return found.error();
        if (answer_.session_found) {
            auto const read = co_await read_page();
            if (read.has_error())
                co_return read.error();
        }
        if (answer_.session_found && answer_.cursor_found && !answer_.threads.empty()) {
            auto const read = co_await read_threads();
            if (read.has_error())
                co_return read.error();
        }
        auto const ended = co_await end_snapshot(connection_, deadline_);
        if (ended.has_error())
            co_return ended.error();
        co_return std::move(answer_);
    }

  private:
    [[nodiscard]] sql::session_search search() const
    {
        return {.where = everything_, .who = question_.who, .database = database_, .after = {}};
    }

    [[nodiscard]] sql::session_scope scope() const
    {
        return {.of = answer_.which, .who = question_.who, .database = database_};
    }

    asio::awaitable<pg::outcome<void>> find()
    {
        auto position = sql::position_of_session(search(), question_.session_id, question_.initiator_id,
                                                 sql::of_several::most_recent);
        auto const found = co_await snapshot_.run(std::move(position), sql::planning::kept);
        if (found.has_error())
            co_return found.error();
        answer_.session_found = !found->empty();
        if (answer_.session_found)
            answer_.which = read_positions(*found).front();
        co_return pg::outcome<void>{};
    }

    /// The session itself, and which threads the page has.
    asio::awaitable<pg::outcome<void>> read_page()
    {
        auto bounds = question_.threads;
        ++bounds.limit; // tells whether there are more
        auto const cursor = bounds.after ? bounds.after : bounds.before;
        std::vector<sql::statement> asked;
        asked.push_back(sql::rows_of_sessions(search(), {answer_.which}));
        asked.push_back(sql::metadata_sums_of_session(scope()));
        asked.push_back(sql::page_of_threads(scope(), bounds));
        if (cursor)
            asked.push_back(sql::thread_exists(scope(), *cursor));
        auto ran = co_await snapshot_.run(std::move(asked), sql::planning::kept);
        if (ran.has_error())
            co_return ran.error();
        answer_.session = std::move(*(*ran)[0]);
        answer_.session_metadata = std::move(*(*ran)[1]);
        answer_.cursor_found = !cursor || !ran->back()->empty();
        answer_.threads = ids_in(*(*ran)[2], std::size_t{0});
        answer_.more = std::ssize(answer_.threads) > question_.threads.limit;
        if (answer_.more)
            answer_.threads.pop_back();
        if (question_.threads.before)
            std::ranges::reverse(answer_.threads);
        co_return pg::outcome<void>{};
    }

    asio::awaitable<pg::outcome<void>> read_threads()
    {
        std::vector<sql::statement> first;
        first.push_back(sql::members_of_threads(scope(), answer_.threads));
        first.push_back(sql::first_prompts_of(answer_.threads));
        auto roots = co_await snapshot_.run(std::move(first), sql::planning::kept);
        if (roots.has_error())
            co_return roots.error();
        answer_.members = std::move(*(*roots)[0]);
        answer_.first_prompts = std::move(*(*roots)[1]);

        using sql::thread_member_column;
        sql::thread_members const of{.interceptions = ids_in(answer_.members, thread_member_column::id),
                                     .threads = ids_in(answer_.members, thread_member_column::thread)};
        std::vector<sql::statement> second;
        second.push_back(sql::token_sums_of(of, database_));
        second.push_back(sql::metadata_sums_of(of));
        second.push_back(sql::tool_usages_of(of.interceptions, sql::child_order::parent));
        if (database_.model_thoughts)
            second.push_back(sql::thoughts_of(of.interceptions));
        auto children = co_await snapshot_.run(std::move(second), sql::planning::kept);
        if (children.has_error())
            co_return children.error();
        answer_.token_sums = std::move(*(*children)[0]);
        answer_.metadata_sums = std::move(*(*children)[1]);
        answer_.tool_usages = std::move(*(*children)[2]);
        if (database_.model_thoughts)
            answer_.thoughts = std::move(*(*children)[3]);
        co_return pg::outcome<void>{};
    }

    pg::lease& connection_;
    schema::shape const& database_;
    session_question const& question_;
    pg::steady_time deadline_;
    grammar::filter const everything_;
    snapshot snapshot_;
    session_answer answer_;
};

} // namespace

asio::awaitable<pg::outcome<session_answer>> read_session(pg::lease& connection, schema::shape const& database,
                                                          session_question const& question, pg::steady_time deadline)
{
    session_reader reader{connection, database, question, deadline};
    auto answer = co_await reader.read();
    co_return answer;
}

} // namespace bridgewatch::store
