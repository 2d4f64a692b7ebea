#pragma once

#include <unistd.h>

#include <utility>

namespace bridgewatch::app {

/// Owns a file descriptor; -1 is none.
class descriptor {
  public:
    explicit descriptor(int owned = -1) : value_{owned} {}

    descriptor(descriptor&& other) noexcept : value_{std::exchange(other.value_, -1)} {}

    descriptor& operator=(descriptor&& other) noexcept
    {
        std::swap(value_, other.value_);
        return *this;
    }

    ~descriptor()
    {
        if (value_ >= 0)
            ::close(value_);
    }

    [[nodiscard]] int get() const { return value_; }

    explicit operator bool() const { return value_ >= 0; }

  private:
    int value_;
};

} // namespace bridgewatch::app
