#include "db/schema/shape.hpp"
#include "db/sql/interceptions.hpp"
#include "grammar/check.hpp"
#include "test/support/cluster.hpp"
#include "test/support/contract_database.hpp"
#include "test/support/served.hpp"
#include "test/support/session.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <vector>

// What a user writes is data: it finds the row that holds it, to the byte, and never becomes SQL.
namespace {

namespace bdata = boost::unit_test::data;
namespace database = bridgewatch::test::contract_database;
using namespace bridgewatch;
using test::cluster;

/// None has a quote `"`, so that each can be quoted, and none is longer than the shortest column.
std::string const hostile[] = {
    "'; DROP TABLE users; --",
    "' OR '1'='1",
    "x' UNION SELECT hashed_secret FROM api_keys --",
    "\\'; SELECT pg_sleep(10); --",
    "$1",
    "$$; DROP TABLE users; $$",
    "); DELETE FROM aibridge_interceptions; --",
    "/* */ 1=1",
    "E'\\x27'",
    "U&'\\0027'",
    "\\u0000",
    "{a,b}",
    "{NULL}",
    "NULL",
    "{'a':1}",
    "]}' @> '{",
    "%",
    "_",
    "100%_\\",
    "\\",
    "\\\\",
    "a\\",
    "*",
    "a,b",
    "a:b",
    "a' b",
    "(a",
    "a)",
    "é' -- 数据",
    "a\nb'\t;",
    "::regclass",
    ":'var'",
    "%s%n",
    std::string(60, '\''),
};

/// A key and the column that it searches; `where` picks the one row that holds the value.
struct place {
    std::string_view key, table, column;
    std::string_view before = "", after = ""; ///< around the value, in SQL
};

std::ostream& operator<<(std::ostream& out, place const& p)
{
    return out << p.key;
}

place const places[] = {
    {"provider", "aibridge_interceptions", "provider"},
    {"provider_name", "aibridge_interceptions", "provider_name"},
    {"model", "aibridge_interceptions", "model"},
    {"client", "aibridge_interceptions", "client"},
    {"session_id", "aibridge_interceptions", "client_session_id"},
    {"api_key_id", "aibridge_interceptions", "api_key_id"},
    {"error_message", "aibridge_interceptions", "error_message"},
    {"text", "aibridge_interceptions", "error_message"},
    {"metadata.a.b", "aibridge_interceptions", "metadata", "jsonb_build_object('a', jsonb_build_object('b', ",
     "::text))"},
    {"annotation.k", "aibridge_interceptions", "annotations", "jsonb_build_object('k', ", "::text)"},
    {"tool", "aibridge_tool_usages", "tool"},
    {"server_url", "aibridge_tool_usages", "server_url"},
    {"tool_input", "aibridge_tool_usages", "input"},
    {"tool_error", "aibridge_tool_usages", "invocation_error"},
    {"text", "aibridge_tool_usages", "input"},
    {"prompt", "aibridge_user_prompts", "prompt"},
    {"text", "aibridge_user_prompts", "prompt"},
    {"thinking", "aibridge_model_thoughts", "content"},
    {"text", "aibridge_model_thoughts", "content"},
};

sql::statement page_of(std::string const& query)
{
    auto const checked = grammar::check(query, {});
    BOOST_TEST_REQUIRE(checked.faults.empty(), query);
    return sql::page_of_interceptions(checked.meaning, {}, {.limit = 10, .offset = 0, .after = {}},
                                      schema::newest_shape());
}

struct audited {
    std::string conninfo = database::create();
    pg::blocking_session session = test::open_session(conninfo);

    audited()
    {
        database::add_interceptions(conninfo, 1, 3);
        cluster::execute(conninfo,
                         "INSERT INTO aibridge_model_thoughts (interception_id, content, created_at) SELECT id, "
                         "'thought', started_at FROM aibridge_interceptions");
    }

    /// Puts the value into the place, in the second interception.
    void put(place const& p, std::string const& value)
    {
        bool const is_child = p.table != "aibridge_interceptions";
        auto const sql = std::string{"UPDATE "}
                             .append(p.table)
                             .append(" SET ")
                             .append(p.column)
                             .append(" = ")
                             .append(p.before)
                             .append("$1")
                             .append(p.after)
                             .append(" WHERE ")
                             .append(is_child ? "interception_id" : "id")
                             .append(" = '")
                             .append(database::id(2))
                             .append("'");
        auto const done = session.query(sql, {pg::parameter{pg::type::text, value}});
        BOOST_TEST_REQUIRE(done.has_value(), (done.has_error() ? done.error().diag.message : ""));
    }

    [[nodiscard]] std::string found(sql::statement const& page)
    {
        auto const rows = session.query(page.text(), page.parameters());
        BOOST_TEST_REQUIRE(rows.has_value(), (rows.has_error() ? rows.error().diag.message : ""));
        std::string out;
        for (std::size_t row = 0; row < rows->size(); ++row)
            out += std::to_string(static_cast<unsigned char>(rows->at(row, 0).bytes().back()));
        return out;
    }

    [[nodiscard]] std::string sizes() const
    {
        return cluster::value(conninfo,
                              "SELECT concat_ws(' ', (SELECT count(*) FROM users), (SELECT count(*) FROM "
                              "api_keys), (SELECT count(*) FROM aibridge_interceptions), (SELECT count(*) FROM "
                              "aibridge_user_prompts), (SELECT count(*) FROM aibridge_tool_usages))");
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(search_injection)

BOOST_DATA_TEST_CASE(a_hostile_value_finds_the_row_that_holds_it, bdata::make(places), place)
{
    audited log;
    auto const before = log.sizes();
    auto const harmless = page_of(std::string{place.key} + ":harmless").text();
    for (auto const& value : hostile) {
        log.put(place, value);
        auto const page = page_of(std::string{place.key} + ":\"" + value + "\"");
        BOOST_TEST(log.found(page) == "2", value);
        BOOST_TEST(page.text() == harmless, value);
        auto const others = page_of("-" + std::string{place.key} + ":\"" + value + "\"");
        BOOST_TEST(log.found(others) == "31", value);
    }
    BOOST_TEST(log.sizes() == before);
}

BOOST_AUTO_TEST_CASE(a_pattern_around_a_hostile_value_finds_it_too)
{
    audited log;
    for (auto const& place : places) {
        bool const takes_patterns = place.key == "provider" || place.key == "provider_name" || place.key == "model" ||
                                    place.key == "client" || place.key == "tool" || place.key == "server_url";
        if (!takes_patterns)
            continue;
        auto const harmless = page_of(std::string{place.key} + ":*harmless*").text();
        for (auto const& value : hostile) {
            if (value.find_first_of(" ,:()*") != std::string::npos)
                continue; // cannot stand without quotes
            log.put(place, "<" + value + ">");
            auto const page = page_of(std::string{place.key} + ":<*" + value + ">*");
            BOOST_TEST(log.found(page) == "2", place.key << " " << value);
            BOOST_TEST(page.text() == harmless, value);
        }
    }
}

/// Where a value stands in a query so that it is at fault, or names nothing.
constexpr std::string_view faulty_places[] = {"V",
                                              "V:x",
                                              "x:V",
                                              "x:V:y",
                                              "initiator:\"V\"",
                                              "id:\"V\"",
                                              "thread:\"V\"",
                                              "has:\"V\"",
                                              "is:\"V\"",
                                              "injected:\"V\"",
                                              "started:\"V\"",
                                              "started_after:\"V\"",
                                              "ended:>=\"V\"",
                                              "duration:\"V\"..\"V\"",
                                              "input_tokens:>\"V\"",
                                              "cost:\"V\"",
                                              "metadata.V:x",
                                              "annotation.V:x",
                                              "tool(V:x)",
                                              "tool(injected:\"V\")",
                                              "(V OR NOT)",
                                              "error_type:\"V\""};

BOOST_AUTO_TEST_CASE(no_fault_path_reaches_the_database_as_sql)
{
    audited log;
    auto const before = log.sizes();
    test::served const server{log.conninfo};
    test::http_client client{server.address()};
    test::http_headers const owner{{"Coder-Session-Token", database::token("keyowner00")}};
    for (auto const form : faulty_places)
        for (auto const& value : hostile) {
            std::string query{form};
            for (auto at = query.find('V'); at != std::string::npos; at = query.find('V', at + value.size()))
                query.replace(at, 1, value);
            auto const answer =
                client.get("/api/v2/aibridge/interceptions?count=none&q=" + test::percent_encoded(query), owner);
            BOOST_TEST((answer.status == 400 || answer.status == 200), query << " gives " << answer.body);
            bool const is_json = answer.json().is_object();
            BOOST_TEST(is_json, query);
        }
    BOOST_TEST(log.sizes() == before);
    for (auto const& line : server.log_lines("request"))
        BOOST_TEST(!line.contains("error"), line);
}

BOOST_AUTO_TEST_SUITE_END()
