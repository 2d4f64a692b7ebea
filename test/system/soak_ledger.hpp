#pragma once

#include "test/support/http_client.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::test::soak {

/// What may happen to a request at this time. Set by who makes the faults, before one begins and after it is over.
enum class weather {
    fair,   ///< only right answers
    stormy, ///< 503 and 504 too: the database is away or slow
    crowded ///< and connections that are refused or closed: there are more of them than may be
};

/// Who asked what and what came of it. Any thread may call any member.
class ledger {
  public:
    /// Weather only gets worse for a request while it runs: the worst of it counts.
    void set(weather now);

    /// What a request takes along from its start.
    struct mark {
        std::size_t change = 0;
        std::chrono::steady_clock::time_point began;
    };

    [[nodiscard]] mark begin() const;

    /// An answer that said what it should, in so many words: its status is counted, and how long it took.
    void right(mark const& since, std::string_view what, http_answer const& answer);

    /// An error that the service may answer with in bad weather: 503 with Retry-After or 504, of the contract's shape.
    /// Everything else is a fault.
    void other(mark const& since, std::string_view what, http_answer const& answer);

    /// No answer, or not all of it. @param bearable the weather that excuses it
    void lost(mark const& since, std::string_view what, std::string_view why, weather bearable = weather::crowded);

    /// An answer that is not true, or anything else that must not be.
    void wrong(std::string_view what, std::string_view why);

    /// The first of them, in words, and how many there were.
    [[nodiscard]] std::vector<std::string> faults() const;
    [[nodiscard]] std::size_t fault_count() const;

    [[nodiscard]] std::size_t answers() const; ///< right ones

    /// A table of what was asked and how it went, for people.
    [[nodiscard]] std::string summary() const;

  private:
    [[nodiscard]] weather worst_since(mark const& since) const;
    void count(mark const& since, std::string_view what, int status);

    struct column {
        std::map<int, std::size_t> statuses; ///< 0: none
        std::vector<float> milliseconds;     ///< of right answers in fair weather
    };

    mutable std::mutex mutex_;
    std::vector<weather> changes_{weather::fair};
    std::map<std::string, column, std::less<>> columns_;
    std::vector<std::string> faults_;
    std::size_t fault_count_ = 0;
    std::size_t right_ = 0;
};

} // namespace bridgewatch::test::soak
