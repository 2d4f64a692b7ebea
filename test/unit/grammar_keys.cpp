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
    std::string_view name;
    subject of;
    key which;
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
    {"initiator", interceptions, key::initiator, words, true},
    {"provider", interceptions, key::provider, patterns, true},
    {"provider_name", interceptions, key::provider_name, patterns, true},
    {"model", interceptions, key::model, patterns, true},
    {"client", interceptions, key::client, patterns, true},
    {"session_id", interceptions, key::session_id, patterns, true},
    {"id", interceptions, key::id, words, true},
    {"thread", interceptions, key::thread, words, true},
    {"api_key_id", interceptions, key::api_key_id, words, true},
    {"error_type", interceptions, key::error_type, words, true},
    {"started_after", interceptions, key::started_after, text},
    {"started_before", interceptions, key::started_before, text},
    {"started", interceptions, key::started, ordered},
    {"ended", interceptions, key::ended, ordered},
    {"duration", interceptions, key::duration, ordered},
    {"input_tokens", interceptions, key::input_tokens, ordered},
    {"output_tokens", interceptions, key::output_tokens, ordered},
    {"total_tokens", interceptions, key::total_tokens, ordered},
    {"cache_read_tokens", interceptions, key::cache_read_tokens, ordered},
    {"cache_write_tokens", interceptions, key::cache_write_tokens, ordered},
    {"cost", interceptions, key::cost, ordered},
    {"tool", interceptions, key::tool, patterns},
    {"server_url", interceptions, key::server_url, patterns},
    {"tool_input", interceptions, key::tool_input, text},
    {"tool_error", interceptions, key::tool_error, text},
    {"injected", interceptions, key::injected, words},
    {"prompt", interceptions, key::prompt, text},
    {"thinking", interceptions, key::thinking, text},
    {"error_message", interceptions, key::error_message, text},
    {"text", interceptions, key::text, text},
    {"has", interceptions, key::has, words},
    {"is", interceptions, key::is, words},
    {"metadata.", interceptions, key::metadata, words, false, true},
    {"annotation.", interceptions, key::annotation, words, false, true},
    {"name", tool_calls, key::call_name, patterns},
    {"server_url", tool_calls, key::call_server_url, patterns},
    {"input", tool_calls, key::call_input, text},
    {"error", tool_calls, key::call_error, text},
    {"injected", tool_calls, key::call_injected, words},
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
    BOOST_TEST(!default_key(sessions));
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
