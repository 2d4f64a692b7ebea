#include "test/integration/sessions_oracle.hpp"

#include "test/integration/search_oracle.hpp"
#include "test/integration/sessions_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace bridgewatch::test::sessions {
namespace {

struct session {
    members all, matching;
};

/// Of visible initiators, with those in flight only where the query asks for them.
std::map<session_key, session> sessions_under(search::query const& q, audit const& data)
{
    auto const ids = search::found_by(q, data.searched, std::nullopt);
    std::set<uuid> const found{ids.begin(), ids.end()};
    bool const with_inflight = search::asks_for_inflight(q);
    std::map<session_key, session> out;
    for (auto const& each : data.records) {
        if (!(each.row.ended_at || with_inflight) || !search::is_visible(data.searched, each.row, std::nullopt))
            continue;
        auto& in = out[key_of(each)];
        in.all.push_back(&each);
        if (found.contains(each.row.id))
            in.matching.push_back(&each);
    }
    return out;
}

std::string last_prompt_field(members const& all)
{
    auto const* latest = latest_prompt(all);
    return latest ? fmt::format(R"("last_prompt":{},)", quoted(latest->text)) : "";
}

std::string json_of(session const& of)
{
    auto all = of.all;
    sort_by_start(all);
    auto const& earliest = all.front()->row;
    auto const threads = std::ranges::count_if(of.matching, [](record const* each) { return !each->row.thread_root; });
    return fmt::format(
        R"({{{},"client":{},"metadata":{},"started_at":{},"ended_at":{},"threads":{},"token_usage_summary":{{{}}},{}"last_active_at":{}}})",
        identity_fields(all), quoted_or_null(earliest.client), shown(earliest.metadata),
        quoted(first_start(of.matching)), quoted_or_null(last_end(of.matching)), threads, token_sums(all),
        last_prompt_field(all), quoted(last_active_at(of.matching)));
}

} // namespace

std::vector<listed_session> sessions_found_by(search::query const& q, audit const& data)
{
    std::vector<listed_session> out;
    for (auto const& [key, each] : sessions_under(q, data))
        if (!each.matching.empty())
            out.push_back({{last_active_at(each.matching), key.first, key.second}, json_of(each)});
    std::ranges::sort(out, std::ranges::greater{}, &listed_session::at);
    return out;
}

std::string list_body(std::string const& count, std::span<listed_session const> page)
{
    std::vector<std::string> sessions;
    sessions.reserve(page.size());
    for (auto const& each : page)
        sessions.push_back(each.json);
    return fmt::format(R"({{"count":{},"sessions":{}}})", count, array_of(sessions));
}

} // namespace bridgewatch::test::sessions
