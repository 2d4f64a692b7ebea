#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace bridgewatch::api {

struct share_state;

/// How many connections of a loop's pool some questions may have at one time, so that they leave the others to the
/// rest: those that may take long, and those of who sends bad tokens. A place is taken before the connection. The next
/// place goes to the caller who has the fewest, in order of arrival among equals: who asks for much waits for itself.
/// All members on the loop.
class pool_share {
  public:
    /// How many may wait.
    struct waiting_bounds {
        std::size_t all = 0, of_one_caller = 0;
    };

    /// @param size places, at least 1; sixteen times as many may wait for one, half of them of one caller
    explicit pool_share(std::size_t size);
    pool_share(std::size_t size, waiting_bounds bounds);
    pool_share(pool_share const&) = delete;
    pool_share& operator=(pool_share const&) = delete;

    /// Given back when destroyed; move-only.
    class place {
      public:
        place(place&& other) noexcept = default;
        place& operator=(place&& other) noexcept;
        place(place const&) = delete;
        place& operator=(place const&) = delete;
        ~place();

      private:
        friend class pool_share;
        place(std::shared_ptr<share_state> of, std::string caller);
        std::shared_ptr<share_state> of_;
        std::string caller_;
    };

    /// Empty where none is free.
    [[nodiscard]] std::optional<place> try_enter(std::string const& caller);

    /// Waits for a place.
    /// @return empty at once where as many wait as may, else at the deadline or after a terminal cancellation.
    [[nodiscard]] boost::asio::awaitable<std::optional<place>> enter(std::string caller,
                                                                     std::chrono::steady_clock::time_point deadline);

    [[nodiscard]] std::size_t waiting() const;

  private:
    std::shared_ptr<share_state> state_; ///< shared with the places, which may outlive us
};

} // namespace bridgewatch::api
