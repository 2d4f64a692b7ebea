#include "grammar/check.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::grammar {
namespace {

/// A key that a database may lack the column of, and a value that it takes.
struct key_case {
    key which;
    std::string_view value;
    std::string_view path = {};
};

std::ostream& operator<<(std::ostream& out, key_case const& c)
{
    return out << name_of(c.which);
}

key_case const key_cases[] = {
    {key::provider_name, "a*"},
    {key::client, "Unknown"},
    {key::session_id, "s"},
    {key::thread, "11111111-2222-3333-4444-555555555555"},
    {key::api_key_id, "k"},
    {key::error_type, "overloaded"},
    {key::error_message, "quota"},
    {key::ended, ">today"},
    {key::duration, ">30s"},
    {key::cache_read_tokens, "1..2"},
    {key::cache_write_tokens, "1"},
    {key::cost, ">0.25"},
    {key::thinking, "x"},
    {key::metadata, "x", "Team"},
    {key::annotation, "x", "repo.Name"},
};

struct value_case {
    std::string_view query, field, detail;
    recorded_set (*lacking)();
};

std::ostream& operator<<(std::ostream& out, value_case const& c)
{
    return out << c.query;
}

template <presence what>
recorded_set without_presence()
{
    recorded_set out;
    out.presences.erase(what);
    return out;
}

template <state what>
recorded_set without_state()
{
    recorded_set out;
    out.states.erase(what);
    return out;
}

value_case const value_cases[] = {
    {"has:thinking", "has", R"(Query param "has" value "thinking" is not recorded by this database)",
     without_presence<presence::thinking>},
    {"has:session", "has", R"(Query param "has" value "session" is not recorded by this database)",
     without_presence<presence::session>},
    {"is:inflight", "is", R"(Query param "is" value "inflight" is not recorded by this database)",
     without_state<state::inflight>},
    {"is:failed", "is", R"(Query param "is" value "failed" is not recorded by this database)",
     without_state<state::failed>},
};

std::string in_upper_case(std::string_view name)
{
    std::string out{name};
    for (char& c : out)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_not_recorded)

BOOST_DATA_TEST_CASE(key_of_a_column_that_is_not_there, bdata::make(key_cases), c)
{
    check_context context;
    context.recorded.keys.erase(c.which);
    auto const written = in_upper_case(name_of(c.which)).append(c.path);
    auto const field = std::string{name_of(c.which)}.append(c.path);
    auto const query = "model:a -(" + written + ":" + std::string{c.value} + ")";
    BOOST_TEST(check(query, {}).faults.empty());
    auto const faults = check(query, context).faults;
    BOOST_TEST_REQUIRE(faults.size() == 1U);
    BOOST_TEST((faults[0] == fault{.code = fault_code::not_recorded,
                                   .where = span{10, static_cast<std::uint32_t>(written.size())},
                                   .field = field,
                                   .detail = "Query param \"" + field + "\" is not recorded by this database"}));
}

BOOST_DATA_TEST_CASE(value_of_a_column_that_is_not_there, bdata::make(value_cases), c)
{
    auto const colon = static_cast<std::uint32_t>(c.query.find(':'));
    auto const length = static_cast<std::uint32_t>(c.query.size()) - colon - 1;
    BOOST_TEST(check(c.query, {}).faults.empty());
    auto const faults = check(c.query, {.recorded = c.lacking()}).faults;
    BOOST_TEST_REQUIRE(faults.size() == 1U);
    BOOST_TEST((faults[0] == fault{.code = fault_code::not_recorded,
                                   .where = span{colon + 1, length},
                                   .field = std::string{c.field},
                                   .detail = std::string{c.detail}}));
}

BOOST_AUTO_TEST_CASE(other_values_of_a_list_are_right)
{
    auto const faults = check("has:prompt,Thinking,tool", {.recorded = without_presence<presence::thinking>()}).faults;
    BOOST_TEST_REQUIRE(faults.size() == 1U);
    BOOST_TEST((faults[0].where == span{11, 8}));
}

BOOST_AUTO_TEST_CASE(bare_words_need_the_default_key)
{
    check_context context;
    context.recorded.keys.erase(key::initiator);
    auto const faults = check("model:a alice smith", context).faults;
    BOOST_TEST_REQUIRE(faults.size() == 1U);
    BOOST_TEST((faults[0].where == span{8, 11}));
    BOOST_TEST(faults[0].field == "initiator");
}

BOOST_AUTO_TEST_CASE(a_key_that_is_not_recorded_has_no_other_fault)
{
    check_context context;
    for (auto const k : {key::cost, key::metadata, key::model})
        context.recorded.keys.erase(k);
    BOOST_TEST(check("cost:x", context).faults.size() == 1U);
    BOOST_TEST(check("metadata.:x", context).faults.size() == 1U);
    BOOST_TEST(check("model:*", context).faults.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
