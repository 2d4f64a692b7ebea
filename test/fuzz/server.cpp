// PostgreSQL as an enemy: the real pool, libpq and all, asks a server that says what the input wants. No crash, no
// exception, no wait without an end; what is asked has an answer or a failure, and an answer becomes a body.

#include "test/fuzz/hostile_server.hpp"

#include "db/pg/pool.hpp"
#include "db/schema/probe.hpp"
#include "db/store/count_beside.hpp"
#include "db/store/identities.hpp"
#include "db/store/interceptions.hpp"
#include "db/store/session.hpp"
#include "db/store/sessions.hpp"
#include "db/store/slices.hpp"
#include "db/store/values.hpp"
#include "grammar/check.hpp"
#include "lib/api/errors.hpp"
#include "lib/api/session_token.hpp"
#include "lib/json/interceptions_body.hpp"
#include "lib/json/session_body.hpp"
#include "lib/json/sessions_body.hpp"
#include "lib/json/values_body.hpp"
#include "test/fuzz/input.hpp"
#include "test/fuzz/require.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace {

using namespace bridgewatch;
using fuzz::input;
using fuzz::require;
namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr std::chrono::seconds patience{10};
constexpr std::chrono::milliseconds soon{1};

template <class T>
bool has_answer(pg::outcome<T> const& got)
{
    if (got.has_value())
        return true;
    require(got.error().code != pg::errc{}, "a failure has a kind");
    require(got.error().code != pg::errc::deadline, "nothing waits for a server that has hung up");
    auto const told = api::to_response(api::database_error("fuzz", got.error()), "id");
    require(told.status >= 500, "it is no fault of the caller");
    constexpr std::size_t telling = 16; // a short text may be a part of ours
    auto const& said = got.error().diag.message;
    require(said.size() < telling || told.body.find(said) == std::string::npos,
            "a caller does not read what it has said");
    return false;
}

/// The questions of the API, on borrowed connections.
class asker {
  public:
    asker(pg::pool& connections, input& will) : connections_{connections}, will_{will}
    {
        shape_.acceleration = will.flag();
        if (will.flag())
            where_ = grammar::check("model:gpt-5 provider:anthropic", {}).meaning;
    }

    asio::awaitable<void> ask()
    {
        auto lease = co_await connections_.acquire(steady_clock::now() + patience);
        if (!has_answer(lease))
            co_return;
        lease_.emplace(std::move(*lease));
        constexpr std::size_t kinds = 9;
        switch (will_.below(kinds)) {
        case 0:
            co_await ask_page();
            break;
        case 1:
            co_await ask_sessions();
            break;
        case 2:
            co_await ask_session();
            break;
        case 3:
            co_await ask_values();
            break;
        case 4:
            co_await ask_key();
            break;
        case 5:
            co_await ask_users();
            break;
        case 6:
            co_await ask_slices();
            break;
        case 7:
            co_await ask_part();
            break;
        default:
            co_await ask_shape();
            break;
        }
        lease_.reset();
    }

  private:
    [[nodiscard]] store::count_question count()
    {
        using enum store::count_mode;
        constexpr store::count_mode modes[]{none, exact, capped};
        store::count_question out;
        out.mode = modes[will_.below(3)];
        return out;
    }

    asio::awaitable<void> ask_page()
    {
        store::page_question question{
            .where = where_, .who = {}, .bounds = {.limit = 2, .offset = 0, .after = {}}, .count = count()};
        question.plans = &plans_;
        if (will_.flag())
            question.bounds.after = grammar::uuid{};
        std::optional<store::spare_connection> aside;
        if (will_.flag()) {
            auto spare = co_await connections_.acquire(steady_clock::now() + patience);
            if (spare.has_value())
                question.count.aside = &aside.emplace(std::move(*spare));
        }
        auto const page = co_await store::read_page(*lease_, shape_, question, steady_clock::now() + patience);
        aside.reset();
        if (!has_answer_alone(page))
            co_return;
        require(page->shown <= page->interceptions.size(), "what is shown is there");
        static_cast<void>(json::interceptions_body(*page, shape_, 0));
    }

    asio::awaitable<void> ask_sessions()
    {
        store::sessions_question question{.where = where_, .who = {}, .limit = 2, .after = {}, .count = count()};
        if (will_.flag())
            question.after = store::session_cursor{.session_id = "s", .initiator_id = {}, .last_active_at = {}};
        auto const page = co_await store::read_sessions(*lease_, shape_, question, steady_clock::now() + patience);
        if (has_answer_alone(page))
            static_cast<void>(json::sessions_body(*page));
    }

    asio::awaitable<void> ask_session()
    {
        store::session_question question{.session_id = "s", .initiator_id = {}, .who = {}, .threads = {}};
        auto const session = co_await store::read_session(*lease_, shape_, question, steady_clock::now() + patience);
        if (has_answer_alone(session) && session->session_found && session->cursor_found)
            static_cast<void>(json::session_body(*session, shape_));
    }

    asio::awaitable<void> ask_values()
    {
        store::values_question const question{.which = sql::value_list::models, .prefixes = {}, .who = {}, .limit = 2};
        auto const list = co_await store::read_values(*lease_, shape_, question, steady_clock::now() + patience);
        if (has_answer_alone(list))
            static_cast<void>(json::values_body(list->values));
    }

    asio::awaitable<void> ask_key()
    {
        auto const key =
            co_await store::find_key(*lease_, shape_, "0123456789", patience, steady_clock::now() + patience);
        if (!has_answer_alone(key))
            co_return;
        auto const who = api::verify(*key, "0123456789012345678901", {});
        require(who.has_error(), "nobody finds the hash of a secret by chance");
        static_cast<void>(api::to_response(who.error(), "id"));
    }

    asio::awaitable<void> ask_users()
    {
        std::vector<std::string> const names{"alice", "bob"};
        auto const found = co_await store::find_users(*lease_, names, patience, steady_clock::now() + patience);
        if (has_answer_alone(found))
            require(found->size() == names.size(), "each name has a place");
    }

    asio::awaitable<void> ask_slices()
    {
        std::vector<grammar::uuid> ids(3);
        ids[1].bytes.fill(1);
        ids[2].bytes.fill(2);
        store::sizes_question const question{.interceptions = ids, .limits = {}};
        auto const sizes = co_await store::read_sizes(*lease_, shape_, question, steady_clock::now() + patience);
        if (!has_answer(sizes))
            co_return;
        std::size_t planned = 0;
        for (auto const& one : store::plan_slices(*sizes, 4096)) {
            require(one.bytes >= 0, "a slice takes some room");
            planned += one.count;
        }
        require(planned == ids.size(), "slices are the page");
        store::slice_question const slice{.interceptions = ids, .without_metadata = ids, .limits = {}};
        auto const read = co_await store::read_slice(*lease_, shape_, slice, steady_clock::now() + patience);
        static_cast<void>(has_answer(read));
    }

    asio::awaitable<void> ask_part()
    {
        constexpr sql::child_list lists[]{sql::child_list::token_usages, sql::child_list::user_prompts,
                                          sql::child_list::tool_usages};
        store::part_question question{
            .list = lists[will_.below(3)], .interception = {}, .after = {}, .bytes = 1024, .limits = {}};
        for (auto left = 3; left > 0; --left) {
            auto const part = co_await store::read_part(*lease_, shape_, question, steady_clock::now() + patience);
            if (!has_answer(part) || part->empty())
                co_return;
            std::string out;
            json::append_children(out, question.list, *part, true, shape_);
            question.after = store::position_after(question.list, *part);
        }
    }

    asio::awaitable<void> ask_shape()
    {
        pg::batch steps{schema::probe_statement()};
        auto const ran = co_await lease_->run(std::move(steps), steady_clock::now() + patience);
        if (!has_answer(ran))
            co_return;
        require(ran->size() == 1, "each step has an outcome");
        if (ran->front().has_value())
            static_cast<void>(schema::read_probe(*ran->front()));
    }

    /// Answers outlive the connection that they came by.
    template <class T>
    [[nodiscard]] bool has_answer_alone(pg::outcome<T> const& got)
    {
        lease_.reset();
        return has_answer(got);
    }

    pg::pool& connections_;
    input& will_;
    std::optional<pg::lease> lease_;
    schema::shape shape_ = schema::newest_shape();
    grammar::filter where_;
    store::plan_memory plans_;
};

asio::awaitable<void> ask_some(pg::pool& connections, input& will)
{
    asker asks{connections, will};
    for (auto left = 3; left > 0; --left) {
        co_await asks.ask();
        if (will.is_over())
            break;
    }
    co_await connections.close(steady_clock::now() + patience);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    static pg::blocking_calls helpers;
    input will{{reinterpret_cast<char const*>(data), size}};
    asio::io_context loop{1};
    fuzz::hostile_server server{loop.get_executor(), will};
    auto const options = pg::connection_options::parse("host=" + server.host() +
                                                       " port=5432 user=u dbname=d sslmode=disable gssencmode=disable");
    pg::pool_settings settings{.size = 2, .backoff_min = soon, .backoff_max = soon};
    settings.prepared_statements = will.flag();
    settings.statement_cache = 3;
    pg::pool connections{loop.get_executor(), *options, settings, helpers, [](pg::event const&) {}};

    bool over = false;
    std::exception_ptr thrown;
    asio::co_spawn(loop, ask_some(connections, will), [&](std::exception_ptr const& failed) {
        thrown = failed;
        over = true;
    });
    // Nothing happens only where both sides wait for each other.
    constexpr std::chrono::milliseconds quiet{20};
    while (!over)
        if (loop.run_one_for(quiet) == 0)
            server.hang_up();
    require(!thrown, "what a server says is no exception");
    return 0;
}
