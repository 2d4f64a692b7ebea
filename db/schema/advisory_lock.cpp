#include "db/schema/advisory_lock.hpp"

#include <chrono>
#include <thread>
#include <utility>

namespace bridgewatch::schema {

boost::system::result<advisory_lock, std::string> advisory_lock::take(pg::blocking_session& in, std::string key,
                                                                      std::string busy)
{
    auto const locked = in.script("SET lock_timeout = '60s'; SELECT pg_advisory_lock(" + key + "); RESET lock_timeout");
    if (locked)
        return advisory_lock{in, std::move(key)};
    (void)in.script("RESET lock_timeout");
    if (locked.error().diag.sqlstate == pg::sqlstate::lock_not_available)
        return busy;
    return locked.error().diag.message;
}

boost::system::result<advisory_lock, std::string> advisory_lock::poll(pg::blocking_session& in, std::string key,
                                                                      std::string busy)
{
    constexpr std::chrono::milliseconds pause{200};
    auto const until = std::chrono::steady_clock::now() + std::chrono::minutes{1};
    for (;;) {
        auto const locked = in.query("SELECT pg_try_advisory_lock(" + key + ")");
        if (!locked)
            return locked.error().diag.message;
        if (locked->at(0, 0).boolean())
            return advisory_lock{in, std::move(key)};
        if (std::chrono::steady_clock::now() >= until)
            return busy;
        std::this_thread::sleep_for(pause);
    }
}

advisory_lock::advisory_lock(advisory_lock&& other) noexcept
    : in_{std::exchange(other.in_, nullptr)}, key_{std::move(other.key_)}
{
}

advisory_lock::~advisory_lock()
{
    // Where this fails the session is lost, and the lock with it.
    if (in_ != nullptr)
        (void)in_->script("SELECT pg_advisory_unlock(" + key_ + ")");
}

} // namespace bridgewatch::schema
