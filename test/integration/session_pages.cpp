#include "test/integration/contract_server.hpp"
#include "test/integration/sessions_json.hpp"
#include "test/integration/sessions_threads.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

// One session in full, and its threads page by page, of a random audit log.
namespace bridgewatch::test::sessions {
namespace {

constexpr std::size_t row_count = 250, mismatches_shown = 10;

struct asked : contract_server {
    std::uint64_t started_with = search::seed_of_this_run();
    dice random{started_with};
    audit data = random_audit(random, row_count);
    std::size_t mismatches = 0;

    asked() { load(conninfo, data); }

    /// Of visible initiators.
    [[nodiscard]] std::set<session_key> keys() const
    {
        std::set<session_key> out;
        for (auto const& each : data.records)
            if (each.row.ended_at && each.row.initiator != initiator_id(nobody))
                out.insert(key_of(each));
        return out;
    }

    void compare(session_key const& key, std::string const& parameters, std::string const& expected)
    {
        auto const target = fmt::format("/api/v2/aibridge/sessions/{}?{}", percent_encoded(key.first), parameters);
        auto const answer = get(target);
        BOOST_TEST((answer.body == expected), "BRIDGEWATCH_SEED=" << started_with << ": " << target << "\n"
                                                                  << difference(expected, answer.body));
        mismatches += answer.body == expected ? 0 : 1;
        BOOST_TEST_REQUIRE(mismatches < mismatches_shown);
    }

    [[nodiscard]] static std::string whose(session_key const& of)
    {
        return "initiator_id=" + grammar::to_string(of.second);
    }

    /// From the oldest thread on and from the newest back, with another limit for each page.
    void walk(session_key const& key, members const& session, bool newer)
    {
        auto const roots = roots_of(session);
        auto cursor = newer ? std::size_t{0} : roots.size() - 1;
        for (bool more = !roots.empty(); more;) {
            auto const id = roots[cursor]->row.id;
            auto const limit = 1 + random.below(4);
            auto const parameters = fmt::format("{}={}&limit={}&{}", newer ? "after_id" : "before_id",
                                                grammar::to_string(id), limit, whose(key));
            compare(key, parameters,
                    session_body(session, newer ? thread_page{.after = id, .limit = limit}
                                                : thread_page{.before = id, .limit = limit}));
            auto const left = newer ? roots.size() - 1 - cursor : cursor;
            more = left > 0;
            cursor = newer ? cursor + std::min(limit, left) : cursor - std::min(limit, left);
        }
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(session_pages)

BOOST_FIXTURE_TEST_CASE(every_session_is_shown_and_walked_both_ways_as_the_contract_says, asked)
{
    auto const all = keys();
    BOOST_TEST(all.size() >= 10U); // with any seed
    for (auto const& key : all) {
        auto const session = session_of(data, key);
        compare(key, whose(key), session_body(session, {}));
        walk(key, session, true);
        walk(key, session, false);
        auto const limit = 1 + random.below(4);
        compare(key, fmt::format("limit={}&{}", limit, whose(key)), session_body(session, {.limit = limit}));
    }
}

BOOST_FIXTURE_TEST_CASE(without_an_initiator_the_most_recently_active_is_shown, asked)
{
    for (auto const& [id, initiator] : keys()) {
        std::vector<std::pair<sys_micro, std::string>> of_id;
        for (auto const& key : keys())
            if (key.first == id) {
                auto const session = session_of(data, key);
                of_id.emplace_back(last_active_at(session), session_body(session, {}));
            }
        std::ranges::sort(of_id, std::ranges::greater{});
        if (of_id.size() > 1 && of_id[0].first == of_id[1].first)
            continue; // which of them is not said
        compare({id, initiator}, "", of_id.front().second);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test::sessions
