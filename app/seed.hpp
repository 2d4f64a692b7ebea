#pragma once

#include "db/pg/blocking.hpp"
#include "grammar/time.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace bridgewatch::app {

/// What to write. Equal plans write equal rows, in whichever database.
struct seed_plan {
    std::uint64_t interceptions = 20'000;
    grammar::sys_micro until; ///< the data's 60 days end here
    std::uint64_t number = 1; ///< another number, other data of the same kind
};

/// Writes users, interceptions and their children into a database that `migrate` made and that has no interceptions
/// yet, in one transaction, then analyses the tables. Number 0 of seed_data::people() is an owner, 1 an auditor.
/// @param on_progress called with the interceptions written so far
/// Errors: one line. Blocks.
[[nodiscard]] boost::system::result<void, std::string> seed(pg::blocking_session& database, seed_plan const& plan,
                                                            std::function<void(std::uint64_t)> const& on_progress);

struct seed_options {
    std::string connection; ///< libpq URI or DSN; empty: the libpq environment
    std::uint64_t interceptions = 20'000;
    std::optional<grammar::sys_micro> until; ///< empty: now
    std::uint64_t number = 1;
};

/// `bridgewatch seed`. Gives the exit status.
[[nodiscard]] int run_seed(seed_options const& options);

} // namespace bridgewatch::app
