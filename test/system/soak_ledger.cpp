#include "test/system/soak_ledger.hpp"

#include <boost/system/system_error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <exception>

namespace bridgewatch::test::soak {
namespace {

constexpr std::size_t told_faults = 20;

/// `{"message": "…"}` and what may stand beside it.
bool has_shape_of_errors(http_answer const& answer)
{
    try {
        auto const body = answer.json();
        return body.is_object() && body.as_object().contains("message") && !body.at("message").as_string().empty();
    } catch (boost::system::system_error const&) {
        return false;
    }
}

float percentile(std::vector<float>& values, double share)
{
    if (values.empty())
        return 0;
    auto const at = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::ranges::nth_element(values, at);
    return *at;
}

} // namespace

void ledger::set(weather now)
{
    std::lock_guard const lock{mutex_};
    changes_.push_back(now);
}

ledger::mark ledger::begin() const
{
    std::lock_guard const lock{mutex_};
    return {.change = changes_.size() - 1, .began = std::chrono::steady_clock::now()};
}

weather ledger::worst_since(mark const& since) const
{
    return *std::max_element(changes_.begin() + static_cast<std::ptrdiff_t>(since.change), changes_.end());
}

void ledger::count(mark const& since, std::string_view what, int status)
{
    auto& into = columns_[std::string{what}];
    ++into.statuses[status];
    auto const took = std::chrono::steady_clock::now() - since.began;
    if (status != 0 && status < 500 && worst_since(since) == weather::fair)
        into.milliseconds.push_back(std::chrono::duration<float, std::milli>{took}.count());
}

void ledger::right(mark const& since, std::string_view what, http_answer const& answer)
{
    std::lock_guard const lock{mutex_};
    ++right_;
    count(since, what, answer.status);
}

void ledger::other(mark const& since, std::string_view what, http_answer const& answer)
{
    bool const is_honest = has_shape_of_errors(answer) && answer.headers.contains("x-request-id") &&
                           ((answer.status == 503 && answer.headers.contains("retry-after")) || answer.status == 504);
    bool expected = false;
    {
        std::lock_guard const lock{mutex_};
        count(since, what, answer.status);
        expected = is_honest && worst_since(since) != weather::fair;
    }
    if (!expected)
        wrong(what, fmt::format("{} {}", answer.status, answer.body.substr(0, 300)));
}

void ledger::lost(mark const& since, std::string_view what, std::string_view why, weather bearable)
{
    bool expected = false;
    {
        std::lock_guard const lock{mutex_};
        count(since, what, 0);
        expected = worst_since(since) >= bearable;
    }
    if (!expected)
        wrong(what, why);
}

void ledger::wrong(std::string_view what, std::string_view why)
{
    std::lock_guard const lock{mutex_};
    ++fault_count_;
    if (faults_.size() < told_faults)
        faults_.push_back(fmt::format("{}: {}", what, why));
}

std::vector<std::string> ledger::faults() const
{
    std::lock_guard const lock{mutex_};
    return faults_;
}

std::size_t ledger::fault_count() const
{
    std::lock_guard const lock{mutex_};
    return fault_count_;
}

std::size_t ledger::answers() const
{
    std::lock_guard const lock{mutex_};
    return right_;
}

std::string ledger::summary() const
{
    std::lock_guard const lock{mutex_};
    std::string out;
    for (auto const& [what, column] : columns_) {
        out += fmt::format("{:<16}", what);
        for (auto const& [status, times] : column.statuses)
            out += status == 0 ? fmt::format("  none: {}", times) : fmt::format("  {}: {}", status, times);
        auto times = column.milliseconds;
        out += fmt::format("  ms: p50 {:.1f}, p99 {:.1f}, most {:.1f}\n", percentile(times, 0.5),
                           percentile(times, 0.99), percentile(times, 1));
    }
    return out;
}

} // namespace bridgewatch::test::soak
