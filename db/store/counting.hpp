#pragma once

#include "db/pg/pool.hpp"
#include "db/sql/interceptions.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace bridgewatch::store {

enum class count_mode { exact, capped, none };

/// A second connection, for an exact count beside the page.
struct spare_connection {
    pg::lease lease;
    bool was_used = false; ///< a second attempt of the same question counts on its own connection
    bool was_late = false; ///< it did not come into the page's snapshot, or not in time: on a standby there is no way,
                           ///< and a pooler may have no second one
};

/// How a list is to be counted.
struct count_question {
    count_mode mode = count_mode::exact;
    std::int64_t cap = 2000;
    std::chrono::milliseconds statement_timeout{10000};  ///< for each statement of the read, its count included
    std::chrono::milliseconds exact_count_timeout{5000}; ///< then the count becomes a capped one
    spare_connection* aside = nullptr;                   ///< for an exact count; it need not be used
    /// Until when counts are of the log, since what makes them cheap was not exact. Set by who finds it so, and kept by
    /// the caller from question to question; null: each one finds it anew.
    std::chrono::steady_clock::time_point* by_log_until = nullptr;
};

struct count_answer {
    std::int64_t count = -1; ///< -1: not counted
    /// Set where counting stopped there, or would have; not where nothing was counted.
    std::optional<std::int64_t> cap;
    bool not_ready = false; ///< what makes counts cheap is not exact in this snapshot: the log is to be counted
};

/// The count beside a page, as the last thing of its snapshot's transaction, which it ends. One that takes too long is
/// no failure: an exact one becomes capped, and a capped one -1, so that the page is never lost to its count.
class counting {
  public:
    /// The statement that counts, up to the cap where there is one.
    using statement_maker = std::function<sql::statement(std::optional<std::int64_t> cap)>;

    /// The question must outlive it.
    counting(count_question const& question, sql::planning plan, statement_maker make);

    /// A count that takes no longer than a page, whatever the mode: nothing is asked twice, and it is under the limits
    /// of what stands before it in the transaction.
    /// @param make with a cap: that at most. Its answer may be NULL: count_answer::not_ready
    [[nodiscard]] static counting at_once(count_question const& question, statement_maker make);

    /// Appends the count's steps to a pipeline, behind all other steps of the transaction.
    void add_to(pg::batch& steps, pg::steady_time deadline);

    /// Takes the count from the pipeline's outcomes, asks again where it must, and ends the transaction.
    /// Errors: those of lease::run, server_error.
    [[nodiscard]] boost::asio::awaitable<pg::outcome<count_answer>>
    finish(pg::lease& connection, pg::step_outcomes const& ran, pg::steady_time deadline);

  private:
    [[nodiscard]] boost::asio::awaitable<pg::outcome<count_answer>> count_capped(pg::lease& connection,
                                                                                 pg::steady_time deadline);
    [[nodiscard]] pg::batch capped_steps(std::chrono::milliseconds limit) const;

    count_question const& question_;
    sql::planning plan_;
    statement_maker make_;
    bool is_quick_ = false;
    std::size_t at_ = 0; ///< of the count in the pipeline
};

} // namespace bridgewatch::store
