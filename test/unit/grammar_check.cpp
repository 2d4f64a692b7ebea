#include "grammar/check.hpp"
#include "grammar/limits.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::grammar {
namespace {

constexpr std::string_view my_id = "11111111-2222-3333-4444-555555555555";

check_context as_me()
{
    return {.me = *parse_uuid(my_id)};
}

/// A condition on one line: `provider=a|b`, `initiator=name|{id}`, `>=time`.
struct outline {
    std::string operator()(text_is const& is) const
    {
        constexpr std::string_view names[] = {"provider", "provider_name", "model", "client", "session_id"};
        return std::string{names[static_cast<std::size_t>(is.field)]} + "=" + joined(is.any_of);
    }

    std::string operator()(initiator_is const& is) const
    {
        std::vector<std::string> users;
        users.reserve(is.any_of.size());
        for (auto const& user : is.any_of)
            users.push_back(user.id ? user.name + "{" + to_string(*user.id) + "}" : user.name);
        return "initiator=" + joined(users);
    }

    std::string operator()(started_bound const& bound) const
    {
        return (bound.side == bound::at_or_after ? ">=" : "<=") + to_rfc3339(bound.at);
    }

    std::string operator()(filter const& whole) const
    {
        std::string out;
        for (auto const& condition : whole.all_of)
            out += (out.empty() ? "" : " & ") + std::visit(*this, condition);
        return out;
    }

  private:
    using bound = bridgewatch::grammar::bound;

    static std::string joined(std::vector<std::string> const& values)
    {
        std::string out;
        for (auto const& value : values)
            out += (out.empty() ? "" : "|") + value;
        return out;
    }
};

struct meaning_case {
    std::string_view name, query, meaning;
};

std::ostream& operator<<(std::ostream& out, meaning_case const& c)
{
    return out << c.name;
}

meaning_case const meaning_cases[] = {
    {"nothing", "", ""},
    {"spaces", "   ", ""},
    {"each text key", "provider:a provider_name:b model:c client:d",
     "provider=a & provider_name=b & model=c & client=d"},
    {"key in any case, value in its own", "PROVIDER:OpenAI", "provider=OpenAI"},
    {"quoted value", R"(model:"gpt 5")", "model=gpt 5"},
    {"comma is part of the value", "provider:a,b", "provider=a,b"},
    {"client without a name", "client:Unknown", "client=Unknown"},
    {"empty text", R"(provider:"" model:"")", ""},
    {"empty user", R"(initiator:"")", ""},
    {"empty words", R"("")", ""},
    {"empty times", R"(started_after:"" started_before:"")", ""},
    {"words", "alice smith", "initiator=alice smith"},
    {"words around a term", "alice model:x smith", "initiator=alice smith & model=x"},
    {"operators are words", "alice OR bob", "initiator=alice OR bob"},
    {"user name", "initiator:Alice", "initiator=Alice"},
    {"user id", "initiator:AAAAAAAA-2222-3333-4444-555555555555", "initiator={aaaaaaaa-2222-3333-4444-555555555555}"},
    {"user id without hyphens, as a word", "aaaaaaaa222233334444555555555555",
     "initiator={aaaaaaaa-2222-3333-4444-555555555555}"},
    {"user id as urn", R"(initiator:"urn:uuid:aaaaaaaa-2222-3333-4444-555555555555")",
     "initiator={aaaaaaaa-2222-3333-4444-555555555555}"},
    {"me", "initiator:me", "initiator={11111111-2222-3333-4444-555555555555}"},
    {"me as a word", "me", "initiator={11111111-2222-3333-4444-555555555555}"},
    {"Me is a name", "initiator:Me", "initiator=Me"},
    {"repeated key, at its first place", "model:a provider:p model:b", "model=a|b & provider=p"},
    {"repeated key in two spellings", "model:a MODEL:b", "model=a|b"},
    {"equal values once", "model:a model:b model:a", "model=a|b"},
    {"values that differ in case", "model:a model:A", "model=a|A"},
    {"empty value beside another", R"(model:"" model:b)", "model=b"},
    {"empty value keeps no place", R"(model:"" provider:p model:b)", "provider=p & model=b"},
    {"words and initiator", "initiator:alice bob initiator:me",
     "initiator=alice|bob|{11111111-2222-3333-4444-555555555555}"},
    {"times", R"(started_after:"2025-01-01T00:00:00Z" started_before:"2025-02-01T00:00:00Z")",
     ">=2025-01-01T00:00:00Z & <=2025-02-01T00:00:00Z"},
    {"lower case time", R"(started_after:"2025-01-01t00:00:00z")", ">=2025-01-01T00:00:00Z"},
    {"offset", R"(started_after:"2025-01-01T00:00:00+01:00")", ">=2024-12-31T23:00:00Z"},
    {"finer than a microsecond, after", R"(started_after:"2025-01-01T00:00:00.0000001Z")",
     ">=2025-01-01T00:00:00.000001Z"},
    {"finer than a microsecond, before", R"(started_before:"2025-01-01T00:00:00.9999999Z")",
     "<=2025-01-01T00:00:00.999999Z"},
    {"rounded up into the next second", R"(started_after:"2025-01-01T00:00:00.9999999Z")", ">=2025-01-01T00:00:01Z"},
    {"zeros below a microsecond", R"(started_after:"2025-01-01T00:00:00.123456000Z")", ">=2025-01-01T00:00:00.123456Z"},
    {"repeated times all hold", R"(started_after:"2025-01-01T00:00:00Z" model:a started_after:"2025-01-02T00:00:00Z")",
     ">=2025-01-01T00:00:00Z & model=a & >=2025-01-02T00:00:00Z"},
    {"range below a microsecond",
     R"(started_after:"2025-01-01T00:00:00.0000001Z" started_before:"2025-01-01T00:00:00.0000002Z")",
     ">=2025-01-01T00:00:00.000001Z & <=2025-01-01T00:00:00Z"},
    {"before after the latest of several",
     R"(started_before:"2025-01-03T00:00:00Z" started_after:"2025-01-02T00:00:00Z" started_after:"2025-01-01T00:00:00Z")",
     "<=2025-01-03T00:00:00Z & >=2025-01-02T00:00:00Z & >=2025-01-01T00:00:00Z"},
};

std::string repeated(std::string_view term, std::size_t times)
{
    std::string out;
    for (std::size_t i = 0; i < times; ++i)
        out += std::string{term} + std::to_string(i) + " ";
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_check)

BOOST_DATA_TEST_CASE(query_means, bdata::make(meaning_cases), c)
{
    auto const got = check(c.query, as_me());
    BOOST_TEST(got.faults.empty());
    BOOST_TEST(outline{}(got.meaning) == c.meaning);
}

BOOST_AUTO_TEST_CASE(me_is_a_name_where_nobody_asks)
{
    BOOST_TEST(outline{}(check("initiator:me", {}).meaning) == "initiator=me");
}

BOOST_AUTO_TEST_CASE(user_keeps_its_place)
{
    auto const meaning = check(R"(model:a initiator:"al ice" bob)", as_me()).meaning;
    auto const& users = std::get<initiator_is>(meaning.all_of.at(1)).any_of;
    BOOST_TEST_REQUIRE(users.size() == 2U);
    BOOST_TEST((users[0].where == span{19, 6}));
    BOOST_TEST((users[1].where == span{27, 3}));
}

BOOST_AUTO_TEST_CASE(a_key_takes_32_values)
{
    auto const got = check(repeated("model:m", limits::values), as_me());
    BOOST_TEST(got.faults.empty());
    BOOST_TEST(std::get<text_is>(got.meaning.all_of.at(0)).any_of.size() == limits::values);
}

BOOST_AUTO_TEST_CASE(limits_of_two_keys_are_apart)
{
    auto const query = repeated("model:m", limits::values) + repeated("client:c", limits::values);
    BOOST_TEST(check(query, as_me()).faults.empty());
}

BOOST_AUTO_TEST_CASE(what_is_right_means_something_beside_faults)
{
    auto const got = check(R"(model:a modle:b started_after:x alice :c)", as_me());
    BOOST_TEST(got.faults.size() == 3U);
    BOOST_TEST(outline{}(got.meaning) == "model=a & initiator=alice");
    BOOST_TEST(got.tree.root.operands.size() == 4U);
}

BOOST_AUTO_TEST_CASE(other_keys_answer_where_one_is_not_recorded)
{
    auto context = as_me();
    context.recorded.erase(key::client);
    auto const got = check("client:a model:b", context);
    BOOST_TEST(got.faults.size() == 1U);
    BOOST_TEST(outline{}(got.meaning) == "model=b");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
