#pragma once

#include <boost/test/tree/test_unit.hpp>

namespace bridgewatch::test {

/// Whether the programs under test have a sanitizer in them, which takes signals, address space and time for itself.
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool has_sanitizer = true;
#else
inline constexpr bool has_sanitizer = false;
#endif

/// A precondition of what a sanitizer cannot be part of.
inline boost::test_tools::assertion_result without_sanitizer(boost::unit_test::test_unit_id)
{
    return !has_sanitizer;
}

} // namespace bridgewatch::test
