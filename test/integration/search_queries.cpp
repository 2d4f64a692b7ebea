#include "test/integration/search_queries.hpp"

#include <algorithm>
#include <utility>

namespace bridgewatch::test::search {
namespace {

constexpr std::size_t deepest = 3;

bool is_words(operand const& each)
{
    return std::holds_alternative<words>(each.what);
}

/// Two runs of bare words side by side would be one.
void part_words(conjunction& in)
{
    auto& all = in.operands;
    for (std::size_t i = 1; i < all.size(); ++i)
        if (is_words(all[i]) && is_words(all[i - 1]) && all[i].negations.empty())
            all[i].after_and = true;
}

/// Of several names only their joint meaning counts, and no user has that name.
bool joins_names(query const& q)
{
    return is_flat(q) && std::ranges::count_if(q.any_of.front().operands, is_words) > 1;
}

std::size_t terms_of(query const& q)
{
    std::size_t out = 0;
    for_each_term(q.any_of, [&](term const&) { ++out; });
    return out;
}

} // namespace

query query_maker::any_query()
{
    constexpr std::size_t most_terms = 24;
    for (;;) {
        look_elsewhere();
        terms_.part_after_from_before();
        if (random_.one_in(3))
            return flat_query();
        if (auto out = whole_query(); !joins_names(out) && terms_of(out) <= most_terms)
            return out;
    }
}

query query_maker::flat_query()
{
    conjunction all;
    for (auto count = random_.below(4) + (random_.one_in(20) ? 0 : 1); count > 0; --count)
        all.operands.push_back({.what = terms_.about(any_field(about::rows))});
    if (random_.one_in(4)) {
        auto at = all.operands.begin();
        for (auto& run : terms_.user_words(2)) {
            at += static_cast<std::ptrdiff_t>(random_.below(static_cast<std::size_t>(all.operands.end() - at) + 1));
            at = std::next(all.operands.insert(at, operand{.what = std::move(run)}));
        }
    }
    return {{std::move(all)}};
}

query query_maker::whole_query()
{
    query out;
    for (std::size_t count = random_.one_in(3) ? 2 + random_.below(2) : 1; count > 0; --count) {
        out.any_of.push_back(all_of(about::rows, 0));
        terms_.part_after_from_before(); // what is not asked for together may be at odds
    }
    return out;
}

std::vector<conjunction> query_maker::any_of(about what, std::size_t depth)
{
    std::vector<conjunction> out;
    for (std::size_t count = random_.one_in(2) ? 2 : 1; count > 0; --count)
        out.push_back(all_of(what, depth));
    return out;
}

conjunction query_maker::all_of(about what, std::size_t depth)
{
    conjunction out;
    for (auto count = 1 + random_.below(depth == 0 ? 4 : 3); count > 0; --count) {
        auto next = one(what, depth);
        next.after_and = !out.operands.empty() && random_.one_in(4);
        out.operands.push_back(std::move(next));
    }
    part_words(out);
    return out;
}

operand query_maker::one(about what, std::size_t depth)
{
    operand out{.negations = any_signs(), .what = words{}};
    if (random_.one_in(8))
        look_elsewhere();
    if (depth < deepest && random_.one_in(5))
        out.what = group(what, depth + 1);
    else if (what == about::rows && random_.one_in(10))
        out.what = tool_group(depth + 1);
    else if (random_.one_in(10))
        out.what = what == about::rows ? terms_.user_words(1).front() : terms_.call_words();
    else
        out.what = terms_.about(any_field(what));
    return out;
}

parentheses query_maker::group(about what, std::size_t depth)
{
    if (!random_.one_in(3))
        return {.before = {}, .any_of = any_of(what, depth)};
    parentheses out{.before = {}, .any_of = {{{one(what, depth)}}}}; // says nothing
    // At most 28 levels in all, which is within the limit.
    for (auto more = random_.one_in(20) ? random_.below(9) : 0; more > 0; --more)
        out.any_of = {{{{.what = std::exchange(out, {})}}}};
    return out;
}

parentheses query_maker::tool_group(std::size_t depth)
{
    return {.before = random_.one_in(5) ? "Tool" : "tool", .any_of = any_of(about::calls, depth)};
}

field query_maker::any_field(about what)
{
    bool const again = random_.one_in(5) && (last_ >= field::call_name) == (what == about::calls);
    if (again && random_.one_in(2))
        look_elsewhere(); // for another value
    if (!again) {
        constexpr auto first_of_calls = interception_fields;
        last_ = static_cast<field>(what == about::rows ? random_.below(first_of_calls)
                                                       : first_of_calls + random_.below(all_fields - first_of_calls));
    }
    return last_;
}

std::vector<sign> query_maker::any_signs()
{
    using enum sign;
    using signs = std::vector<sign>;
    if (!random_.one_in(4))
        return {};
    return random_.pick<signs>({{minus}, {minus}, {word}, {word}, {word, word}, {word, minus}});
}

void query_maker::look_elsewhere()
{
    terms_.be_like(random_.pick(data_.rows));
}

} // namespace bridgewatch::test::search
