#include "db/schema/acceleration_tables.hpp"
#include "test/integration/contract_server.hpp"
#include "test/integration/sessions_json.hpp"
#include "test/integration/sessions_links.hpp"
#include "test/integration/sessions_oracle.hpp"
#include "test/integration/sessions_queries.hpp"
#include "test/support/session.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace bridgewatch::test::sessions {
namespace {

constexpr std::size_t queries = 200, row_count = 250, mismatches_shown = 10, count_cap = 7;

using page = std::span<listed_session const>;

page slice(page of, std::size_t offset, std::size_t limit)
{
    auto const from = std::min(offset, of.size());
    return of.subspan(from, std::min(limit, of.size() - from));
}

/// Asks for one query in all ways, and compares to the byte.
class comparison {
  public:
    comparison(std::string const& address, audit const& data, dice& random)
        : client_{address}, data_{data}, random_{random}, everything_{sessions_found_by(empty_query(), data)}
    {
    }

    /// What does not agree; empty where all does.
    [[nodiscard]] std::string complaint(search::query const& asked, std::string const& text)
    {
        complaint_.clear();
        found_ = sessions_found_by(asked, data_);
        q_ = "&q=" + percent_encoded(text);
        auto const size = std::to_string(found_.size());
        compare("limit=1000", size, found_);
        if (random_.one_in(3))
            compare_capped();
        if (random_.one_in(3))
            compare_offset(size);
        if (random_.one_in(2))
            compare_after();
        if (random_.one_in(2))
            compare_after_any_of_one_id();
        if (random_.one_in(4))
            walk_by_cursor();
        if (random_.one_in(4))
            walk_by_links();
        return complaint_;
    }

    /// Some sessions are found and some are not.
    [[nodiscard]] bool was_telling() const { return !found_.empty() && found_.size() < everything_.size(); }

  private:
    [[nodiscard]] http_answer get(std::string const& target)
    {
        return client_.get(target, contract_server::as("keyowner00"));
    }

    void compare(std::string const& parameters, std::string const& count, page expected)
    {
        auto const answer = get("/api/v2/aibridge/sessions?" + parameters + q_);
        auto const body = list_body(count, expected);
        if (answer.body != body)
            complaint_ += parameters + "\n" + difference(body, answer.body);
    }

    void compare_capped()
    {
        auto const count = fmt::format(R"({},"count_cap":{})", std::min(found_.size(), count_cap), count_cap);
        compare("count=capped&limit=3", count, slice(found_, 0, 3));
    }

    void compare_offset(std::string const& size)
    {
        auto const offset = random_.below(found_.size() + 2);
        auto const limit = 1 + random_.below(12);
        compare(fmt::format("count=exact&limit={}&offset={}", limit, offset), size, slice(found_, offset, limit));
    }

    /// Where a session stands under the query, else without it.
    [[nodiscard]] position place_of(listed_session const& any) const
    {
        auto const same = std::ranges::find_if(found_, [&](listed_session const& each) { return is_same(each, any); });
        return same == found_.end() ? any.at : same->at;
    }

    static bool is_same(listed_session const& a, listed_session const& b)
    {
        return a.at.id == b.at.id && a.at.initiator == b.at.initiator;
    }

    [[nodiscard]] page after(position const& cursor) const
    {
        auto const first = std::ranges::find_if(found_, [&](listed_session const& each) { return each.at < cursor; });
        return page{found_}.subspan(static_cast<std::size_t>(first - found_.begin()));
    }

    [[nodiscard]] listed_session const& any_session()
    {
        return found_.empty() || random_.one_in(3) ? random_.pick(everything_) : random_.pick(found_);
    }

    void compare_after()
    {
        auto const& cursor = any_session();
        auto const limit = 1 + random_.below(12);
        compare(fmt::format("count=none&limit={}&{}", limit, cursor_of(cursor)), "-1",
                slice(after(place_of(cursor)), 0, limit));
    }

    /// Without an initiator the last of the sessions of that id is meant.
    void compare_after_any_of_one_id()
    {
        auto const& some = any_session();
        auto last = place_of(some);
        for (auto const& each : everything_)
            if (each.at.id == some.at.id)
                last = std::min(last, place_of(each));
        if (differ_in_being_found(some.at.id))
            return;
        compare("count=none&limit=5&after_session_id=" + percent_encoded(some.at.id), "-1", slice(after(last), 0, 5));
    }

    /// Which of them counts then is not said.
    [[nodiscard]] bool differ_in_being_found(std::string const& id) const
    {
        auto const of_id = [&](listed_session const& each) { return each.at.id == id; };
        auto const among_found = std::ranges::count_if(found_, of_id);
        return among_found != 0 && among_found != std::ranges::count_if(everything_, of_id);
    }

    static std::string cursor_of(listed_session const& last)
    {
        return fmt::format("after_session_id={}&after_initiator_id={}", percent_encoded(last.at.id),
                           grammar::to_string(last.at.initiator));
    }

    /// All of it, page by page.
    void walk_by_cursor()
    {
        auto const limit = 1 + random_.below(12);
        auto const first = fmt::format("count=none&limit={}", limit);
        compare(first, "-1", slice(found_, 0, limit));
        for (auto end = limit; end - limit < found_.size() && complaint_.empty(); end += limit) {
            auto const& last = found_[std::min(end, found_.size()) - 1];
            compare(first + "&" + cursor_of(last), "-1", slice(found_, end, limit));
        }
    }

    void walk_by_links()
    {
        auto const limit = 1 + random_.below(12);
        auto target = fmt::format("/api/v2/aibridge/sessions?count=none&limit={}{}", limit, q_);
        for (std::size_t offset = 0; !target.empty() && complaint_.empty(); offset += limit) {
            auto const answer = get(target);
            auto const expected = list_body("-1", slice(found_, offset, limit));
            if (answer.body != expected)
                complaint_ += "by links: " + target + "\n" + difference(expected, answer.body);
            target = next_target(answer);
            bool const is_last = offset + limit >= found_.size();
            if (target.empty() != is_last)
                complaint_ += fmt::format("a link after {} of {}: {}\n", offset + limit, found_.size(), target);
        }
    }

    http_client client_;
    audit const& data_;
    dice& random_;
    std::vector<listed_session> everything_, found_;
    std::string q_, complaint_;
};

enum class tables { upstream, accelerated };

/// A database without interceptions. Triggers that are there have to tell of all that is loaded.
std::string database_with(tables which)
{
    auto conninfo = contract_database::create();
    if (which == tables::upstream)
        return conninfo;
    auto session = open_session(conninfo);
    if (!schema::make_acceleration(session) || !schema::fill_acceleration(session))
        throw std::runtime_error{"the tables for sessions and counts cannot be made"};
    return conninfo;
}

/// A served audit log and random queries to it.
template <tables Which>
struct asked_of {
    std::uint64_t started_with = search::seed_of_this_run();
    dice random{started_with};
    audit data = random_audit(random, row_count);
    query_maker make{random, data.searched,
                     std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now())};
    std::string conninfo = database_with(Which);
    served server{conninfo, {"--count-cap", std::to_string(count_cap)}};

    asked_of()
    {
        load(conninfo, data);
        if (Which == tables::accelerated) // and some of it is folded in
            cluster::execute(conninfo, "SELECT bridgewatch_fold((SELECT count(*) / 2 FROM bridgewatch_journal_ends))");
    }

    /// @return how many queries found a part of what there is
    std::size_t compare_many(std::size_t count, bool with_inflight)
    {
        comparison compare{server.address(), data, random};
        std::size_t telling = 0, mismatches = 0;
        for (std::size_t i = 0; i < count && mismatches < mismatches_shown; ++i) {
            auto const query = make.any_query(with_inflight);
            auto const text = search::text_of(query, random);
            auto const complaint = compare.complaint(query, text);
            BOOST_TEST(complaint.empty(), "BRIDGEWATCH_SEED=" << started_with << ", query " << i << ": " << text << "\n"
                                                              << complaint);
            mismatches += complaint.empty() ? 0 : 1;
            telling += compare.was_telling() ? 1 : 0;
        }
        return telling;
    }
};

using asked = asked_of<tables::upstream>;
using asked_by_tables = asked_of<tables::accelerated>;

} // namespace

BOOST_AUTO_TEST_SUITE(sessions_differential)

BOOST_FIXTURE_TEST_CASE(random_queries_list_the_sessions_that_the_contract_says, asked)
{
    auto const telling = compare_many(queries, false);
    BOOST_TEST(telling * 3 >= queries);
}

BOOST_FIXTURE_TEST_CASE(random_queries_list_the_same_by_the_tables_for_sessions, asked_by_tables)
{
    auto const telling = compare_many(queries, false);
    BOOST_TEST(telling * 3 >= queries);
    BOOST_TEST(compare_many(queries / 4, true) > 0);
    BOOST_TEST(cluster::value(conninfo, "SELECT state FROM bridgewatch_acceleration") == "ready");
}

BOOST_FIXTURE_TEST_CASE(queries_that_ask_for_rows_in_flight_take_them_for_members, asked)
{
    BOOST_TEST(compare_many(queries / 2, true) > 0);
}

BOOST_AUTO_TEST_CASE(there_are_ties_and_ids_of_two_initiators_among_random_sessions)
{
    dice random{1};
    auto const data = random_audit(random, row_count);
    auto const all = sessions_found_by(empty_query(), data);
    BOOST_TEST(all.size() >= 30U);
    std::set<sys_micro> times;
    std::set<std::string> ids;
    for (auto const& each : all) {
        times.insert(each.at.last_active_at);
        ids.insert(each.at.id);
    }
    BOOST_TEST(times.size() < all.size());
    BOOST_TEST(ids.size() < all.size());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test::sessions
