// Does what is told of credentials and values show no secret, and stay valid JSON, whatever rows a server has sent?
#include "lib/json/session_body.hpp"
#include "lib/json/sessions_body.hpp"
#include "lib/json/values_body.hpp"
#include "test/support/made_rows.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace bdata = boost::unit_test::data;
using namespace std::string_literals;
using namespace bridgewatch::json;

struct hint_case {
    std::string_view name, hint, shown;
};

std::ostream& operator<<(std::ostream& out, hint_case const& c)
{
    return out << c.name;
}

hint_case const hint_cases[] = {
    {"as upstream makes them", "sk-a...wxyz", "sk-a...wxyz"},
    {"empty", "", ""},
    {"all hidden", "...", "..."},
    {"hidden start", "...z", "...z"},
    {"hidden end", "a...", "a..."},
    {"four dots", "a....z", "a....z"},
    {"longest", "sk-an...6789abc", "sk-an...6789abc"},
    {"one byte longer", "sk-ant...6789abc", "..."},
    {"longer in bytes, not in characters", "sk-é...é789abc🦊", "sk-é...é789abc🦊"},
    {"a whole key that holds dots", "sk-ant-REDACTED...", "..."},
    {"short and hides nothing", "s", "..."},
    {"a short secret", "hunter2", "..."},
    {"fifteen bytes that hide nothing", "sk-ant-REDACTED", "..."},
    {"two dots", "sk..yz", "..."},
    {"dots apart", "s.k.y.z", "..."},
    {"the ellipsis that is one character", "sk…yz", "..."},
};

struct values_case {
    std::string_view name;
    std::vector<std::string> values;
    std::string_view body;
};

std::ostream& operator<<(std::ostream& out, values_case const& c)
{
    return out << c.name;
}

values_case const values_cases[] = {
    {"none", {}, "[]"},
    {"one", {"o3"}, R"(["o3"])"},
    {"several, in their order", {"o3", "claude-opus-4", "a"}, R"(["o3","claude-opus-4","a"])"},
    {"empty", {""}, R"([""])"},
    {"quotes and backslashes", {R"(","x)", R"(C:\)"}, R"(["\",\"x","C:\\"])"},
    {"control characters", {"a\tb\n", "\0\x1f"s}, R"(["a\tb\n","\u0000\u001f"])"},
    {"beyond ASCII", {"é模🦊"}, R"(["é模🦊"])"},
    {"not UTF-8", {"a\xFFz"}, "[\"a\xEF\xBF\xBDz\"]"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(json_session)

BOOST_DATA_TEST_CASE(hint_is_shown_where_it_is_one, bdata::make(hint_cases), c)
{
    BOOST_TEST(masked_hint(c.hint) == c.shown);
}

BOOST_DATA_TEST_CASE(values_are_an_array_of_strings, bdata::make(values_cases), c)
{
    auto const body = values_body(c.values);
    BOOST_TEST(body == c.body);
    boost::system::error_code bad;
    auto const read = boost::json::parse(body, bad);
    BOOST_TEST_REQUIRE(!bad);
    BOOST_TEST(read.as_array().size() == c.values.size());
}

BOOST_AUTO_TEST_CASE(a_thread_whose_root_did_not_come_is_left_out)
{
    using bridgewatch::test::made_rows, bridgewatch::test::uuid_cell;
    bridgewatch::store::session_answer answer;
    answer.threads.resize(3);
    for (std::size_t at = 0; at < answer.threads.size(); ++at)
        answer.threads[at].bytes.fill(static_cast<std::uint8_t>(at + 1));
    // Of the first there is nothing, of the second a follower only.
    answer.members = made_rows(10, {{uuid_cell(2), uuid_cell(9)}, {uuid_cell(3), uuid_cell(3)}});
    auto const read = boost::json::parse(session_body(answer, bridgewatch::schema::newest_shape()));
    auto const& threads = read.at("threads").as_array();
    BOOST_TEST_REQUIRE(threads.size() == 1U);
    BOOST_TEST(threads[0].at("id").as_string() == "03030303-0303-0303-0303-030303030303");
}

BOOST_AUTO_TEST_CASE(sessions_are_those_that_were_found_however_many_rows_come)
{
    using bridgewatch::test::made_cell, bridgewatch::test::made_rows;
    for (std::size_t const rows : {0U, 1U, 3U}) {
        bridgewatch::store::sessions_answer page;
        page.which.resize(2);
        page.sessions = made_rows(17, std::vector(rows, std::vector<made_cell>{"s"}));
        auto const read = boost::json::parse(sessions_body(page));
        BOOST_TEST(read.at("sessions").as_array().size() == 2U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
