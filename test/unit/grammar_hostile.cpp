#include "grammar/check.hpp"
#include "grammar/limits.hpp"
#include "grammar/parse.hpp"
#include "grammar/print.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <pthread.h>

#include <cstddef>
#include <ostream>
#include <string>

namespace bdata = boost::unit_test::data;

// Queries of full length that want to be deep, or to have many faults. They are read on a thread with a small stack, so
// that recursion without a bound would end the program.
namespace bridgewatch::grammar {
namespace {

// Frames are larger without optimisation, and larger yet under a sanitizer.
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr std::size_t stack_bytes = std::size_t{4} << 20;
#elif defined(__OPTIMIZE__)
constexpr std::size_t stack_bytes = std::size_t{256} << 10;
#else
constexpr std::size_t stack_bytes = std::size_t{1} << 20;
#endif

struct hostile_case {
    std::string_view name;
    std::string_view before, again, after; ///< `again` as often as there is room
};

std::ostream& operator<<(std::ostream& out, hostile_case const& c)
{
    return out << c.name;
}

hostile_case const hostile_cases[] = {
    {"open parentheses", "", "(", ""},
    {"open parentheses, then a term", "", "(", "model:a"},
    {"open and closed", "", "()", ""},
    {"closed parentheses", "", ")", ""},
    {"groups in depth, side by side", "", "(((((((((((((((((((((((((((((((has:tool))))))))))))))))))))))))))))))) ",
     ""},
    {"negated groups", "", "-(", ""},
    {"NOT of groups", "", "NOT(", "a"},
    {"NOT", "", "NOT ", ""},
    {"NOT of a term", "", "NOT ", "model:a"},
    {"OR", "", "OR ", ""},
    {"AND", "", "AND ", ""},
    {"AND OR NOT", "", "AND OR NOT ", ""},
    {"terms with OR", "", "a:b OR ", ""},
    {"terms with AND", "", "a:b AND ", "a:b"},
    {"words with OR", "", "a OR ", "a"},
    {"words with signs", "", "-a ", ""},
    {"signs", "", "-", ""},
    {"signs of a term", "", "-", "model:a"},
    {"signs apart", "", "- ", ""},
    {"parentheses in a value", "model:a", "(", ""},
    {"balanced parentheses in a value", "model:a", "()", ""},
    {"parentheses in words", "a", "(", ""},
    {"parentheses and quotes", "model:a", "(\"", ""},
    {"tool calls in each other", "", "tool(", ""},
    {"tool calls in each other, with names", "", "tool(name:a ", ""},
    {"tool calls and groups", "", "tool((", "a"},
    {"closed tool calls", "", "tool()", ""},
    {"commas", "", ",", ""},
    {"commas of a list", "model:", ",", ""},
    {"values of a list", "model:a", ",a", ""},
    {"bad values of a list", "id:a", ",a", ""},
    {"stars", "model:", "*", ""},
    {"stars of a list", "model:*", ",*", ""},
    {"dots", "cost:", ".", ""},
    {"signs of a comparison", "cost:", ">", ""},
    {"quotes", "", "\"", ""},
    {"unclosed quotes", "\"", "a b(", ""},
    {"unclosed quote of a value", "model:\"", ") OR ", ""},
    {"quotes and colons", "", "\":", ""},
    {"colons", "", ":", ""},
    {"colons apart", "", ": ", ""},
    {"spaces", "", " ", ""},
    {"spaces in a group", "(", " ", ")"},
    {"a long word", "", "x", ""},
    {"a long key", "", "x", ":a"},
    {"a long path", "metadata.", "a.", "a:b"},
    {"a long number", "cost:", "9", ""},
    {"a long fraction", "cost:0.", "0", "1"},
    {"a long time", "started:\"2025-01-01T00:00:00.", "0", "1Z\""},
    {"a long duration", "duration:", "1s", ""},
    {"characters of four bytes", "", "🦊", ""},
    {"faults of characters of four bytes", "", "🦊: ", ""},
    {"bad names", "", "has:x ", ""},
    {"misspelt keys", "", "modle:x ", ""},
};

std::string full_length(hostile_case const& c)
{
    std::string out{c.before};
    while (out.size() + c.again.size() + c.after.size() <= limits::query_bytes)
        out += c.again;
    return out.append(c.after);
}

/// What a query came to, for Boost.Test is used from the main thread only.
struct outcome {
    std::string query;
    std::size_t faults = 0, parser_faults = 0;
    bool places_are_right = false, is_read_back = false;
};

void read(outcome& of)
{
    auto const got = check(of.query, {});
    of.faults = got.faults.size();
    of.parser_faults = parse(of.query).faults.size();
    of.places_are_right = true;
    for (auto const& f : got.faults)
        of.places_are_right =
            of.places_are_right && f.where && std::size_t{f.where->offset} + f.where->length <= of.query.size();
    auto const printed = print(got.tree);
    of.is_read_back = printed.size() > limits::query_bytes || parse(printed).tree == got.tree;
    of.is_read_back = of.is_read_back && !describe(got.tree).empty();
}

void read_with_a_small_stack(outcome& of)
{
    pthread_attr_t attributes;
    pthread_t thread{};
    BOOST_TEST_REQUIRE(pthread_attr_init(&attributes) == 0);
    BOOST_TEST_REQUIRE(pthread_attr_setstacksize(&attributes, stack_bytes) == 0);
    auto const run = [](void* argument) -> void* {
        read(*static_cast<outcome*>(argument));
        return nullptr;
    };
    BOOST_TEST_REQUIRE(pthread_create(&thread, &attributes, run, &of) == 0);
    BOOST_TEST_REQUIRE(pthread_join(thread, nullptr) == 0);
    BOOST_TEST_REQUIRE(pthread_attr_destroy(&attributes) == 0);
}

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_hostile)

BOOST_DATA_TEST_CASE(full_length_is_survived, bdata::make(hostile_cases), c)
{
    outcome of{.query = full_length(c)};
    BOOST_TEST_REQUIRE(of.query.size() > limits::query_bytes - 100);
    read_with_a_small_stack(of);
    BOOST_TEST(of.places_are_right);
    BOOST_TEST(of.is_read_back);
    // The 65th term, and a parenthesis too deep, end the reading.
    BOOST_TEST(of.parser_faults <= limits::terms + 2);
    BOOST_TEST(of.faults <= limits::terms + 2);
}

BOOST_AUTO_TEST_CASE(full_length_of_one_byte_is_survived)
{
    for (int byte = 1; byte < 128; ++byte) {
        outcome of{.query = std::string(limits::query_bytes, static_cast<char>(byte))};
        read_with_a_small_stack(of);
        BOOST_TEST((of.places_are_right && of.is_read_back), "byte " << byte);
        BOOST_TEST(of.faults <= limits::terms + 2, "byte " << byte);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
