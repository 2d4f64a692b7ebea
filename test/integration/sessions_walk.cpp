#include "test/integration/busy_log.hpp"
#include "test/integration/session_interceptions.hpp"
#include "test/integration/sessions_links.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>

// Following the links through the list of sessions, while the audit log goes on.
namespace {

namespace bt = boost::test_tools;
using namespace bridgewatch::test;
using contract_database::id;

constexpr std::string_view first_page = "/api/v2/aibridge/sessions?limit=5&count=none";

struct seen_session {
    std::string last_active_at; ///< whole seconds, so that the text sorts as the time does
    std::string id, initiator;
    friend auto operator<=>(seen_session const&, seen_session const&) = default;
};

std::ostream& operator<<(std::ostream& out, seen_session const& s)
{
    return out << s.last_active_at << ' ' << s.id << ' ' << s.initiator;
}

std::vector<seen_session> sessions_of(http_answer const& answer)
{
    BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
    std::vector<seen_session> out;
    auto const body = answer.json();
    for (auto const& each : body.at("sessions").as_array())
        out.push_back({std::string{each.at("last_active_at").as_string()}, std::string{each.at("id").as_string()},
                       std::string{each.at("initiator").at("id").as_string()}});
    return out;
}

std::vector<std::string> ids(http_answer const& answer)
{
    std::vector<std::string> out;
    for (auto const& each : sessions_of(answer))
        out.push_back(each.id);
    return out;
}

constexpr std::size_t stable_sessions = 40;

/// Sessions of two initiators that nobody changes, three at a time last active in the same second.
std::string stable()
{
    std::string out;
    for (std::size_t n = 0; n < stable_sessions; ++n) {
        auto const number = static_cast<unsigned>(n) + 1;
        auto const second = static_cast<unsigned>(n / 3);
        out += insertion_of({{.number = 1'000 + number,
                              .session = fmt::format("stable {}", n / 2),
                              .second = second,
                              .initiator = 2 + number % 2}});
        if (n % 4 == 0)
            out += prompt_of("'" + id(1'000 + number) + "'", second);
    }
    return out;
}

struct walked_server : contract_server {
    walked_server() { execute(stable()); }

    /// Follows the links. Calls `before()` and `after()` around each page.
    template <class Before, class After>
    std::vector<std::vector<seen_session>> walk(std::string target, Before before, After after)
    {
        constexpr std::size_t more_than_enough = 500;
        std::vector<std::vector<seen_session>> pages;
        while (!target.empty() && pages.size() < more_than_enough) {
            before();
            auto const answer = get(target);
            after();
            pages.push_back(sessions_of(answer));
            target = sessions::next_target(answer);
        }
        BOOST_TEST(pages.size() < more_than_enough);
        return pages;
    }

    /// The sessions `a` to `e`, active after all others, the last of them first of all.
    void add_five() const
    {
        for (unsigned n = 0; n < 5; ++n)
            execute(insertion_of(
                {{.number = 2'001 + n, .session = std::string(1, static_cast<char>('a' + n)), .second = 2'000 + n}}));
    }

    void touch(unsigned number, std::size_t second) const { execute(prompt_of("'" + id(number) + "'", second)); }
};

template <class T>
std::vector<T> joined(std::vector<std::vector<T>> const& pages)
{
    std::vector<T> out;
    for (auto const& page : pages)
        out.insert(out.end(), page.begin(), page.end());
    return out;
}

/// In order from page to page too, nothing twice, and all that stays as it is.
void check_walk(std::vector<seen_session> const& seen)
{
    auto const out_of_order = std::ranges::adjacent_find(seen, std::ranges::less_equal{});
    if (out_of_order != seen.end())
        BOOST_ERROR(*out_of_order << " is followed by " << *std::next(out_of_order));
    std::map<std::pair<std::string, std::string>, int> times;
    for (auto const& each : seen)
        ++times[{each.id, each.initiator}];
    for (auto const& [key, count] : times)
        BOOST_TEST(count == 1, key.first << " of " << key.second << " is listed " << count << " times");
    auto const unchanged =
        std::ranges::count_if(times, [](auto const& each) { return each.first.first.starts_with("stable"); });
    BOOST_TEST(unchanged == stable_sessions);
}

} // namespace

BOOST_AUTO_TEST_SUITE(sessions_walk)

BOOST_FIXTURE_TEST_CASE(a_walk_lists_what_stays_once_while_the_log_goes_on, walked_server)
{
    constexpr int walks = 8, changes_a_page = 4;
    writer log{conninfo};
    std::size_t pages = 0;
    for (int i = 0; i < walks; ++i) {
        auto const target = std::string{first_page}.append(i % 2 == 0 ? "" : "&q=model:gpt-5%20-thread:" + id(999));
        auto const seen = walk(target, [&] { log.ask_for(changes_a_page); }, [&] { BOOST_TEST_REQUIRE(log.wait()); });
        check_walk(joined(seen));
        pages += seen.size();
    }
    BOOST_TEST(log.failure() == "");
    BOOST_TEST(pages >= walks * stable_sessions / 5);
}

BOOST_FIXTURE_TEST_CASE(a_walk_through_what_stays_has_every_page_but_the_last_full, walked_server)
{
    auto const pages = walk(std::string{first_page}, [] {}, [] {});
    check_walk(joined(pages));
    BOOST_TEST(pages.size() == stable_sessions / 5);
    BOOST_TEST(std::ranges::all_of(pages, [](auto const& page) { return page.size() == 5; }));
}

BOOST_FIXTURE_TEST_CASE(a_walk_goes_on_where_it_was_when_its_cursor_becomes_active_again, walked_server)
{
    add_five();
    auto const first = get(first_page);
    BOOST_TEST(ids(first) == (std::vector<std::string>{"e", "d", "c", "b", "a"}), bt::per_element());
    auto const undisturbed = ids(get(sessions::next_target(first)));
    touch(2'001, 9'000);
    BOOST_TEST(ids(get(sessions::next_target(first))) == undisturbed, bt::per_element());
    BOOST_TEST(ids(get(first_page)).front() == "a");
}

BOOST_FIXTURE_TEST_CASE(a_walk_goes_on_where_it_was_when_its_cursor_is_gone, walked_server)
{
    add_five();
    auto const first = get(first_page);
    auto const undisturbed = ids(get(sessions::next_target(first)));
    execute("DELETE FROM aibridge_interceptions WHERE client_session_id = 'a'");
    BOOST_TEST(ids(get(sessions::next_target(first))) == undisturbed, bt::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_link_keeps_what_was_asked_for, walked_server)
{
    auto const target = "/api/v2/ai-gateway/sessions?q=initiator:Bob%20-model:%22a%20%26%20b%22&limit=7&count=capped";
    auto const pages = walk(target, [] {}, [] {});
    BOOST_TEST(pages.size() == 3U);
    auto const seen = joined(pages);
    BOOST_TEST(seen.size() == stable_sessions / 2);
    BOOST_TEST(std::ranges::all_of(seen, [](seen_session const& each) { return each.initiator == id(2); }));
    BOOST_TEST(
        get(sessions::next_target(get(target))).body.starts_with(R"({"count":20,"count_cap":2000,"sessions":[)"));
}

BOOST_FIXTURE_TEST_CASE(a_walk_that_starts_at_an_offset_goes_on_from_there, walked_server)
{
    auto const pages = walk(std::string{first_page} + "&offset=20", [] {}, [] {});
    auto const all = joined(walk(std::string{first_page}, [] {}, [] {}));
    auto const seen = joined(pages);
    BOOST_TEST(seen == std::vector(all.begin() + 20, all.end()), bt::per_element());
}

BOOST_FIXTURE_TEST_CASE(ids_that_need_encoding_are_cursors_too, walked_server)
{
    execute("DELETE FROM aibridge_interceptions");
    std::vector<std::string> const names{"a&b=c", "a b", "a+b", "100%", "a/b#c?d", "Gr\xC3\xBC\xC3\x9F", "\"><,;"};
    unsigned number = 3'000;
    for (auto const& name : names)
        execute(insertion_of({{.number = ++number, .session = name, .second = number}}));
    std::vector<std::string> seen;
    for (auto const& each : joined(walk("/api/v2/aibridge/sessions?limit=1", [] {}, [] {})))
        seen.insert(seen.begin(), each.id);
    BOOST_TEST(seen == names, bt::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_session_of_the_empty_id_does_not_restart_a_walk, walked_server)
{
    execute("DELETE FROM aibridge_interceptions");
    execute(insertion_of({{.number = 1, .session = "a", .second = 1},
                          {.number = 2, .second = 2},
                          {.number = 3, .session = "b", .second = 3}}));
    execute("UPDATE aibridge_interceptions SET client_session_id = '' WHERE client_session_id IS NULL");
    auto const seen = joined(walk("/api/v2/aibridge/sessions?limit=1", [] {}, [] {}));
    BOOST_TEST(seen.size() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
