#pragma once

#include "db/sql/session_table.hpp"
#include "db/store/session_plan.hpp"
#include "db/store/snapshot.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bridgewatch::store {

/// The threshold algorithm over the session table (db/sql/session_table.hpp): finds the first sessions of the list that
/// match a search, in as many rounds as it takes until they are proven to be the first.
class table_walk {
  public:
    /// All must outlive it.
    table_walk(snapshot& in, sql::session_search const& search, session_plan plan, std::int64_t wanted);

    /// @return in list order, `wanted` at most and fewer only where there are no more; nothing where the plan's budget
    ///         did not last for the proof. Errors: those of snapshot::run.
    [[nodiscard]] boost::asio::awaitable<pg::outcome<std::optional<std::vector<sql::session_position>>>> run();

  private:
    struct visited {
        sql::session_position at;
        std::optional<grammar::sys_micro> bound; ///< latest_at; none for what is not of the walk
    };

    boost::asio::awaitable<pg::outcome<void>> round();
    [[nodiscard]] bool is_proven() const;
    [[nodiscard]] boost::asio::awaitable<pg::outcome<std::vector<sql::session_position>>> result();

    snapshot& in_;
    sql::session_search const& search_;
    std::int64_t wanted_, budget_, most_;
    std::int64_t spent_ = 0;
    std::vector<visited> found_;              ///< after a round: by position, descending
    std::optional<grammar::sys_micro> below_; ///< where the next round starts
    std::optional<grammar::sys_micro> rest_;  ///< nothing that was not visited stands above it; none: all was visited
    bool is_first_ = true;
};

} // namespace bridgewatch::store
