#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace bridgewatch::api {

/// So many may go at once; the others wait in order of arrival, and some are not let wait. For one loop.
class turns {
  public:
    struct state;

    /// Ends when destroyed, which lets the next one go. Move-only.
    class turn {
      public:
        explicit turn(std::shared_ptr<state> of) : of_{std::move(of)} {}

        turn(turn&&) noexcept = default;

        turn& operator=(turn&& other) noexcept
        {
            std::swap(of_, other.of_);
            return *this;
        }

        ~turn();

      private:
        std::shared_ptr<state> of_; ///< our own: a coroutine may be destroyed after the service
    };

    turns(std::size_t at_once, std::size_t waiting);

    /// @return empty where too many wait, where it is nobody's turn by the deadline (steady clock), and after a
    /// terminal cancellation.
    [[nodiscard]] boost::asio::awaitable<std::optional<turn>> take(std::chrono::steady_clock::time_point by);

  private:
    std::shared_ptr<state> state_;
};

} // namespace bridgewatch::api
