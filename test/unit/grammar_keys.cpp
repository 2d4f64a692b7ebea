#include "grammar/keys.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::grammar {
namespace {

constexpr auto of = subject::interceptions;

constexpr key all_keys[] = {key::initiator, key::provider,      key::provider_name, key::model,
                            key::client,    key::started_after, key::started_before};

struct suggestion_case {
    std::string_view misspelt, suggested;
};

std::ostream& operator<<(std::ostream& out, suggestion_case const& c)
{
    return out << '"' << c.misspelt << '"';
}

suggestion_case const suggestion_cases[] = {
    {"modle", "model"},
    {"mode", "model"},
    {"models", "model"},
    {"odels", "model"},
    {"MODLE", "model"},
    {"clinet", "client"},
    {"initator", "initiator"},
    {"provider-name", "provider_name"},
    {"providers", "provider"},
    {"provide", "provider"},
    {"started_aftr", "started_after"},
    {"startedbefore", "started_before"},
    {"\"provider\"", "provider"},
    {"-client", "client"},
    {"", ""},
    {"m", ""},
    {"mo", ""},
    {"started", ""},
    {"providername_", "provider_name"},
    {"providername__", ""},
    {"provider_na", "provider_name"},
    {"provider_n", "provider"},
    {"mxxxl", ""},
    {"xxx", ""},
};

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_keys)

BOOST_AUTO_TEST_CASE(each_key_is_found_by_its_name)
{
    for (auto const k : all_keys)
        BOOST_TEST((find_key(of, name_of(k)) == k), name_of(k));
}

BOOST_AUTO_TEST_CASE(case_does_not_matter)
{
    BOOST_TEST((find_key(of, "INITIATOR") == key::initiator));
    BOOST_TEST((find_key(of, "Started_After") == key::started_after));
}

BOOST_AUTO_TEST_CASE(other_names_are_not_found)
{
    for (auto const* name : {"", "mode", "modell", "session_id", "started after", "provider "})
        BOOST_TEST(!find_key(of, name).has_value(), name);
}

BOOST_DATA_TEST_CASE(suggests_the_nearest_within_two_edits, bdata::make(suggestion_cases), c)
{
    BOOST_TEST(suggest_key(of, c.misspelt) == c.suggested);
}

BOOST_AUTO_TEST_CASE(a_set_loses_what_is_erased_only)
{
    auto recorded = key_set::all();
    recorded.erase(key::client);
    for (auto const k : all_keys)
        BOOST_TEST(recorded.contains(k) == (k != key::client), name_of(k));
    BOOST_TEST(!key_set{}.contains(key::initiator));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
