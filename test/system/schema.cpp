#include "test/support/audit_log.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace bridgewatch::test {
namespace {

/// More connections than loops, so that each loop is asked.
constexpr int connections = 24;

std::string const one_row = std::string{interceptions_path} + "?limit=1&count=none";

std::vector<http_answer> pages(served const& server)
{
    std::vector<http_answer> out(connections);
    std::ranges::generate(out, [&] { return fetch(server.address(), one_row, as_owner()); });
    return out;
}

bool has_provider_name(http_answer const& page)
{
    return page.json().at("results").at(0).as_object().contains("provider_name");
}

/// Asks until each loop answers with (or without) provider_name. Any answer but 200 and 503 is a fault.
bool settles(served const& server, bool with_provider_name)
{
    return eventually(waits::limit, [&] {
        return std::ranges::all_of(pages(server), [&](http_answer const& page) {
            BOOST_TEST((page.status == 200 || page.status == 503), page.body);
            return page.status == 200 && has_provider_name(page) == with_provider_name;
        });
    });
}

} // namespace

BOOST_AUTO_TEST_SUITE(schema)

BOOST_AUTO_TEST_CASE(missing_columns_are_named_in_one_line_and_waited_for)
{
    audit_log const log;
    log.execute("ALTER TABLE aibridge_interceptions RENAME model TO model_away;"
                "ALTER TABLE aibridge_tool_usages RENAME injected TO injected_away;"
                "ALTER TABLE users RENAME rbac_roles TO rbac_roles_away");
    served server{log.conninfo()};
    auto const names_all = [](std::string_view text) {
        return text.find("aibridge_interceptions.model") != std::string_view::npos &&
               text.find("aibridge_tool_usages.injected") != std::string_view::npos &&
               text.find("users.rbac_roles") != std::string_view::npos;
    };
    BOOST_TEST(eventually(waits::limit, [&] { return names_all(fetch(server.address(), "/readyz").body); }));
    BOOST_TEST(fetch(server.address(), "/readyz").status == 503);
    BOOST_TEST(fetch(server.address(), "/livez").status == 200);
    auto const page = fetch(server.address(), one_row, as_owner());
    BOOST_TEST(page.status == 503);
    BOOST_TEST(page.headers.contains("retry-after"));

    std::this_thread::sleep_for(waits::nothing_happens); // it looks again and again, and says nothing new
    std::vector<std::string> reasons;
    for (auto const& line : server.log_lines("schema_not_ready"))
        reasons.emplace_back(line.at("reason").as_string());
    BOOST_TEST(std::ranges::count_if(reasons, names_all) == 1);

    log.execute("ALTER TABLE aibridge_interceptions RENAME model_away TO model;"
                "ALTER TABLE aibridge_tool_usages RENAME injected_away TO injected;"
                "ALTER TABLE users RENAME rbac_roles_away TO rbac_roles");
    BOOST_TEST(eventually(waits::short_limit, [&] { return fetch(server.address(), "/readyz").status == 200; }));
    BOOST_TEST(settles(server, true));
}

BOOST_AUTO_TEST_CASE(column_that_goes_away_leaves_the_answer)
{
    audit_log const log;
    served server{log.conninfo()};
    BOOST_TEST_REQUIRE(server.ready());
    BOOST_TEST_REQUIRE(settles(server, true));
    log.execute("ALTER TABLE aibridge_interceptions DROP COLUMN provider_name");
    BOOST_TEST(settles(server, false));
    BOOST_TEST(fetch(server.address(), one_row + "&q=provider_name:anthropic", as_owner()).status == 400);
    for (auto const& page : pages(server))
        BOOST_TEST(page.status == 200);
}

BOOST_AUTO_TEST_CASE(column_that_is_added_is_seen_after_a_reconnect)
{
    audit_log const log;
    log.execute("ALTER TABLE aibridge_interceptions DROP COLUMN provider_name");
    served server{log.conninfo()};
    BOOST_TEST_REQUIRE(server.ready());
    BOOST_TEST_REQUIRE(settles(server, false));
    log.execute("ALTER TABLE aibridge_interceptions ADD COLUMN provider_name text NOT NULL DEFAULT 'anthropic'");
    log.terminate_sessions();
    BOOST_TEST(settles(server, true));
    BOOST_TEST(fetch(server.address(), one_row + "&q=provider_name:anthropic", as_owner()).status == 200);
}

BOOST_AUTO_TEST_CASE(required_column_that_goes_away_makes_it_not_ready)
{
    audit_log const log;
    served server{log.conninfo()};
    BOOST_TEST_REQUIRE(server.ready());
    BOOST_TEST_REQUIRE(settles(server, true));
    log.execute("ALTER TABLE aibridge_interceptions RENAME model TO model_away");
    BOOST_TEST(eventually(waits::limit, [&] {
        auto const page = fetch(server.address(), one_row, as_owner());
        BOOST_TEST(page.status == 503, page.body);
        auto const ready = fetch(server.address(), "/readyz");
        return ready.status == 503 && ready.body.find("aibridge_interceptions.model") != std::string::npos;
    }));
    log.execute("ALTER TABLE aibridge_interceptions RENAME model_away TO model");
    BOOST_TEST(settles(server, true));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
