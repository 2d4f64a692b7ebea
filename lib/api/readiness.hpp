#pragma once

#include "db/pg/pool.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

namespace bridgewatch::api {

/// Whether the database answers. However many ask at one time, it is asked once: probes are let in past every bound,
/// and must not take the pool away from those who are not. All members on the pool's loop.
class readiness {
  public:
    /// @param connections must outlive this and every call
    explicit readiness(pg::pool& connections);

    /// @return why not; empty where it answers. Within 1 s, or at the deadline of who asked first. A pool whose
    ///         connections are all busy is a database that answers.
    [[nodiscard]] boost::asio::awaitable<std::optional<std::string>> why_not(pg::steady_time deadline);

  private:
    struct state;

    [[nodiscard]] boost::asio::awaitable<std::optional<std::string>> ask(pg::steady_time deadline);

    pg::pool& connections_;
    std::shared_ptr<state> state_; ///< shared with calls, which may be destroyed after us
};

} // namespace bridgewatch::api
