#pragma once

#include "db/pg/error.hpp"
#include "db/pg/rows.hpp"

#include <cstddef>
#include <functional>
#include <vector>

namespace bridgewatch::pg {

/// What lease::run gives: one outcome for each step, in order. A failed step has `server_error` or `statement_timeout`,
/// the ones that it took along have `skipped`.
using step_outcomes = std::vector<outcome<rows>>;

/// What is done with the first answers of a pipeline while the server works at what stands behind them.
struct early_answers {
    std::size_t steps = 0; ///< how many: they come in order, and the last of these is not kept in the server's buffer
    /// Called on the loop, once, with the outcomes of all steps: those behind are not there yet. Rows may be moved out.
    /// Not called where the pipeline ends before. Must not throw.
    std::function<void(step_outcomes& so_far)> use;
};

} // namespace bridgewatch::pg
