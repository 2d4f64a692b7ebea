#include "test/integration/search_rows.hpp"

#include <array>
#include <chrono>
#include <limits>
#include <string_view>

namespace bridgewatch::test::search {
namespace {

using namespace std::chrono_literals;
using std::string_view;

constexpr string_view providers[] = {"openai", "OpenAI", "anthropic", "a%b", "a_b", "axb", "a,b", "x y", R"(b\c)"};
constexpr string_view provider_names[] = {"", "openai-eu", "openai-us", "Openai-EU", "anthropic_eu", "a,b"};
constexpr string_view models[] = {"gpt-5", "gpt-5-mini", "o3",         "O3",           "claude-opus", "claude-*",
                                  "100%",  "a_b",        "axb",        "foo(bar)",     "open(",       "close)",
                                  "a,b",   "two words",  R"(mid"dle)", R"(back\s)",    "tab\tbed",    "c:d",
                                  "-dash", "..",         ">5",         "na\xC3\xAFve", R"(\)",        R"(x"y"z)"};
constexpr string_view clients[] = {"Unknown", "unknown", "Cursor", "cursor", "Claude Code", "Zed", "Unk_own", ""};
constexpr string_view sessions[] = {"s-1", "s-2", "S-1", "s_1", "s 3", "s%"};
constexpr string_view api_keys[] = {"key1", "key2", "Key1", "key*", "k,1"};
constexpr string_view tools[] = {"bash",  "Bash", "read_file", "readXfile", "read file",
                                 "edit*", "a,b",  "grep(x)",   "50%"};
constexpr string_view servers[] = {"https://mcp.example.com/sse", "http://localhost:8080", "stdio", "STDIO", "a_b", ""};
constexpr string_view texts[] = {"Drop Table users",  "rm -rf /",
                                 "RM -RF everything", "100% sure",
                                 "100 percent",       "under_score",
                                 "underXscore",       R"(C:\temp\new)",
                                 R"(ends with \)",    "one, two,three",
                                 "a * b ** c",        R"(say "hi" now)",
                                 "AKIA1234",          "akia",
                                 "Grüße aus Köln",    "\xF0\x9F\xA6\x8A fox",
                                 "Timeout after 5s",  "line\nbreak\tand tab",
                                 "(a (b) c",          "key:value",
                                 R"(x="1"y z)",       ""};

std::string text(dice& random)
{
    return std::string{random.pick(texts)};
}

template <class Range>
std::optional<std::string> maybe(dice& random, Range const& from, std::size_t null_in = 3)
{
    if (random.one_in(null_in))
        return std::nullopt;
    return std::string{random.pick(from)};
}

uuid random_id(dice& random)
{
    uuid out;
    for (auto& byte : out.bytes)
        byte = static_cast<std::uint8_t>(random.bits() >> 8);
    return out;
}

std::vector<user> users(dice& random)
{
    std::vector<user> out;
    for (auto const name : {"carol", "alice", "Bob", "alice smith", "st*r", "and", "Not", "per%c_nt", "o(x)", R"(b\s)",
                            "comma,name", "tab\tname", "tool", "gone"})
        out.push_back({.id = random_id(random), .name = name});
    out.push_back({.id = random_id(random), .name = "Gone", .deleted = true}); // whose name another one took
    out.push_back({.id = random_id(random), .name = "deleted", .deleted = true});
    out.push_back({.id = random_id(random), .name = "nobody", .is_visible = false});
    return out;
}

json scalar(json::kind is, string_view text)
{
    return {.is = is, .text = std::string{text}};
}

json object(string_view name, json value)
{
    return {.is = json::kind::object, .names = {std::string{name}}, .values = {std::move(value)}};
}

json array(json value)
{
    return {.is = json::kind::array, .values = {std::move(value)}};
}

json json_leaf(dice& random)
{
    using kind = json::kind;
    constexpr string_view strings[] = {
        "payments", "Payments",         "5", "5.0", "true", "null", "", "a,b", "st*r", "two words", "100",
        R"(b\s)",   "\xC3\xA9t\xC3\xA9"};
    constexpr string_view numbers[] = {
        "5", "5.0", "50e-1", "-1", "0.5", "1e2", "0", "-0", "12345678901234567890123", "9007199254740993"};
    switch (random.below(7)) {
    case 0:
        return scalar(kind::boolean, random.one_in(2) ? "true" : "false");
    case 1:
    case 2:
        return scalar(kind::number, random.pick(numbers));
    case 3:
        return random.pick(
            {json{}, array(scalar(kind::number, "5")), array(scalar(kind::string, "payments")), object("b", json{})});
    default:
        return scalar(kind::string, random.pick(strings));
    }
}

json json_object(dice& random)
{
    switch (random.below(8)) {
    case 0:
        return object("a", object("b", json_leaf(random)));
    case 1:
        return object("a.b", json_leaf(random)); // no path leads there
    case 2:
        return object("tags", array(json_leaf(random)));
    case 3:
        return object("a", array(object("b", json_leaf(random))));
    case 4:
        return object("0", json_leaf(random));
    case 5:
        return object(random.pick({"Team", "cost-center_1", "\xC3\xA9quipe"}), json_leaf(random));
    default:
        return object("team", json_leaf(random));
    }
}

json any_json(dice& random)
{
    if (random.one_in(6))
        return random.pick(
            {json{}, scalar(json::kind::string, "team"), scalar(json::kind::number, "5"), array(json_object(random))});
    auto out = json_object(random);
    auto more = json_object(random);
    if (out.names != more.names) {
        out.names.push_back(more.names.front());
        out.values.push_back(more.values.front());
    }
    return out;
}

sys_micro start(dice& random, sys_micro now)
{
    auto const today = std::chrono::floor<std::chrono::days>(now);
    std::array<sys_micro, 9> const at{today,
                                      today - 24h,
                                      today - 48h,
                                      today + 24h,
                                      now,
                                      now - 24h,
                                      now - 168h,
                                      sys_micro{std::chrono::sys_days{std::chrono::year{2024} / 12 / 31}},
                                      sys_micro{std::chrono::sys_days{std::chrono::year{2024} / 2 / 29}}};
    std::array<std::chrono::microseconds, 7> const beside{0us, 0us, 0us, 1us, -1us, 7h, 500ms};
    return random.pick(at) + random.pick(beside);
}

std::optional<sys_micro> end(dice& random, sys_micro start)
{
    if (random.one_in(6))
        return std::nullopt;
    std::array<std::chrono::microseconds, 13> const durations{0us, 1us, 500ms, 1s,   1500ms, 30s, 30s + 1us,
                                                              90s, 1h,  24h,   192h, 7s,     -1s};
    return start + random.pick(durations);
}

token_usage usage(dice& random)
{
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    auto const tokens = [&] {
        return random.one_in(100) ? most : random.pick<std::int64_t>({0, 1, 2, 50, 99, 100, 101, 1000, 1001});
    };
    token_usage out{.input = tokens(), .output = tokens(), .cache_read = tokens(), .cache_write = tokens()};
    if (!random.one_in(3))
        out.cost_micros = random.pick<std::int64_t>({0, 1, 100'000, 249'999, 250'000, 250'001, 1'000'000});
    return out;
}

tool_call call(dice& random)
{
    return {.name = std::string{random.pick(tools)},
            .input = text(random),
            .server_url = maybe(random, servers),
            .error = maybe(random, texts, 2),
            .injected = random.one_in(3)};
}

void add_children(interception& to, dice& random)
{
    constexpr std::size_t at_most = 5; // 0 … 4
    for (auto count = random.below(at_most); count > 0; --count)
        to.usages.push_back(usage(random));
    for (auto count = random.below(at_most); count > 0; --count)
        to.calls.push_back(call(random));
    for (auto count = random.below(at_most - 1); count > 0; --count)
        to.prompts.push_back(text(random));
    for (auto count = random.below(at_most - 2); count > 0; --count)
        to.thoughts.push_back(text(random));
}

interception row(dice& random, dataset const& so_far, sys_micro now)
{
    interception out{.id = random_id(random),
                     .initiator = random.pick(so_far.users).id,
                     .provider = std::string{random.pick(providers)},
                     .provider_name = std::string{random.pick(provider_names)},
                     .model = std::string{random.pick(models)},
                     .client = maybe(random, clients, 4),
                     .api_key_id = maybe(random, api_keys),
                     .client_session_id = maybe(random, sessions, 2),
                     .started_at = start(random, now),
                     .annotations = any_json(random)};
    out.ended_at = end(random, out.started_at);
    if (random.one_in(3)) {
        out.error_type = maybe(random, error_types, 6);
        out.error_message = maybe(random, texts, out.error_type ? 3 : 100);
    }
    if (!random.one_in(4))
        out.metadata = any_json(random);
    if (random.one_in(8))
        out.thread_root = random_id(random); // its root is gone
    else if (!so_far.rows.empty() && random.one_in(2))
        out.thread_root = random.pick(so_far.rows).thread_root.value_or(random.pick(so_far.rows).id);
    add_children(out, random);
    return out;
}

} // namespace

std::string interception::session_id() const
{
    if (client_session_id)
        return *client_session_id;
    return grammar::to_string(thread_root.value_or(id));
}

dataset random_dataset(dice& random, std::size_t rows, sys_micro now)
{
    dataset out{.users = users(random)};
    out.me = out.users.front().id;
    while (out.rows.size() < rows)
        out.rows.push_back(row(random, out, now));
    while (out.orphans.size() < 10)
        out.orphans.push_back(row(random, out, now));
    return out;
}

} // namespace bridgewatch::test::search
