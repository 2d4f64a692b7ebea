#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace bridgewatch::api {

/// How many requests each API key has at work in the process. A count-min sketch: a few rows of counters, of which a
/// key has one in each, and the smallest of them bounds what the key has. So memory is fixed however many keys there
/// are, and loops share nothing but atomics. Two keys disturb each other where they meet in every row, which is about
/// one pair in 2^40; the rows are seeded, so that nobody can choose to. Where two loops ask for a key's last place at
/// the same instant, one more or less may get in. Any thread may call any member.
class key_places {
  public:
    /// @param limit requests of one key at one time
    /// @param seed  random
    key_places(std::size_t limit, std::uint64_t seed);

    /// Given back when destroyed; move-only. Keeps the table alive.
    class place {
      public:
        place(place&& other) noexcept = default;
        place& operator=(place&& other) noexcept;
        place(place const&) = delete;
        place& operator=(place const&) = delete;
        ~place();

      private:
        friend class key_places;
        place(std::shared_ptr<key_places> of, std::uint64_t key);
        std::shared_ptr<key_places> of_;
        std::uint64_t key_ = 0;
    };

    /// @param id of a key whose secret has been checked: else anybody could take another's places
    /// @return empty where the key has as many as it may
    [[nodiscard]] static std::optional<place> enter(std::shared_ptr<key_places> const& at, std::string_view id);

  private:
    static constexpr std::size_t rows = 4, columns = 1024;

    [[nodiscard]] std::atomic<std::uint32_t>& counter(std::size_t row, std::uint64_t key);
    void leave(std::uint64_t key);

    std::size_t limit_;
    std::uint64_t seed_;
    std::array<std::array<std::atomic<std::uint32_t>, columns>, rows> counters_{};
};

/// What a request of a key holds while it is at work.
struct key_stay {
    key_places::place in_process;
    std::optional<key_places::place> on_loop;
};

} // namespace bridgewatch::api
