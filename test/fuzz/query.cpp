// Any bytes as a query: no crash, each fault has its place inside the text and in order, and what was understood is
// read back from its canonical form.

#include "grammar/check.hpp"
#include "grammar/limits.hpp"
#include "grammar/parse.hpp"
#include "grammar/print.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

using namespace bridgewatch::grammar;

void require(bool holds, char const* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

void require_places(std::string_view query, std::vector<fault> const& faults)
{
    std::uint32_t last = 0;
    for (auto const& f : faults) {
        require(!f.field.empty() && !f.detail.empty(), "a fault has a field and a text");
        if (!f.where)
            continue;
        require(std::size_t{f.where->offset} + f.where->length <= query.size(), "a place is inside the query");
        require(f.where->offset >= last, "faults are in the order of the query");
        last = f.where->offset;
    }
}

void require_round_trip(ast::query const& tree)
{
    auto const printed = print(tree);
    if (printed.size() > limits::query_bytes)
        return; // quotes that were added do not fit
    auto const back = parse(printed);
    require(back.faults.empty(), "the canonical query has no faults of syntax");
    require(back.tree == tree, "parse(print(tree)) == tree");
    require(print(back.tree) == printed, "the canonical query is its own canonical query");
}

} // namespace

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const query{reinterpret_cast<char const*>(data), size};
    auto const got = check(query, {});
    require_places(query, got.faults);
    require_round_trip(got.tree);
    require(!describe(got.tree).empty(), "each tree is described");
    return 0;
}
