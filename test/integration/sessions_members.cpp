#include "test/integration/sessions_members.hpp"

#include "test/integration/sessions_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>

namespace bridgewatch::test::sessions {
namespace {

using search::wide;

/// As the contract database has them.
std::string initiator_json(uuid const& who)
{
    struct person {
        unsigned number;
        std::string_view name_and_url;
    };

    constexpr person people[] = {
        {1, R"("username":"alice","name":"Alice","avatar_url":"https://example.com/a.png")"},
        {2, R"("username":"Bob","name":"Bob \"B\" \\","avatar_url":"")"},
        {3, R"("username":"carol","name":"Carol","avatar_url":"")"},
    };
    auto const found = std::ranges::find(people, who, [](person const& each) { return initiator_id(each.number); });
    return fmt::format(R"({{"id":{},{}}})", quoted(who), found->name_and_url);
}

template <class Text>
std::string distinct(members const& all, Text text)
{
    std::set<std::string_view> sorted;
    for (auto const* each : all)
        sorted.insert(std::invoke(text, each->row));
    std::vector<std::string> out;
    out.reserve(sorted.size());
    for (auto const each : sorted)
        out.push_back(quoted(each));
    return array_of(out);
}

template <class Member>
std::string sum(members const& all, Member member)
{
    wide out = 0;
    for (auto const* each : all)
        for (auto const& one : each->usages)
            out += std::invoke(member, one.tokens);
    return text_of(out);
}

bool is_integer(json const& value)
{
    return value.is == json::kind::number && value.text.find('.') == std::string::npos;
}

wide integer_of(std::string_view digits)
{
    wide out = 0;
    for (char const c : digits)
        if (c != '-')
            out = 10 * out + (c - '0');
    return digits.starts_with('-') ? -out : out;
}

void add_integers(std::map<std::string, wide>& to, std::string const& path, json const& of)
{
    for (std::size_t i = 0; i < of.names.size(); ++i) {
        auto const here = (path.empty() ? "" : path + ".") + of.names[i];
        if (is_integer(of.values[i]))
            to[here] += integer_of(of.values[i].text);
        add_integers(to, here, of.values[i]);
    }
}

} // namespace

session_key key_of(record const& each)
{
    return {each.row.session_id(), each.row.initiator};
}

void sort_by_start(members& all)
{
    std::ranges::sort(all, {}, [](record const* each) { return std::tuple{each->row.started_at, each->row.id}; });
}

sys_micro first_start(members const& all)
{
    return (*std::ranges::min_element(all, {}, [](record const* each) { return each->row.started_at; }))
        ->row.started_at;
}

std::optional<sys_micro> last_end(members const& all)
{
    return (*std::ranges::max_element(all, {}, [](record const* each) { return each->row.ended_at; }))->row.ended_at;
}

prompt const* latest_prompt(members const& all)
{
    prompt const* out = nullptr;
    for (auto const* each : all)
        for (auto const& one : each->prompts)
            if (!out || std::tuple{one.created_at, one.id} > std::tuple{out->created_at, out->id})
                out = &one;
    return out;
}

sys_micro last_active_at(members const& all)
{
    auto const* latest = latest_prompt(all);
    return latest ? latest->created_at : first_start(all);
}

std::string identity_fields(members const& all)
{
    auto const [id, initiator] = key_of(*all.front());
    return fmt::format(R"("id":{},"initiator":{},"providers":{},"models":{})", quoted(id), initiator_json(initiator),
                       distinct(all, &search::interception::provider), distinct(all, &search::interception::model));
}

std::string token_sums(members const& all)
{
    using search::token_usage;
    return fmt::format(
        R"("input_tokens":{},"output_tokens":{},"cache_read_input_tokens":{},"cache_write_input_tokens":{})",
        sum(all, &token_usage::input), sum(all, &token_usage::output), sum(all, &token_usage::cache_read),
        sum(all, &token_usage::cache_write));
}

std::string metadata_sums(members const& all)
{
    std::map<std::string, wide> sums;
    for (auto const* each : all)
        for (auto const& one : each->usages)
            if (one.metadata)
                add_integers(sums, "", *one.metadata);
    std::string out;
    for (auto const& [path, total] : sums)
        out += fmt::format("{}{}:{}", out.empty() ? "" : ",", quoted(path), text_of(total));
    return "{" + out + "}";
}

} // namespace bridgewatch::test::sessions
