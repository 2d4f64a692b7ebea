// Any bytes as a query, through parser, checker and SQL generator: no crash, each fault has its place inside the text
// and in order, what was understood is read back from its canonical form, and its SQL is whole.

#include "db/schema/shape.hpp"
#include "db/sql/interceptions.hpp"
#include "grammar/check.hpp"
#include "grammar/limits.hpp"
#include "grammar/parse.hpp"
#include "grammar/print.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace bridgewatch;
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

/// Text is made of literals: ASCII, with parentheses and quotes in pairs, and with each parameter in its order.
void require_whole(sql::statement const& statement)
{
    int open = 0;
    std::size_t quotes = 0, next = 1;
    auto const& text = statement.text();
    for (std::size_t at = 0; at < text.size(); ++at) {
        require(text[at] >= ' ' && text[at] <= '~', "SQL is printable ASCII");
        open += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
        require(open >= 0, "no parenthesis is closed before it is opened");
        quotes += text[at] == '\'' ? 1 : 0;
        if (text[at] == '$')
            require(text.compare(at + 1, std::to_string(next).size(), std::to_string(next)) == 0 && next++ > 0,
                    "parameters stand in their order");
    }
    require(open == 0 && quotes % 2 == 0, "parentheses and quotes come in pairs");
    require(next == statement.parameters().size() + 1, "each parameter stands in the text");
}

void require_statements(filter meaning)
{
    for (auto* user : unresolved_users(meaning))
        user->id = uuid{};
    for (auto const& shape : {schema::newest_shape(), schema::shape{}}) {
        sql::page_bounds const bounds{.limit = 25, .offset = 0, .after = uuid{}};
        require_whole(sql::page_of_interceptions(meaning, {}, bounds, shape));
        require_whole(sql::page_of_interceptions(meaning, {.only_initiator = uuid{}},
                                                 {.limit = 1, .offset = 9, .after = {}}, shape));
        require_whole(sql::count_of_interceptions(meaning, {}, {}, shape));
        require_whole(sql::count_of_interceptions(meaning, {}, 2000, shape));
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
    require_statements(got.meaning);
    require(!describe(got.tree).empty(), "each tree is described");
    return 0;
}
