#include "test/integration/sessions_rows.hpp"

#include "test/support/contract_database.hpp"

#include <algorithm>
#include <chrono>

namespace bridgewatch::test::sessions {
namespace {

using namespace std::chrono_literals;
using std::string_view;

constexpr string_view providers[] = {"openai", "anthropic", "Bedrock"};
constexpr string_view models[] = {"gpt-5", "gpt-5-mini", "o3", "claude-opus", "Claude"};
constexpr string_view clients[] = {"Cursor", "Claude Code", "Zed", "Unknown"};
constexpr string_view tools[] = {"bash", "Bash", "read_file", "grep"};
constexpr string_view texts[] = {"fix the build", "Drop Table users",   R"(say "hi" \o/)", "line\nbreak\tand tab",
                                 "deploy",        "Gr\xC3\xBC\xC3\x9F", "timeout",         ""};
constexpr string_view session_ids[] = {"s-1", "S-1", "s 2",     "a/b",  "50%", "s_1", "Gr\xC3\xBC\xC3\x9F",
                                       "0",   "~",   "x?y=1&z", "a+b#c"};

uuid random_id(dice& random)
{
    uuid out;
    for (auto& byte : out.bytes)
        byte = static_cast<std::uint8_t>(random.bits() >> 8);
    return out;
}

json leaf(json::kind is, string_view text)
{
    return {.is = is, .text = std::string{text}};
}

json object_of(std::vector<std::string> names, std::vector<json> values)
{
    return {.is = json::kind::object, .names = std::move(names), .values = std::move(values)};
}

/// Names in the database's own order: by length, then by bytes.
std::optional<json> any_json(dice& random)
{
    using enum json::kind;
    constexpr string_view whole[] = {"0", "1", "-7", "42", "9223372036854775807", "12345678901234567890123"};
    constexpr string_view parts[] = {"0.5", "-1.25"};
    auto const count = [&] { return leaf(number, random.pick(whole)); };
    switch (random.below(8)) {
    case 0:
        return std::nullopt;
    case 1:
        return random.pick({leaf(string, "team"), leaf(number, "5"), object_of({}, {})});
    case 2:
        return json{.is = array, .values = {leaf(number, "5"), object_of({"n"}, {leaf(number, "5")})}};
    case 3:
        return object_of({"n", "hits", "team"}, {leaf(number, random.pick(parts)), count(), leaf(string, "payments")});
    case 4:
        return object_of({"a.b", "cache"},
                         {count(), object_of({"deep", "hits"}, {object_of({"n"}, {count()}), count()})});
    case 5:
        return object_of({"a"}, {object_of({"b"}, {count()})});
    case 6:
        return object_of({"n", "ok", "list"}, {count(), leaf(boolean, "true"), json{.is = array, .values = {count()}}});
    default:
        return object_of({"n"}, {count()});
    }
}

/// One of few, so that many are equal.
sys_micro any_time(dice& random)
{
    constexpr sys_micro first = std::chrono::sys_days{std::chrono::year{2025} / 1 / 10} + 22h;
    auto const slot = static_cast<std::int64_t>(random.below(48));
    return first + slot * 10min + random.pick<std::chrono::microseconds>({0us, 0us, 0us, 0us, 1us, 500ms});
}

/// What the interceptions of a session have in common.
struct plan {
    uuid initiator;
    std::optional<std::string> client_session_id = {};
    bool has_prompts = true;
    std::vector<uuid> roots = {};
    std::optional<sys_micro> last_start = {}; ///< several of them like to start together
};

class log_maker {
  public:
    explicit log_maker(dice& random) : random_{random} {}

    std::vector<record> made(std::size_t rows)
    {
        while (records_.size() < rows)
            add_session();
        std::vector<record> out;
        while (!records_.empty()) // no order of a table helps an answer
        {
            std::swap(records_[random_.below(records_.size())], records_.back());
            out.push_back(std::move(records_.back()));
            records_.pop_back();
        }
        return out;
    }

  private:
    void add_session()
    {
        plan next{.initiator = initiator_id(random_.one_in(8) ? nobody : initiators[random_.below(3)]),
                  .has_prompts = !random_.one_in(4)};
        constexpr std::size_t largest = 14;
        if (random_.one_in(2)) {
            next.client_session_id = std::string{random_.pick(session_ids)};
            for (auto count = 1 + random_.below(largest); count > 0; --count)
                add_interception(next, thread_in_client_session(next));
        } else if (random_.one_in(3)) {
            add_interception(next, std::nullopt);
        } else {
            add_thread_session(next);
        }
    }

    /// Without a session of the client: its first interception's id names it. Now and then a follower is somebody
    /// else's.
    void add_thread_session(plan& of)
    {
        auto const owner = of.initiator;
        add_interception(of, std::nullopt);
        for (auto count = random_.below(7); count > 0; --count) {
            of.initiator = random_.one_in(6) ? initiator_id(initiators[random_.below(3)]) : owner;
            add_interception(of, of.roots.front());
        }
    }

    std::optional<uuid> thread_in_client_session(plan const& of)
    {
        if (random_.one_in(12))
            return random_id(random_); // its root is gone
        if (random_.one_in(12) && !records_.empty())
            return random_.pick(records_).row.id; // of another session, or a follower itself
        if (of.roots.empty() || random_.one_in(3))
            return std::nullopt;
        return random_.pick(of.roots);
    }

    void add_interception(plan& of, std::optional<uuid> root)
    {
        if (!of.last_start || !random_.one_in(3))
            of.last_start = any_time(random_);
        constexpr std::chrono::microseconds lasting[] = {0us, 500ms, 1s, 90s, 1h, 48h};
        record out{.row = {.id = random_id(random_),
                           .initiator = of.initiator,
                           .provider = std::string{random_.pick(providers)},
                           .provider_name = "eu",
                           .model = std::string{random_.pick(models)},
                           .client = {},
                           .api_key_id = {},
                           .client_session_id = of.client_session_id,
                           .started_at = *of.last_start,
                           .thread_root = root,
                           .metadata = any_json(random_),
                           .annotations = object_of({}, {})}};
        if (!random_.one_in(4))
            out.row.client = random_.pick(clients);
        if (!random_.one_in(8))
            out.row.ended_at = out.row.started_at + random_.pick(lasting);
        if (random_.one_in(5))
            add_error(out.row);
        if (of.has_prompts)
            add_prompts(out);
        add_children(out);
        if (!root)
            of.roots.push_back(out.row.id);
        records_.push_back(std::move(out));
    }

    void add_error(search::interception& to)
    {
        to.error_type = random_.pick(search::error_types);
        if (random_.one_in(2))
            to.error_message = random_.pick(texts);
    }

    void add_prompts(record& to)
    {
        for (auto count = random_.below(4); count > 0; --count) {
            auto const started = to.row.started_at;
            auto const at = random_.pick<sys_micro>({any_time(random_), started, started - 2h, started + 5h});
            to.prompts.push_back({random_id(random_), std::string{random_.pick(texts)}, at});
        }
    }

    void add_children(record& to)
    {
        auto const at = to.row.started_at;
        for (auto count = random_.below(4); count > 0; --count)
            to.usages.push_back({any_tokens(), any_json(random_)});
        for (auto count = random_.one_in(2) ? 0 : random_.below(4); count > 0; --count)
            to.calls.push_back({random_id(random_), any_call(), random_.one_in(2) ? "resp_1" : "",
                                random_.one_in(2) ? any_json(random_) : std::nullopt,
                                at + random_.pick({0s, 0s, 1s, 2s})});
        // Nothing breaks a tie of thoughts.
        for (auto count = static_cast<std::int64_t>(random_.below(3)); count > 0; --count)
            to.thoughts.push_back({std::string{random_.pick(texts)}, at + count * 1s});
    }

    search::token_usage any_tokens()
    {
        auto const tokens = [&] { return random_.pick<std::int64_t>({0, 1, 2, 50, 99, 100, 1'000'000'000'000}); };
        return {.input = tokens(), .output = tokens(), .cache_read = tokens(), .cache_write = tokens()};
    }

    search::tool_call any_call()
    {
        search::tool_call out{.name = std::string{random_.pick(tools)},
                              .input = std::string{random_.pick(texts)},
                              .server_url = {},
                              .error = {},
                              .injected = random_.one_in(3)};
        if (random_.one_in(2))
            out.server_url = "https://mcp.example.com/sse";
        if (random_.one_in(3))
            out.error = random_.pick(texts);
        return out;
    }

    dice& random_;
    std::vector<record> records_;
};

search::dataset as_searched(std::vector<record> const& records)
{
    search::dataset out;
    for (auto const number : {1U, 2U, 3U})
        out.users.push_back({.id = initiator_id(number),
                             .name = number == 1   ? "alice"
                                     : number == 2 ? "Bob"
                                                   : "carol"});
    out.me = out.users.front().id;
    out.users.push_back({.id = initiator_id(nobody), .name = "nobody", .is_visible = false});
    for (auto const& each : records) {
        auto& row = out.rows.emplace_back(each.row);
        for (auto const& child : each.prompts)
            row.prompts.push_back(child.text);
        for (auto const& child : each.usages)
            row.usages.push_back(child.tokens);
        for (auto const& child : each.calls)
            row.calls.push_back(child.what);
        for (auto const& child : each.thoughts)
            row.thoughts.push_back(child.text);
    }
    return out;
}

} // namespace

uuid initiator_id(unsigned number)
{
    return *grammar::parse_uuid(contract_database::id(number));
}

audit random_audit(dice& random, std::size_t rows)
{
    audit out{.records = log_maker{random}.made(rows), .searched = {}};
    out.searched = as_searched(out.records);
    return out;
}

} // namespace bridgewatch::test::sessions
