#include "grammar/keys.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <vector>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::grammar {
namespace {

using enum subject;

struct key_case {
    subject of;
    key which;
    std::string_view name;
    operand_kind operand;
    bool held_once = false, has_path = false;
};

std::ostream& operator<<(std::ostream& out, key_case const& c)
{
    return out << c.name;
}

constexpr auto patterns = operand_kind::patterns, words = operand_kind::words, ordered = operand_kind::ordered,
               text = operand_kind::text;

/// The contract's keys.
key_case const key_cases[] = {
    {interceptions, key::initiator, "initiator", words, true},
    {interceptions, key::provider, "provider", patterns, true},
    {interceptions, key::provider_name, "provider_name", patterns, true},
    {interceptions, key::model, "model", patterns, true},
    {interceptions, key::client, "client", patterns, true},
    {interceptions, key::session_id, "session_id", patterns, true},
    {interceptions, key::id, "id", words, true},
    {interceptions, key::thread, "thread", words, true},
    {interceptions, key::api_key_id, "api_key_id", words, true},
    {interceptions, key::error_type, "error_type", words, true},
    {interceptions, key::started_after, "started_after", text},
    {interceptions, key::started_before, "started_before", text},
    {interceptions, key::started, "started", ordered},
    {interceptions, key::ended, "ended", ordered},
    {interceptions, key::duration, "duration", ordered},
    {interceptions, key::input_tokens, "input_tokens", ordered},
    {interceptions, key::output_tokens, "output_tokens", ordered},
    {interceptions, key::total_tokens, "total_tokens", ordered},
    {interceptions, key::cache_read_tokens, "cache_read_tokens", ordered},
    {interceptions, key::cache_write_tokens, "cache_write_tokens", ordered},
    {interceptions, key::cost, "cost", ordered},
    {interceptions, key::tool, "tool", patterns},
    {interceptions, key::server_url, "server_url", patterns},
    {interceptions, key::tool_input, "tool_input", text},
    {interceptions, key::tool_error, "tool_error", text},
    {interceptions, key::injected, "injected", words},
    {interceptions, key::prompt, "prompt", text},
    {interceptions, key::thinking, "thinking", text},
    {interceptions, key::error_message, "error_message", text},
    {interceptions, key::text, "text", text},
    {interceptions, key::has, "has", words},
    {interceptions, key::is, "is", words},
    {interceptions, key::metadata, "metadata.", words, false, true},
    {interceptions, key::annotation, "annotation.", words, false, true},
    {tool_calls, key::call_name, "name", patterns},
    {tool_calls, key::call_server_url, "server_url", patterns},
    {tool_calls, key::call_input, "input", text},
    {tool_calls, key::call_error, "error", text},
    {tool_calls, key::call_injected, "injected", words},
};

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
    {"start", "started"},
    {"sessionid", "session_id"},
    {"input_token", "input_tokens"},
    {"token", ""},
    {"tools", "tool"},
    {"toolinput", "tool_input"},
    {"inputtokens", "input_tokens"},
    {"tex", "text"},
    {"duratoin", "duration"},
    {"error", ""},
    {"name", ""},
    {"providername_", "provider_name"},
    {"providername__", ""},
    {"provider_na", "provider_name"},
    {"provider_n", "provider"},
    {"mxxxl", ""},
    {"xxx", ""},
    // Keys with a path.
    {"metadata", "metadata."},
    {"metadat", "metadata."},
    {"annotations", "annotation."},
    {"metdata.team", "metadata.team"},
    {"METADTA.Team.Name", "metadata.Team.Name"},
    {"anotation.repo", "annotation.repo"},
    {"annotations.repo", "annotation.repo"},
    {"meta.team", ""},
    {"modle.team", ""},
    {"metadata,team", ""},
};

suggestion_case const call_suggestion_cases[] = {
    {"nmae", "name"},   {"Names", "name"},       {"errro", "error"},
    {"imput", "input"}, {"injectd", "injected"}, {"server-url", "server_url"},
    {"tool", ""},       {"model", ""},           {"metdata.x", ""},
};

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_keys)

BOOST_DATA_TEST_CASE(key_is_as_in_the_contract, bdata::make(key_cases), c)
{
    auto const* const found = find_key(c.of, c.name);
    BOOST_TEST_REQUIRE((found != nullptr));
    BOOST_TEST((found->id == c.which));
    BOOST_TEST((found->operand == c.operand));
    BOOST_TEST(found->held_once == c.held_once);
    BOOST_TEST(found->has_path == c.has_path);
    BOOST_TEST((&traits_of(c.which) == found));
    BOOST_TEST(name_of(c.which) == c.name);
}

BOOST_AUTO_TEST_CASE(case_does_not_matter)
{
    auto const finds = [](std::string_view name, key which) {
        auto const* const found = find_key(interceptions, name);
        return found != nullptr && found->id == which;
    };
    BOOST_TEST(finds("INITIATOR", key::initiator));
    BOOST_TEST(finds("Started_After", key::started_after));
    BOOST_TEST(finds("MetaData.Team", key::metadata));
    BOOST_TEST(finds("ANNOTATION.", key::annotation));
}

BOOST_AUTO_TEST_CASE(other_names_are_not_found)
{
    for (auto const* name : {"", "mode", "modell", "started after", "provider ", "name", "input", "error", "metadata",
                             "metadatax", "model.x", "annotation", "tool("})
        BOOST_TEST((find_key(interceptions, name) == nullptr), name);
    for (auto const* name : {"", "model", "tool", "tool_input", "tool_error", "metadata.x", "initiator"})
        BOOST_TEST((find_key(tool_calls, name) == nullptr), name);
}

BOOST_AUTO_TEST_CASE(bare_words_have_a_key)
{
    BOOST_TEST((default_key(interceptions) == key::initiator));
    BOOST_TEST((default_key(tool_calls) == key::call_name));
}

BOOST_DATA_TEST_CASE(suggests_the_nearest_within_two_edits, bdata::make(suggestion_cases), c)
{
    BOOST_TEST(suggest_key(interceptions, c.misspelt) == c.suggested);
}

BOOST_DATA_TEST_CASE(suggests_keys_of_a_tool_call, bdata::make(call_suggestion_cases), c)
{
    BOOST_TEST(suggest_key(tool_calls, c.misspelt) == c.suggested);
}

BOOST_AUTO_TEST_CASE(suggests_values)
{
    BOOST_TEST(nearest(presence_names(), "Promt") == "prompt");
    BOOST_TEST(nearest(presence_names(), "thinkin") == "thinking");
    BOOST_TEST(nearest(presence_names(), "cost") == "");
    BOOST_TEST(nearest(state_names(), "fail") == "failed");
    BOOST_TEST(nearest(state_names(), "fa") == "");
}

BOOST_AUTO_TEST_CASE(names_are_in_the_order_of_their_enums)
{
    auto const list = [](std::span<std::string_view const> names) {
        return std::vector<std::string_view>{names.begin(), names.end()};
    };
    BOOST_TEST(
        (list(presence_names()) == std::vector<std::string_view>{"prompt", "tool", "error", "thinking", "session"}));
    BOOST_TEST((presence_names()[static_cast<std::size_t>(presence::session)] == "session"));
    BOOST_TEST((list(state_names()) == std::vector<std::string_view>{"inflight", "completed", "failed"}));
    BOOST_TEST((state_names()[static_cast<std::size_t>(state::failed)] == "failed"));
}

BOOST_AUTO_TEST_CASE(a_set_loses_what_is_erased_only)
{
    auto recorded = enum_set<key>::all();
    recorded.erase(key::client);
    for (auto const& c : key_cases)
        BOOST_TEST(recorded.contains(c.which) == (c.which != key::client), c.name);
    BOOST_TEST(!enum_set<key>{}.contains(key::initiator));
    BOOST_TEST(!enum_set<key>{}.contains(key::call_injected));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
