#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace bridgewatch::api {

/// Which questions were answered soon when they were last asked. Nobody can tell from a search what it costs: a model
/// that is common fills a page at once, and one that is rare reads the table. So a question that may be expensive is
/// taken for it until it has shown that it is not. Fixed memory: a question may push another one out, which then has to
/// show it again. For one loop.
class cheap_questions {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    /// @param soon     what a cheap question takes at most in the database
    /// @param keep_for how long that is believed
    explicit cheap_questions(std::chrono::milliseconds soon = std::chrono::milliseconds{50},
                             std::chrono::seconds keep_for = std::chrono::seconds{60})
        : soon_{soon}, keep_for_{keep_for}, known_(places)
    {
    }

    /// @param key what the question has in common with others that cost the same
    [[nodiscard]] bool knows(std::string_view key, time_point now) const
    {
        auto const hash = std::hash<std::string_view>{}(key);
        auto const& at = known_[hash % places];
        return at.hash == hash && now < at.until;
    }

    /// It has been asked, and took that long.
    void learn(std::string_view key, std::chrono::microseconds took, time_point now)
    {
        auto const hash = std::hash<std::string_view>{}(key);
        auto& at = known_[hash % places];
        if (took <= soon_)
            at = {.hash = hash, .until = now + keep_for_};
        else if (at.hash == hash)
            at = {};
    }

  private:
    static constexpr std::size_t places = 1024;

    struct entry {
        std::size_t hash = 0;
        time_point until;
    };

    std::chrono::milliseconds soon_;
    std::chrono::seconds keep_for_;
    std::vector<entry> known_;
};

} // namespace bridgewatch::api
