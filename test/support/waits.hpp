#pragma once

#include <chrono>
#include <functional>

/// Every limit that a test waits by. They bound how long a failure takes; a test that passes waits for its event only.
namespace bridgewatch::test::waits {

inline constexpr std::chrono::milliseconds poll{5};            ///< between two looks at a condition
inline constexpr std::chrono::milliseconds short_limit{2'000}; ///< what has to happen "within two seconds"
inline constexpr std::chrono::milliseconds limit{10'000}; ///< any other event; sanitizers and a busy machine included
inline constexpr std::chrono::milliseconds long_limit{60'000};   ///< a server's start, a build of test data
inline constexpr std::chrono::milliseconds lateness{5'000};      ///< what a limit may be late by on a busy machine
inline constexpr std::chrono::milliseconds nothing_happens{200}; ///< how long we look for what must not happen

} // namespace bridgewatch::test::waits

namespace bridgewatch::test {

/// Looks at a condition until it holds. False where it does not within the limit.
[[nodiscard]] bool eventually(std::chrono::milliseconds limit, std::function<bool()> const& condition);

} // namespace bridgewatch::test
