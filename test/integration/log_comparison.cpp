#include "test/integration/log_comparison.hpp"

#include "db/sql/acceleration.hpp"
#include "db/sql/rollup.hpp"
#include "db/sql/session_table.hpp"
#include "grammar/check.hpp"
#include "test/support/contract_database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace bridgewatch::test {
namespace {

using grammar::sys_micro;

constexpr std::string_view has_prompt =
    "EXISTS (SELECT FROM aibridge_user_prompts AS p WHERE p.interception_id = i.id)";

std::string literal_of(sys_micro at)
{
    return "timestamptz '" + grammar::to_rfc3339(at) + "'";
}

std::string condition_of(compared_search const& s, sys_micro now)
{
    return fmt::format(fmt::runtime(s.condition), literal_of(now));
}

std::string grouped(compared_search const& s, sys_micro now)
{
    return fmt::format("SELECT i.session_id, i.initiator_id, coalesce(max(p.created_at), min(i.started_at)) AS at FROM "
                       "aibridge_interceptions AS i JOIN visible_users AS v ON v.id = i.initiator_id LEFT JOIN "
                       "aibridge_user_prompts AS p ON p.interception_id = i.id WHERE i.ended_at IS NOT NULL AND ({}) "
                       "GROUP BY 1, 2",
                       condition_of(s, now));
}

pg::rows answer(pg::blocking_session& in, std::string const& text, std::vector<pg::parameter> const& parameters = {})
{
    auto got = in.query(text, parameters);
    if (got.has_error())
        throw std::runtime_error{got.error().diag.message + " in: " + text};
    return std::move(*got);
}

pg::rows answer(pg::blocking_session& in, sql::statement const& asked)
{
    return answer(in, asked.text(), asked.parameters());
}

std::int64_t number(pg::rows const& of)
{
    return of.at(0, 0).int64();
}

std::string listed(pg::rows const& keys)
{
    std::string out;
    for (std::size_t row = 0; row < keys.size(); ++row)
        out += fmt::format("{} {}\n", keys.at(row, 0).bytes(), to_string(keys.at(row, 1).id()));
    return out;
}

/// One snapshot, and what differs in it.
class comparison {
  public:
    comparison(pg::blocking_session& in, compared_search const& s, sys_micro now)
        : in_{in}, search_{s}, now_{now}, where_{filter_of(s, now)}
    {
        shape_.acceleration = true;
    }

    std::vector<std::string> run()
    {
        if (auto const begun = in_.script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); begun.has_error())
            throw std::runtime_error{begun.error().diag.message};
        if (!answer(in_, sql::acceleration_state()).at(0, 0).boolean())
            found_.push_back("not ready");
        if (sql::is_rolled_up(where_, shape_))
            compare_rollup();
        if (sql::is_in_table(asked()))
            compare_table();
        else
            compare_walk();
        if (auto const ended = in_.script("COMMIT"); ended.has_error())
            throw std::runtime_error{ended.error().diag.message};
        return std::move(found_);
    }

  private:
    [[nodiscard]] sql::session_search asked() const
    {
        return {.where = where_, .who = who_, .database = shape_, .after = {}};
    }

    template <class T>
    void expect(std::string_view what, T const& is, T const& should)
    {
        if (is != should)
            found_.push_back(fmt::format("{} of \"{}\": {}, should be {}", what, search_.query, is, should));
    }

    void compare_rollup()
    {
        auto const should = number(answer(in_, plain_count(search_, now_)));
        expect("count", number(answer(in_, sql::rolled_up_count(where_, who_, {}, shape_))), should);
        constexpr std::int64_t cap = 70;
        expect("capped count", number(answer(in_, sql::rolled_up_count(where_, who_, cap, shape_))),
               std::min(cap, should));
        sql::visibility const own{.only_initiator = grammar::parse_uuid(contract_database::id(2))};
        compared_search const by_two{search_.query, own_condition()};
        expect("own count", number(answer(in_, sql::rolled_up_count(where_, own, {}, shape_))),
               number(answer(in_, plain_count(by_two, now_))));
    }

    std::string_view own_condition()
    {
        own_ = fmt::format("i.initiator_id = '{}' AND ({})", contract_database::id(2), search_.condition);
        return own_;
    }

    void compare_table()
    {
        for (std::int64_t const offset : {0, 15})
            expect("page", listed(answer(in_, sql::page_of_table(asked(), 20, offset))),
                   listed(answer(in_, plain_sessions(search_, now_, 20, offset))));
        auto const should = number(answer(in_, plain_count_of_sessions(search_, now_)));
        expect("count of sessions", number(answer(in_, sql::count_of_table(asked(), {}))), should);
        expect("capped count of sessions", number(answer(in_, sql::count_of_table(asked(), 30))),
               std::min<std::int64_t>(30, should));
    }

    /// Without any bound it meets all.
    void compare_walk()
    {
        constexpr std::int64_t all = 1'000'000;
        auto const visited = answer(in_, sql::visited_sessions(asked(), {.matches = all, .budget = all, .below = {}}));
        auto const outside = answer(in_, sql::sessions_outside_walk(asked(), {}));
        for (std::size_t row = 0; row < visited.size(); ++row)
            if (visited.at(row, sql::visited_column::latest_at).timestamp() <
                visited.at(row, sql::visited_column::last_active_at).timestamp())
                found_.push_back(fmt::format("latest_at is no bound for \"{}\"", search_.query));
        expect("walk", sorted_lines(listed(visited) + listed(outside)),
               sorted_lines(listed(answer(in_, plain_sessions(search_, now_)))));
    }

    static std::string sorted_lines(std::string_view text)
    {
        std::vector<std::string_view> lines;
        for (std::size_t end = 0; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1))
            lines.push_back(text.substr(0, end));
        std::ranges::sort(lines);
        return fmt::format("{}", fmt::join(lines, ", "));
    }

    pg::blocking_session& in_;
    compared_search const& search_;
    sys_micro now_;
    grammar::filter where_;
    sql::visibility who_;
    schema::shape shape_ = schema::newest_shape();
    std::string own_;
    std::vector<std::string> found_;
};

} // namespace

std::vector<compared_search> const& compared_searches()
{
    static std::vector<compared_search> const all{
        {"", "true"},
        {"initiator:bob", "i.initiator_id = '00000000-0000-4000-8000-000000000002'"},
        {"provider:openai", "i.provider = 'openai'"},
        {"-model:gpt-5 client:Unknown", "i.model <> 'gpt-5' AND coalesce(i.client, 'Unknown') = 'Unknown'"},
        {"provider_name:a OR model:*3", "(i.provider_name = 'a' OR i.model LIKE '%3')"},
        {"-initiator:alice,carol", "i.initiator_id NOT IN ('00000000-0000-4000-8000-000000000001', "
                                   "'00000000-0000-4000-8000-000000000003')"},
        {"started_after:24h", "i.started_at >= {} - interval '24 h'"},
        {"started_before:100m -client:Zed",
         "i.started_at <= {} - interval '100 m' AND coalesce(i.client, '') <> 'Zed'"},
        {"started_after:3h started_before:150m", "i.started_at >= {0} - interval '3 h' AND i.started_at <= {0} - "
                                                 "interval '150 m'"},
        {"has:prompt", has_prompt},
        {"-has:prompt", "NOT EXISTS (SELECT FROM aibridge_user_prompts AS p WHERE p.interception_id = i.id)"},
    };
    return all;
}

grammar::filter filter_of(compared_search const& s, sys_micro now)
{
    auto checked =
        grammar::check(s.query, {.about = {}, .me = {}, .now = now, .recorded = schema::newest_shape().recorded()});
    if (!checked.faults.empty())
        throw std::runtime_error{checked.faults.front().detail};
    constexpr std::array<std::string_view, 3> names{"alice", "bob", "carol"};
    for (auto* user : grammar::unresolved_users(checked.meaning)) {
        auto const at = std::ranges::find(names, user->name) - names.begin();
        user->id = grammar::parse_uuid(contract_database::id(static_cast<unsigned>(at + 1)));
    }
    return std::move(checked.meaning);
}

std::string plain_sessions(compared_search const& s, sys_micro now, std::optional<std::int64_t> limit,
                           std::int64_t offset)
{
    return fmt::format("SELECT session_id, initiator_id FROM ({}) AS s ORDER BY at DESC, session_id DESC, initiator_id "
                       "DESC LIMIT {} OFFSET {}",
                       grouped(s, now), limit ? std::to_string(*limit) : "ALL", offset);
}

std::string plain_count_of_sessions(compared_search const& s, sys_micro now)
{
    return "SELECT count(*) FROM (" + grouped(s, now) + ") AS s";
}

std::string plain_count(compared_search const& s, sys_micro now)
{
    return "SELECT count(*) FROM aibridge_interceptions AS i JOIN visible_users AS v ON v.id = i.initiator_id WHERE "
           "i.ended_at IS NOT NULL AND (" +
           condition_of(s, now) + ")";
}

std::vector<std::string> differences(pg::blocking_session& in, compared_search const& s, sys_micro now)
{
    comparison compare{in, s, now};
    return compare.run();
}

} // namespace bridgewatch::test
