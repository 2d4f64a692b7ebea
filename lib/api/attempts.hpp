#pragma once

#include "db/pg/error.hpp"

#include <utility>

namespace bridgewatch::api {

/// The attempts of one read. There are two. A second one that was swept along by the crash of another process has
/// another one: after a backend died the server takes a moment to notice, and then ends what was begun in that moment
/// (57P02). A read that itself ends its backend gets no third: no such words come from that.
class attempts {
  public:
    /// Whether what failed so is to be asked again. Uses the attempt up.
    [[nodiscard]] bool take_another(pg::failure const& why)
    {
        if (!pg::may_work_elsewhere(why))
            return false;
        if (!std::exchange(is_second_, true))
            return true;
        return why.diag.sqlstate == pg::sqlstate::crash_shutdown && !std::exchange(was_swept_along_, true);
    }

  private:
    bool is_second_ = false, was_swept_along_ = false;
};

} // namespace bridgewatch::api
