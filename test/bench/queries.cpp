// How long the search language takes for queries as long as they may be: parser and checker, no database.

#include "grammar/check.hpp"
#include "grammar/limits.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace bridgewatch;

struct shape {
    char const* name;
    std::string_view start, repeated;
};

constexpr shape shapes[] = {
    {"nested parentheses", "", "("},
    {"nested tool(…)", "", "tool("},
    {"closing parentheses", "", ")"},
    {"parentheses in a value", "model:a", "("},
    {"NOT", "", "NOT "},
    {"minus", "", "-"},
    {"a:b OR", "", "a:b OR "},
    {"OR", "", "OR "},
    {"unclosed quotes", "", "\""},
    {"quoted words", "", "\"a\" "},
    {"words", "", "a "},
    {"one long word", "", "a"},
    {"one long value", "prompt:", "a,b "},
    {"commas", "model:a", ","},
    {"a list", "model:", "a,"},
    {"colons", "", ": "},
    {"a long unknown key", "x", "modle"},
    {"a long path", "metadata", ".a"},
    {"wildcards", "model:", "*a"},
};

std::string query_of(shape const& of)
{
    std::string out{of.start};
    while (out.size() + of.repeated.size() + 2 <= grammar::limits::query_bytes)
        out += of.repeated;
    return of.start == "x" || of.start == "metadata" ? out + ":v" : out;
}

/// Median of many, in microseconds.
double time_of(std::string const& query)
{
    using clock = std::chrono::steady_clock;
    constexpr std::size_t rounds = 101;
    std::vector<double> times;
    for (std::size_t i = 0; i < rounds; ++i) {
        auto const start = clock::now();
        auto const checked = grammar::check(query, {});
        times.push_back(std::chrono::duration<double, std::micro>{clock::now() - start}.count());
    }
    std::ranges::sort(times);
    return times[rounds / 2];
}

void print_row(char const* name, std::string const& query)
{
    auto const checked = grammar::check(query, {});
    std::printf("| %s | %zu | %zu | %.0f |\n", name, query.size(), checked.faults.size(), time_of(query));
}

} // namespace

int main()
{
    std::printf("| query | bytes | faults | µs |\n| --- | --- | --- | --- |\n");
    print_row("an ordinary one",
              R"((model:gpt-5 OR model:o3) initiator:alice -client:"Claude Code" input_tokens:>1000 )"
              R"(started:2026-01-01..* tool(name:bash error:timeout))");
    for (auto const& one : shapes)
        print_row(one.name, query_of(one));
    return 0;
}
