#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace bridgewatch::http {

/// Whether a caller's X-Request-Id is echoed: 1 to 128 visible ASCII characters without space.
[[nodiscard]] bool is_request_id(std::string_view text);

/// A UUID of version 4 (RFC 4122, "Algorithms for Creating a UUID from Truly Random or Pseudo-Random Numbers").
[[nodiscard]] std::string uuid_v4(std::uint64_t high, std::uint64_t low);

/// Request ids of one loop. They tell requests apart and are no secret, so a seeded generator is enough.
class request_id_source {
  public:
    explicit request_id_source(std::uint64_t seed) : random_{seed} {}

    /// The caller's own where it may be echoed, else a fresh one.
    [[nodiscard]] std::string choose(std::optional<std::string_view> offered);

  private:
    std::mt19937_64 random_;
};

} // namespace bridgewatch::http
