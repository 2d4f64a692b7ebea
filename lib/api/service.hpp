#pragma once

#include "db/pg/pool.hpp"
#include "db/sql/distinct_values.hpp"
#include "db/store/interceptions.hpp"
#include "db/store/transaction.hpp"
#include "lib/api/attempts.hpp"
#include "lib/api/auth_cache.hpp"
#include "lib/api/cheap_questions.hpp"
#include "lib/api/errors.hpp"
#include "lib/api/events.hpp"
#include "lib/api/failed_attempts.hpp"
#include "lib/api/interceptions_stream.hpp"
#include "lib/api/key_places.hpp"
#include "lib/api/page_parameters.hpp"
#include "lib/api/pool_share.hpp"
#include "lib/api/query_parameters.hpp"
#include "lib/api/readiness.hpp"
#include "lib/api/routes.hpp"
#include "lib/api/schema_watch.hpp"
#include "lib/api/session_token.hpp"
#include "lib/api/stopwatch.hpp"
#include "lib/http/buffer_budget.hpp"
#include "lib/http/message.hpp"
#include "lib/json/interceptions_body.hpp"

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bridgewatch::api {

enum class member_access { none, own };

struct service_settings {
    std::chrono::milliseconds pool_timeout{2000};        ///< wait for a connection; then 503
    std::chrono::milliseconds statement_timeout{10000};  ///< of each statement; then 504
    std::chrono::milliseconds exact_count_timeout{5000}; ///< then an exact count becomes a capped one
    std::chrono::milliseconds auth_cache_ttl{5000};      ///< 0: no cache
    std::int64_t count_cap = 2000;
    std::int64_t slice_bytes = std::int64_t{4} << 20U; ///< a page whose rows take more is read and sent in slices
    member_access members = member_access::none;
    std::size_t expensive_connections = 2;     ///< of this loop's pool, for questions that may take long
    std::shared_ptr<key_places> at_work;       ///< how many requests each API key has; null: no limit
    std::shared_ptr<key_places> at_work_here;  ///< and on this loop, whose pool has a queue of its own; null: no limit
    std::shared_ptr<failed_attempts> failures; ///< bad tokens by address; null: no limit
    bool health_on_main_port = true;           ///< false where /livez and /readyz have a port of their own
    std::string version;                       ///< for buildinfo
    event_handler on_event = [](event const&) {};
    std::shared_ptr<std::atomic<std::int64_t> const>
        slow_after;            ///< microseconds of a statement; null or 0: none is slow
    bool sql_comments = false; ///< traceparent in the SQL of sampled requests
    /// The body of /metrics; null: no such route.
    std::function<http::response(http::request const&)> metrics = {};
};

/// Answers requests on one loop: routing, authentication, checks, reading, writing. Nothing is shared with other loops
/// but `draining`, `buffers`, `at_work` and `failures`. All members on the loop.
class service {
  public:
    /// @param elsewhere where a read is asked again that the server of its first connection has ended: the pool of
    ///                  another host, or the same pool
    service(pg::pool& connections, pg::pool& elsewhere, schema_watch& schema, service_settings settings,
            std::shared_ptr<std::atomic<bool> const> draining, std::shared_ptr<http::buffer_budget> buffers);

    /// One request on the API's port. What a caller can cause is an answer, never an exception.
    [[nodiscard]] boost::asio::awaitable<http::response> answer(http::request const& request,
                                                                http::request_notes& notes);
    /// One request on the port for health endpoints, which has nothing else.
    [[nodiscard]] boost::asio::awaitable<http::response> answer_admin(http::request const& request,
                                                                      http::request_notes& notes);

    /// How many keys the cache holds.
    [[nodiscard]] std::size_t cached_keys() const { return keys_.size(); }

  private:
    template <class T>
    using either = boost::system::result<T, api_error>;

    /// A question of db/store.
    template <class Answer, class Question>
    using store_reader = boost::asio::awaitable<pg::outcome<Answer>> (*)(pg::lease&, schema::shape const&,
                                                                         Question const&, pg::steady_time);

    /// One request on its way through the house.
    struct visit {
        http::request const& request;
        http::request_notes& notes;
        query_parameters given;
        std::string parameter;                         ///< of the path
        std::shared_ptr<schema::shape const> database; ///< our own reference: a re-probe may replace it while we wait
        std::optional<pg::lease> connection;           ///< borrowed on first use
        attempts tries;
        bool is_elsewhere = false;      ///< connections come from there
        bool has_looked_again = false;  ///< at the schema, which is done once
        bool is_bound_to_shape = false; ///< rows have been read, of that shape and from that pool
        bool is_under_way = false;      ///< work has been done for it: it is not turned away because others wait
        identity who;
        std::optional<key_stay> key_place;
        std::optional<pool_share::place> expensive, expensive_aside; ///< taken before the connections
    };

    boost::asio::awaitable<http::response> dispatch(http::request const& request, http::request_notes& notes, bool api,
                                                    bool health);
    boost::asio::awaitable<http::response> read_log(endpoint to, visit& guest);
    boost::asio::awaitable<http::response> readyz(http::request const& request);
    [[nodiscard]] http::response buildinfo() const;

    // admission.cpp
    boost::asio::awaitable<either<void>> admit(visit& guest);
    boost::asio::awaitable<either<identity>> authenticate(visit& guest);
    boost::asio::awaitable<either<identity>> prove_identity(visit& guest);
    /// The key from the cache or the database; nothing for an unknown id.
    boost::asio::awaitable<either<std::optional<store::key_record>>> look_up_key(visit& guest, token_parts token);
    /// Empty where the key has as many requests at work as it may.
    [[nodiscard]] std::optional<key_stay> stay_of(std::string_view key) const;
    [[nodiscard]] api_error too_many_attempts(http::address const& from) const;
    boost::asio::awaitable<either<void>> borrow(visit& guest);
    /// Has what the connection does from now on told to the request's notes; both views must outlive its use.
    void lend_to(std::string_view request_id, http::request_notes& notes, pg::lease& connection) const;
    /// @param refused null where it got a connection
    void note_wait(http::request_notes& notes, pg::steady_time since, pg::failure const* refused) const;
    /// Of a statement that was sent for the request: what traces and the slow-query log want.
    void note_statement(std::string_view request_id, http::request_notes& notes, pg::statement_ended const& what) const;
    /// From elsewhere, and from then on, where the first host does not answer.
    boost::asio::awaitable<pg::outcome<pg::lease>> borrow_from_either(visit& guest, pg::steady_time deadline,
                                                                      pg::standing who);
    /// Until when a request may wait: who waits in vain is told so before its own limit has passed.
    [[nodiscard]] static pg::steady_time in_time_to_answer(pg::steady_time deadline, pg::steady_time now);
    /// Asks `question` (lease& → awaitable<outcome<Answer>>), once more on another connection where the first one was
    /// lost or its server has ended the read, and once more where the schema has changed since it was looked at: reads
    /// may be repeated, and the caller need not hear of it. Each once a request, within its deadline.
    /// @param stage for the log
    template <class Answer, class Question>
    boost::asio::awaitable<either<Answer>> attempt(visit& guest, std::string_view stage, Question question);
    /// Whether the failed read is to be asked again; then the connection has been given back.
    boost::asio::awaitable<bool> is_asked_again(visit& guest, std::string_view stage, pg::failure const& why);
    [[nodiscard]] bool goes_elsewhere(visit& guest, std::string_view stage, pg::failure const& why);
    /// Waits for a new look at the schema. @return whether the read may go on with what was seen
    boost::asio::awaitable<bool> look_again(visit& guest, std::string_view stage, pg::failure const& why);
    /// Attempts a question to the store, and gives the connection back: the rows are ours, and others may have it while
    /// we write.
    template <class Answer, class Question>
    boost::asio::awaitable<either<Answer>> ask(visit& guest, std::string_view stage,
                                               store_reader<Answer, Question> read, Question const& question);
    /// A second connection for an exact count, where half of them are free and one stays so: it takes none from pages.
    /// Nothing otherwise.
    boost::asio::awaitable<std::optional<store::spare_connection>> borrow_aside(visit& guest, store::count_mode mode);
    /// Gives it back. One that was late says that counts are not to run aside for a while.
    void give_back(std::optional<store::spare_connection>& aside);

    // expensive.cpp
    /// What may make a question expensive, before it is asked.
    struct doubt {
        bool page = false;  ///< to find the rows
        bool count = false; ///< to count them
        std::string key;    ///< of cheap_questions; empty where there is no doubt
    };

    [[nodiscard]] doubt doubt_of(visit const& guest, list_parameters const& asked, grammar::filter const& where,
                                 bool goes_on, grammar::subject about) const;
    /// Has a question that may be expensive wait for its place in the pool's share for those. Where there is none in
    /// time, an exact count becomes a capped one, where that was all that was expensive; anything else is 503.
    boost::asio::awaitable<either<void>> make_way(visit& guest, doubt& about, store::count_mode& mode);
    /// What an answer tells of its question.
    enum class lesson {
        took,    ///< how long it takes
        cut_off, ///< that it takes longer than it had
        nothing, ///< it failed for other reasons
    };

    template <class Answer>
    [[nodiscard]] static lesson lesson_of(either<Answer> const& answer, store::count_mode mode);
    /// Gives the places back. @param before what the request's time in the database was before it was asked
    void settle(visit& guest, doubt const& about, std::chrono::microseconds before, lesson learnt);

    boost::asio::awaitable<either<grammar::filter>> read_query(visit& guest, std::string_view q,
                                                               grammar::subject about);
    [[nodiscard]] bool sees_nothing(identity const& who) const;
    [[nodiscard]] static sql::visibility sight_of(identity const& who);
    [[nodiscard]] store::count_question counting_of(store::count_mode mode) const;
    [[nodiscard]] store::count_answer count_of_nothing(store::count_mode mode) const;
    /// Where the tables for sessions and counts may have gone since they were looked for: this visit goes on without.
    [[nodiscard]] static bool do_without_acceleration(visit& guest, pg::failure const& failure);
    api_error database_fault(std::string_view stage, pg::failure const& failure);

    // page.cpp
    boost::asio::awaitable<either<http::buffer_share>> reserve_page(visit& guest);

    /// Of a list, what was written while the server was still busy with the rest.
    struct written_early {
        std::optional<json::interceptions_rows> rows;
        std::optional<json::interceptions_without_tokens> without_tokens;
    };

    /// Has a page written early, whose time is then not the database's. @param into outlives the question
    void write_early(visit& guest, store::page_question& question, written_early& into);
    [[nodiscard]] std::size_t size_hint() const;
    /// @param written of that very page
    boost::asio::awaitable<either<http::response>> write_page(visit& guest, store::page_answer page, body_form form,
                                                              http::buffer_share room, written_early written = {});
    boost::asio::awaitable<either<http::response>> stream_page(visit& guest, store::page_answer page, body_form form,
                                                               std::vector<store::slice> plan);

    // A file for each.
    boost::asio::awaitable<either<http::response>> interceptions(visit& guest);
    boost::asio::awaitable<either<http::response>> interception(visit& guest);
    boost::asio::awaitable<either<http::response>> sessions(visit& guest);
    boost::asio::awaitable<either<http::response>> session(visit& guest);
    boost::asio::awaitable<either<http::response>> values(visit& guest, sql::value_list which);

    pg::pool& connections_;
    pg::pool& elsewhere_;
    schema_watch& schema_;
    readiness database_;
    service_settings settings_;
    std::shared_ptr<std::atomic<bool> const> draining_;
    std::shared_ptr<http::buffer_budget> buffers_;
    auth_cache keys_;
    pool_share expensive_;
    cheap_questions cheap_;
    pool_share suspects_; ///< look-ups for addresses that have sent too many bad tokens
    store::plan_memory plans_;
    pg::steady_time no_counts_aside_until_{}, counts_by_log_until_{};
    std::string openapi_;          ///< what /openapi.json answers; made when it is first asked for
    std::size_t last_body_ = 4096; ///< what the last page took: the next one's reserve
};

template <class Answer, class Question>
boost::asio::awaitable<service::either<Answer>> service::attempt(visit& guest, std::string_view stage,
                                                                 Question question)
{
    for (;;) {
        auto const ready = co_await borrow(guest);
        if (ready.has_error())
            co_return ready.error();
        stopwatch const timed{guest.notes.database};
        auto const limit = store::within(settings_.statement_timeout, guest.request.deadline);
        auto const begun = std::chrono::steady_clock::now();
        auto answer = co_await question(*guest.connection);
        if (answer.has_value())
            co_return std::move(*answer);
        auto const why = tell_apart(answer.error(), std::chrono::steady_clock::now() - begun, limit);
        auto const again = co_await is_asked_again(guest, stage, why);
        if (!again)
            co_return database_fault(stage, why);
    }
}

template <class Answer, class Question>
boost::asio::awaitable<service::either<Answer>>
service::ask(visit& guest, std::string_view stage, store_reader<Answer, Question> read, Question const& question)
{
    auto const put = [&](pg::lease& on) { return read(on, *guest.database, question, guest.request.deadline); };
    auto answer = co_await attempt<Answer>(guest, stage, put);
    if (answer.has_value())
        guest.connection.reset();
    co_return answer;
}

template <class Answer>
service::lesson service::lesson_of(either<Answer> const& answer, store::count_mode mode)
{
    using enum store::count_mode;
    constexpr int timed_out = 504;
    if (answer.has_error())
        return answer.error().status == timed_out ? lesson::cut_off : lesson::nothing;
    auto const& count = answer->count;
    bool const is_as_asked = mode == none || (count.count >= 0 && !(mode == exact && count.cap));
    return is_as_asked ? lesson::took : lesson::cut_off;
}

} // namespace bridgewatch::api
