#pragma once

#include <string>

namespace bridgewatch::app {

struct verify_options {
    std::string connection; ///< libpq URI or DSN; empty: the libpq environment
    bool repair = false;    ///< fills anew what is wrong
};

/// `bridgewatch verify`. Gives the exit status: 0 where the tables for sessions and counts are right and in use. What
/// is found wrong is kept from readers from then on, where the role may write.
[[nodiscard]] int run_verify(verify_options const& options);

} // namespace bridgewatch::app
