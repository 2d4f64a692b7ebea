#pragma once

#include "db/pg/error.hpp"
#include "db/pg/rows.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bridgewatch::pg {

/// What was sent, in order; each is answered in order.
struct command {
    enum class kind { sync, prepare, query, housekeeping };
    kind of = kind::sync;
    std::size_t step = 0;  ///< of prepare and query: whose outcome it decides
    std::string statement; ///< name of the prepared statement, where there is one
};

/// One pipeline's life after its commands were queued, without any socket: told what libpq said, it says what to do
/// next and what became of each step.
/// Source: libpq, "Pipeline Mode" and "Asynchronous Command Processing".
class exchange {
  public:
    exchange() = default; ///< over before it began
    exchange(std::vector<command> commands, std::size_t steps);

    enum class action {
        flush,              ///< call PQflush, then flushed()
        wait_read,          ///< wait, call PQconsumeInput, then consumed()
        wait_read_or_write, ///< the same, for either: with full buffers on both sides only reading gets us on
        take_result,        ///< PQisBusy? then busy(), else PQgetResult and one of the took_…()
        done,
        broken, ///< the connection is of no more use
    };
    [[nodiscard]] action next() const;

    void flushed(int answer); ///< PQflush: 0 all sent, 1 some left, -1 failed
    void consumed(bool good); ///< PQconsumeInput
    void busy();
    void took_rows(rows answer);                   ///< TUPLES_OK, COMMAND_OK, EMPTY_QUERY
    void took_error(diagnostics diag);             ///< FATAL_ERROR
    void took_aborted();                           ///< PIPELINE_ABORTED
    void took_sync();                              ///< PIPELINE_SYNC
    void took_nothing(bool connection_ok);         ///< NULL, and whether PQstatus is still good
    void took_unexpected(std::string_view status); ///< anything else, such as COPY
    void lost(diagnostics diag);                   ///< the socket failed, or a limit of ours passed

    /// Valid once done: one per step. Moves them out.
    [[nodiscard]] std::vector<outcome<rows>> take_outcomes() { return std::move(outcomes_); }

    /// Valid once broken: the server's last words where there were any. `protocol` where it was our defect.
    [[nodiscard]] failure why_broken() const;

    /// A statement's error has shown that the connection should be replaced, though the pipeline came to its end.
    [[nodiscard]] bool spoilt() const { return spoilt_; }

    /// The step whose own answer was the last thing taken; asked after each took_…().
    [[nodiscard]] std::optional<std::size_t> just_answered() const;

    /// That error; empty where there was none.
    [[nodiscard]] diagnostics const& last_words() const { return last_words_; }

    /// While under way: what has been answered stands, the rest is `skipped`.
    [[nodiscard]] std::vector<outcome<rows>>& outcomes_so_far() { return outcomes_; }

    /// Names of the statements whose Prepare was answered, and whether it worked.
    [[nodiscard]] std::vector<std::pair<std::string, bool>> const& prepared() const { return prepared_; }

  private:
    /// Whether a result may come now that belongs to a statement.
    [[nodiscard]] bool expects_answer() const;
    void answered();
    void break_down(errc code, diagnostics diag);

    std::vector<command> commands_;
    std::vector<outcome<rows>> outcomes_;
    std::vector<std::pair<std::string, bool>> prepared_;
    std::size_t position_ = 0;   ///< of the command whose answer is awaited
    bool separator_due_ = false; ///< its result is here, the NULL behind it is not
    enum class sending { flush, blocked, sent } sending_ = sending::flush;
    bool busy_ = false, broken_ = false, spoilt_ = false;
    diagnostics last_words_;
    failure failure_;
};

} // namespace bridgewatch::pg
