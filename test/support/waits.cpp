#include "test/support/waits.hpp"

#include <thread>

namespace bridgewatch::test {

bool eventually(std::chrono::milliseconds limit, std::function<bool()> const& condition)
{
    auto const deadline = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= deadline)
            return false;
        std::this_thread::sleep_for(waits::poll);
    }
    return true;
}

} // namespace bridgewatch::test
