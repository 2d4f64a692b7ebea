#include "app/memory_reserve.hpp"

#include <sys/mman.h>

#include <atomic>
#include <new>

namespace bridgewatch::app {
namespace {

std::atomic<void*> kept = nullptr;
std::atomic<bool> used = false;

/// Its own mapping, so that every arena of malloc may have what it leaves.
void* take()
{
    auto* const taken =
        ::mmap(nullptr, memory_reserve::bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return taken == MAP_FAILED ? nullptr : taken;
}

void give_back(void* reserve)
{
    if (reserve != nullptr)
        ::munmap(reserve, memory_reserve::bytes);
}

void on_failed_allocation()
{
    used = true;
    auto* const reserve = kept.exchange(nullptr);
    if (reserve == nullptr)
        throw std::bad_alloc{};
    give_back(reserve); // and the allocation is tried again
}

} // namespace

memory_reserve::memory_reserve()
{
    kept = take();
    std::set_new_handler(&on_failed_allocation);
}

memory_reserve::~memory_reserve()
{
    std::set_new_handler(nullptr);
    give_back(kept.exchange(nullptr));
}

bool memory_reserve::refill()
{
    if (kept == nullptr)
        kept = take();
    return used.exchange(false);
}

} // namespace bridgewatch::app
