#include "test/support/fault_case.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::grammar {
namespace {

using test::fault_case;
using enum fault_code;

fault_case const value_cases[] = {
    // Numbers.
    {"word for a number", "input_tokens:many", bad_number, "many", "input_tokens",
     R"(Query param "input_tokens" must be a valid integer: "many" is not a whole number of 64 bits)"},
    {"number with a suffix", "OUTPUT_TOKENS:>1k", bad_number, "1k", "output_tokens",
     R"(Query param "output_tokens" must be a valid integer: "1k" is not a whole number of 64 bits)"},
    {"number with a fraction", "total_tokens:1.5", bad_number, "1.5", "total_tokens",
     R"(Query param "total_tokens" must be a valid integer: "1.5" is not a whole number of 64 bits)"},
    {"number of 65 bits", "cache_read_tokens:<=9223372036854775808", bad_number, "9223372036854775808",
     "cache_read_tokens",
     R"(Query param "cache_read_tokens" must be a valid integer: "9223372036854775808" is not a whole number of 64 bits)"},
    {"number with a space", R"(-cache_write_tokens:" 1")", bad_number, " 1", "cache_write_tokens",
     R"(Query param "cache_write_tokens" must be a valid integer: " 1" is not a whole number of 64 bits)"},
    {"number with a quote and a backslash", R"(input_tokens:a"\)", bad_number, R"(a"\)", "input_tokens",
     R"(Query param "input_tokens" must be a valid integer: "a\"\\" is not a whole number of 64 bits)"},
    {"number in a list", "input_tokens:1,x,3", bad_number, "x", "input_tokens",
     R"(Query param "input_tokens" must be a valid integer: "x" is not a whole number of 64 bits)"},
    {"number with a star", "input_tokens:1*", bad_number, "1*", "input_tokens",
     R"(Query param "input_tokens" must be a valid integer: "1*" is not a whole number of 64 bits)"},
    {"start of a range", "input_tokens:x..5", bad_number, "x", "input_tokens",
     R"(Query param "input_tokens" must be a valid integer: "x" is not a whole number of 64 bits)"},
    {"end of a range", R"(input_tokens:5.."*")", bad_number, "*", "input_tokens",
     R"(Query param "input_tokens" must be a valid integer: "*" is not a whole number of 64 bits)"},
    {"a comparison takes one value", "input_tokens:>1,2", bad_number, "1,2", "input_tokens",
     R"(Query param "input_tokens" must be a valid integer: "1,2" is not a whole number of 64 bits)"},
    // Amounts.
    {"word for an amount", "cost:free", bad_amount, "free", "cost",
     R"(Query param "cost" must be a valid amount: "free" is not a decimal number with at most 6 places, such as 0.25)"},
    {"amount finer than a millionth", "cost:>0.0000001", bad_amount, "0.0000001", "cost",
     R"(Query param "cost" must be a valid amount: "0.0000001" is not a decimal number with at most 6 places, such as 0.25)"},
    {"amount with an exponent", "cost:1..1e3", bad_amount, "1e3", "cost",
     R"(Query param "cost" must be a valid amount: "1e3" is not a decimal number with at most 6 places, such as 0.25)"},
    {"amount with a sign of money", "cost:$1", bad_amount, "$1", "cost",
     R"(Query param "cost" must be a valid amount: "$1" is not a decimal number with at most 6 places, such as 0.25)"},
    // Durations.
    {"duration without a unit", "duration:>30", bad_duration, "30", "duration",
     R"(Query param "duration" must be a valid duration: "30" is not a number with a unit of ms, s, m, h, d or w, such as 30s or 1h30m)"},
    {"duration of an unknown unit", "duration:30y", bad_duration, "30y", "duration",
     R"(Query param "duration" must be a valid duration: "30y" is not a number with a unit of ms, s, m, h, d or w, such as 30s or 1h30m)"},
    {"negative duration", "duration:<-5s", bad_duration, "-5s", "duration",
     R"(Query param "duration" must be a valid duration: "-5s" is not a number with a unit of ms, s, m, h, d or w, such as 30s or 1h30m)"},
    // Times.
    {"word for a time", "started:>tomorrow", bad_time, "tomorrow", "started",
     R"(Query param "started" must be a valid date format (2006-01-02T15:04:05.999999999Z07:00): "TOMORROW" is not an RFC 3339 time, nor a date, today, yesterday, now or a time ago such as 24h)"},
    {"no such day", "ended:2025-02-29", bad_time, "2025-02-29", "ended",
     R"(Query param "ended" must be a valid date format (2006-01-02T15:04:05.999999999Z07:00): "2025-02-29" is not an RFC 3339 time, nor a date, today, yesterday, now or a time ago such as 24h)"},
    {"no such time", R"(started:*.."2025-01-01T24:00:00Z")", bad_time, "2025-01-01T24:00:00Z", "started",
     R"(Query param "started" must be a valid date format (2006-01-02T15:04:05.999999999Z07:00): "2025-01-01T24:00:00Z" is not an RFC 3339 time, nor a date, today, yesterday, now or a time ago such as 24h)"},
    {"time in a list", "ended:today,never", bad_time, "never", "ended",
     R"(Query param "ended" must be a valid date format (2006-01-02T15:04:05.999999999Z07:00): "NEVER" is not an RFC 3339 time, nor a date, today, yesterday, now or a time ago such as 24h)"},
    // Identities.
    {"no id", "id:alice", bad_id, "alice", "id", R"(Query param "id" must be a valid uuid)"},
    {"no thread", "-thread:0", bad_id, "0", "thread", R"(Query param "thread" must be a valid uuid)"},
    {"id in a list", "ID:11111111-2222-3333-4444-555555555555,11111111-2222-3333-4444-55555555555", bad_id,
     "11111111-2222-3333-4444-55555555555", "id", R"(Query param "id" must be a valid uuid)", 2},
    {"id with a star", "id:11111111-*", bad_id, "11111111-*", "id", R"(Query param "id" must be a valid uuid)"},
    // Names.
    {"misspelt presence", "has:promt", bad_name, "promt", "has",
     R"(Query param "has" has invalid value: "promt" is not one of prompt, tool, error, thinking, session; did you mean "prompt"?)"},
    {"misspelt presence in upper case", "has:TOOLS", bad_name, "TOOLS", "has",
     R"(Query param "has" has invalid value: "TOOLS" is not one of prompt, tool, error, thinking, session; did you mean "tool"?)"},
    {"unknown presence", "has:cost", bad_name, "cost", "has",
     R"(Query param "has" has invalid value: "cost" is not one of prompt, tool, error, thinking, session)"},
    {"misspelt state", "-is:complete", bad_name, "complete", "is",
     R"(Query param "is" has invalid value: "complete" is not one of inflight, completed, failed; did you mean "completed"?)"},
    {"state with a hyphen", R"(is:"in-flight")", bad_name, "in-flight", "is",
     R"(Query param "is" has invalid value: "in-flight" is not one of inflight, completed, failed; did you mean "inflight"?)"},
    {"unknown state in a list", "is:failed,running", bad_name, "running", "is",
     R"(Query param "is" has invalid value: "running" is not one of inflight, completed, failed)"},
    {"neither true nor false", "injected:yes", bad_name, "yes", "injected",
     R"(Query param "injected" has invalid value: "yes" is neither true nor false)"},
    {"number for a boolean", "tool(injected:true,1)", bad_name, "1", "injected",
     R"(Query param "injected" has invalid value: "1" is neither true nor false)"},
    // Paths.
    {"path that is missing", "metadata.:x", bad_path, "metadata.", "metadata.",
     R"(Query param "metadata." needs a name before and after each dot)"},
    {"path that starts with a dot", "Annotation..A:x", bad_path, "Annotation..A", "annotation..A",
     R"(Query param "annotation..A" needs a name before and after each dot)"},
    {"path that ends with a dot", "metadata.a.:x", bad_path, "metadata.a.", "metadata.a.",
     R"(Query param "metadata.a." needs a name before and after each dot)"},
    {"path with a gap", "-metadata.a..b:x", bad_path, "metadata.a..b", "metadata.a..b",
     R"(Query param "metadata.a..b" needs a name before and after each dot)"},
    // Nothing to search for.
    {"only stars", "model:**", too_short, "**", "model",
     R"(Query param "model" needs at least 1 other character beside "*")"},
    {"only a star in a list", "tool(name:bash,*)", too_short, "*", "name",
     R"(Query param "name" needs at least 1 other character beside "*")"},
};

fault_case const range_cases[] = {
    {"numbers upside down", "input_tokens:500..100", empty_range, "500..100", "input_tokens",
     R"(Query param "input_tokens" has invalid value: a range cannot start above its end)"},
    {"negative numbers upside down", "-total_tokens:-1..-2", empty_range, "-1..-2", "total_tokens",
     R"(Query param "total_tokens" has invalid value: a range cannot start above its end)"},
    {"amounts upside down", "cost:0.000002..0.000001", empty_range, "0.000002..0.000001", "cost",
     R"(Query param "cost" has invalid value: a range cannot start above its end)"},
    {"durations upside down", R"(duration:"1h"..59m)", empty_range, R"("1h"..59m)", "duration",
     R"(Query param "duration" has invalid value: a range cannot start above its end)"},
    {"days upside down", "started:2025-01-02..2025-01-01", empty_range, "2025-01-02..2025-01-01", "started",
     R"(Query param "started" has invalid value: a range cannot start above its end)"},
    {"times upside down", R"(ended:"2025-01-01T00:00:01Z".."2025-01-01T00:00:00Z")", empty_range,
     R"("2025-01-01T00:00:01Z".."2025-01-01T00:00:00Z")", "ended",
     R"(Query param "ended" has invalid value: a range cannot start above its end)"},
    {"times upside down below a microsecond", R"(ended:"2025-01-01T00:00:00.0000002Z".."2025-01-01T00:00:00.0000001Z")",
     empty_range, R"("2025-01-01T00:00:00.0000002Z".."2025-01-01T00:00:00.0000001Z")", "ended",
     R"(Query param "ended" has invalid value: a range cannot start above its end)"},
    {"time behind a day", R"(started:"2025-01-02T00:00:00Z"..2025-01-01)", empty_range,
     R"("2025-01-02T00:00:00Z"..2025-01-01)", "started",
     R"(Query param "started" has invalid value: a range cannot start above its end)"},
    {"day behind a time", R"(started:2025-01-02.."2025-01-01T23:59:59Z")", empty_range,
     R"(2025-01-02.."2025-01-01T23:59:59Z")", "started",
     R"(Query param "started" has invalid value: a range cannot start above its end)"},
    {"times ago upside down", "started:1h..2h", empty_range, "1h..2h", "started",
     R"(Query param "started" has invalid value: a range cannot start above its end)"},
    {"numbers open at both ends", "input_tokens:*..*", empty_range, "*..*", "input_tokens",
     R"(Query param "input_tokens" has invalid value: a range needs one end at least)"},
    {"amounts open at both ends", "cost:*..*", empty_range, "*..*", "cost",
     R"(Query param "cost" has invalid value: a range needs one end at least)"},
    {"durations open at both ends", "duration:*..*", empty_range, "*..*", "duration",
     R"(Query param "duration" has invalid value: a range needs one end at least)"},
    {"times open at both ends", "ended:*..*", empty_range, "*..*", "ended",
     R"(Query param "ended" has invalid value: a range needs one end at least)"},
    {"quoted nothing at both ends", R"(started:"".."")", empty_range, R"("".."")", "started",
     R"(Query param "started" has invalid value: a range needs one end at least)"},
};

/// A query that is answered, and nearly one of range_cases.
std::string_view const good_ranges[] = {
    "input_tokens:100..100",
    "input_tokens:-2..-1",
    "cost:0.000001..0.000001",
    "duration:60m..1h",
    "started:2025-01-01..2025-01-01",
    R"(started:2025-01-01.."2025-01-01T00:00:00Z")",
    R"(started:"2025-01-01T23:59:59.9999999Z"..2025-01-01)",
    R"(ended:"2025-01-01T00:00:00.0000001Z".."2025-01-01T00:00:00.0000002Z")",
    R"(ended:"2025-01-01T00:00:00.0000001Z".."2025-01-01T00:00:00.00000010Z")",
    "started:2h..1h",
    "started:*..2025-01-01",
    "started:2025-01-01..*",
};

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_value_faults)

BOOST_DATA_TEST_CASE(value_of_another_kind, bdata::make(value_cases), c)
{
    test::expect_fault(c, check(c.query, {}).faults);
}

BOOST_DATA_TEST_CASE(range_that_holds_nothing, bdata::make(range_cases), c)
{
    test::expect_fault(c, check(c.query, {}).faults);
}

BOOST_DATA_TEST_CASE(range_that_holds_something, bdata::make(good_ranges), query)
{
    BOOST_TEST(check(query, {}).faults.empty());
}

BOOST_AUTO_TEST_CASE(a_range_with_a_bad_end_is_not_compared)
{
    BOOST_TEST(check("input_tokens:9..x", {}).faults.size() == 1U);
    BOOST_TEST(check("started:x..2025-01-01", {}).faults.size() == 1U);
    BOOST_TEST(check("cost:x..y", {}).faults.size() == 2U);
}

BOOST_AUTO_TEST_CASE(each_text_key_needs_a_text)
{
    for (std::string const key : {"prompt", "thinking", "tool_input", "tool_error", "error_message", "text"}) {
        auto const faults = check(key + R"(:"")", {}).faults;
        BOOST_TEST_REQUIRE(faults.size() == 1U, key);
        BOOST_TEST(
            (faults[0] == fault{.code = too_short,
                                .where = span{static_cast<std::uint32_t>(key.size()) + 3, 0},
                                .field = key,
                                .detail = "Query param \"" + key + "\" needs at least 1 character to search for"}),
            key);
    }
    for (std::string const key : {"input", "error"})
        BOOST_TEST(check("tool(" + key + R"(:""))", {}).faults.size() == 1U, key);
}

BOOST_AUTO_TEST_CASE(each_key_with_wildcards_needs_another_character)
{
    for (std::string const key : {"provider", "provider_name", "model", "client", "session_id", "tool", "server_url"}) {
        auto const faults = check(key + ":*", {}).faults;
        BOOST_TEST_REQUIRE(faults.size() == 1U, key);
        BOOST_TEST((faults[0].code == too_short), key);
        BOOST_TEST(check(key + R"(:"*",*a)", {}).faults.empty(), key);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
