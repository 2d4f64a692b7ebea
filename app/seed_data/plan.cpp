#include "app/seed_data/plan.hpp"

#include "app/seed_data/people.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>

namespace bridgewatch::app::seed_data {
namespace {

using namespace std::chrono_literals;
using grammar::sys_micro;
using std::chrono::microseconds;

constexpr auto window = std::chrono::days{60};
/// No interception lasts longer, and none ends after the window.
constexpr auto longest_interception = 2min;

constexpr model models[] = {
    {"anthropic", "anthropic", "claude-sonnet-4-5", 3, 15},
    {"openai", "openai", "gpt-5", 2, 10},
    {"anthropic", "anthropic", "claude-opus-4-1", 15, 75},
    {"openai", "openai", "gpt-5-codex", 2, 10},
    {"bedrock", "bedrock-eu", "claude-sonnet-4", 3, 15},
    {"vertex", "vertex", "gemini-2.5-pro", 2, 10},
    {"copilot", "copilot", "gpt-4.1", 0, 0},
    {"openai", "openai", "o3", 2, 8},
    {"anthropic", "anthropic", "claude-haiku-4-5", 1, 5},
    {"openai", "openai", "gpt-5-mini", 1, 2},
    {"vertex", "vertex", "gemini-2.5-flash", 1, 3},
    {"openai", "openai", "o4-mini", 1, 4},
};
/// From here on they are the small ones.
constexpr std::uint32_t small_models = 8;

constexpr std::string_view clients[] = {"Claude Code", "Codex", "Cursor", "GitHub Copilot CLI", "Zed", "Unknown", ""};

/// People work by day, and less at weekends: how many of 8 chances an hour has.
std::uint32_t weight(sys_micro at)
{
    auto const day = std::chrono::floor<std::chrono::days>(at);
    auto const hour = std::chrono::floor<std::chrono::hours>(at - day).count();
    auto const weekday = std::chrono::weekday{day}.iso_encoding();
    std::uint32_t const by_hour = hour >= 8 && hour < 18 ? 8 : hour >= 6 && hour < 22 ? 4 : 1;
    return weekday >= 6 ? (by_hour + 3) / 4 : by_hour;
}

sys_micro session_start(random& from, sys_micro earliest, sys_micro latest)
{
    auto const room = static_cast<std::uint64_t>((latest - earliest).count());
    sys_micro at = latest;
    // Bounded: the last try counts whatever its hour.
    for (int tries = 0; tries < 16; ++tries) {
        at = earliest + microseconds{from.next() % (room + 1)};
        if (from.below(8) < weight(at))
            break;
    }
    return at;
}

} // namespace

grammar::uuid make_uuid(random& from)
{
    grammar::uuid out;
    for (std::size_t half = 0; half < 2; ++half) {
        auto bits = from.next();
        for (std::size_t i = 0; i < 8; ++i, bits >>= 8)
            out.bytes[half * 8 + i] = static_cast<std::uint8_t>(bits & 0xff);
    }
    out.bytes[6] = static_cast<std::uint8_t>((out.bytes[6] & 0x0f) | 0x40);
    out.bytes[8] = static_cast<std::uint8_t>((out.bytes[8] & 0x3f) | 0x80);
    return out;
}

session make_session(std::uint64_t seed, std::uint64_t number)
{
    auto from = random_for(seed, row_kind::session, number);
    session out;
    out.number = number;
    // A product of two uniform numbers: mostly short, now and then long.
    out.length = 1 + from.below(20) * from.below(20) / 14;
    auto const high = static_cast<std::uint64_t>(people().size());
    auto const where = from.next() >> 32;
    out.initiator = (high * ((where * where) >> 32)) >> 32; // a square: few people make most of it
    out.main = from.pick(models);
    out.second = models[small_models + from.below(4)];
    out.client = from.pick(clients);
    out.has_client_session_id = from.chance(920);
    out.is_annotated = from.chance(333);
    out.gap_seconds = from.between(5, 95);
    return out;
}

std::vector<planned> make_plan(std::uint64_t seed, std::uint64_t count, sys_micro until)
{
    std::vector<planned> plan;
    plan.reserve(count);
    for (std::uint32_t number = 0; plan.size() < count; ++number) {
        auto const session = make_session(seed, number);
        auto from = random_for(seed, row_kind::session, number, session.length);
        auto const left = static_cast<std::uint64_t>(count - plan.size());
        auto const length = static_cast<std::uint32_t>(std::min<std::uint64_t>(session.length, left));
        auto const spread = microseconds{1s} * (2 * session.gap_seconds);
        auto const latest = until - longest_interception - spread * length;
        auto at = session_start(from, until - window, latest);
        for (std::uint32_t position = 0; position < length; ++position) {
            plan.push_back({.started_at = at, .session = number, .position = position});
            at += microseconds{1 + from.next() % static_cast<std::uint64_t>(spread.count())};
        }
    }
    std::ranges::sort(plan, {}, [](planned const& p) { return std::tuple{p.started_at, p.session, p.position}; });
    return plan;
}

} // namespace bridgewatch::app::seed_data
