#pragma once

#include <cstdint>

namespace bridgewatch::grammar {

/// A place in the query as received: bytes, 0-based.
struct span {
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
    friend bool operator==(span, span) = default;
};

} // namespace bridgewatch::grammar
