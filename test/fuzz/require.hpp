#pragma once

#include <cstdio>
#include <cstdlib>

namespace bridgewatch::fuzz {

/// Ends the process where something does not hold that must hold of every input: the fuzzer then keeps the input.
inline void require(bool holds, char const* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

} // namespace bridgewatch::fuzz
