#include "test/support/audit_log.hpp"
#include "test/support/http_client.hpp"
#include "test/support/prometheus.hpp"
#include "test/support/promql.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/algorithm/string/join.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

// deploy/grafana/bridgewatch.json: can Grafana lay it out, and has each of its queries an answer?
namespace bridgewatch::test {
namespace {

namespace json = boost::json;

json::value const& board()
{
    static auto const read = [] {
        std::ifstream file{BRIDGEWATCH_SOURCE_DIR "/deploy/grafana/bridgewatch.json"};
        return json::parse(std::string{std::istreambuf_iterator<char>{file}, {}});
    }();
    return read;
}

json::array const& panels()
{
    return board().at("panels").as_array();
}

bool is_row(json::value const& panel)
{
    return panel.at("type").as_string() == "row";
}

std::string title_of(json::value const& panel)
{
    return std::string{panel.at("title").as_string()};
}

/// As Grafana asks it, for all instances.
std::string filled_in(json::value const& expression)
{
    std::string text{expression.as_string()};
    for (auto const& [variable, value] :
         {std::pair{R"(\$job)", "bridgewatch"}, {R"(\$instance)", ".*"}, {R"(\$__rate_interval)", "1m"}})
        text = std::regex_replace(text, std::regex{variable}, value);
    return text;
}

struct asked {
    std::string panel, expression;
};

std::vector<asked> queries()
{
    std::vector<asked> out;
    for (auto const& panel : panels())
        if (!is_row(panel))
            for (auto const& target : panel.at("targets").as_array())
                out.push_back({title_of(panel), filled_in(target.at("expr"))});
    for (auto const& note : board().at("annotations").at("list").as_array())
        out.push_back({std::string{note.at("name").as_string()}, filled_in(note.at("expr"))});
    BOOST_TEST_REQUIRE(out.size() > 50U);
    return out;
}

/// Those whose answer is empty on a good day: no replica, no request of that status, no start.
bool may_be_empty(asked const& query)
{
    return query.expression.find("status=~") != std::string::npos || query.expression.starts_with("changes(") ||
           query.panel == "Replica lag";
}

} // namespace

BOOST_AUTO_TEST_SUITE(dashboard)

BOOST_AUTO_TEST_CASE(panels_have_places_of_their_own_and_ask_the_chosen_source)
{
    std::set<std::int64_t> ids;
    std::set<std::pair<int, int>> taken;
    for (auto const& panel : panels()) {
        auto const title = title_of(panel);
        BOOST_TEST(!title.empty());
        BOOST_TEST(ids.insert(panel.at("id").as_int64()).second, title);
        auto const at = [&](char const* what) { return panel.at("gridPos").at(what).to_number<int>(); };
        BOOST_TEST(at("x") + at("w") <= 24, title);
        for (int x = at("x"); x < at("x") + at("w"); ++x)
            for (int y = at("y"); y < at("y") + at("h"); ++y)
                BOOST_TEST(taken.emplace(x, y).second, title << " lies on another one");
        if (is_row(panel))
            continue;
        BOOST_TEST(panel.at("datasource").at("uid").as_string() == "${datasource}", title);
        BOOST_TEST(!panel.at("targets").as_array().empty(), title);
    }
}

BOOST_AUTO_TEST_CASE(variables_are_those_that_queries_use)
{
    std::set<std::string> made, used;
    for (auto const& variable : board().at("templating").at("list").as_array())
        made.emplace(variable.at("name").as_string());
    auto const text = json::serialize(board());
    std::regex const variable{R"(\$\{?([a-z]+))"};
    for (std::sregex_iterator it{text.begin(), text.end(), variable}, end; it != end; ++it)
        used.insert((*it)[1]);
    BOOST_TEST(made == used, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(queries_are_answered_by_prometheus_from_a_server_that_works)
{
    audit_log const log;
    served const server{log.conninfo()};
    BOOST_TEST_REQUIRE(server.ready());
    prometheus const watch{{server.address()}};
    std::vector<asked> unanswered;
    auto const all_answered = [&] {
        std::ignore = fetch(server.address(), std::string{interceptions_path} + "?q=model:x", as_owner());
        std::ignore = fetch(server.address(), std::string{interceptions_path} + "?q=modle:x", as_owner());
        unanswered.clear();
        for (auto const& query : queries())
            if (watch.query(query.expression).empty() && !may_be_empty(query))
                unanswered.push_back(query);
        return unanswered.empty();
    };
    if (!eventually(waits::limit, all_answered))
        for (auto const& query : unanswered)
            BOOST_TEST(false, query.panel << " is empty: " << query.expression);
    auto const known = promql::exported(fetch(server.address(), "/metrics").body);
    for (auto const& query : queries())
        BOOST_TEST(query.panel + ": " + boost::algorithm::join(promql::unknown(query.expression, known), "; ") ==
                   query.panel + ": ");
    std::vector<std::string> left;
    BOOST_TEST(eventually(waits::limit,
                          [&] {
                              left = watch.alerts();
                              std::erase(left, "BridgewatchEventLoopLags"); // one late beat of a busy machine is enough
                              return left.empty();
                          }),
               boost::algorithm::join(left, ", "));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
