#include "test/integration/sessions_queries.hpp"

#include "test/integration/search_oracle.hpp"
#include "test/integration/sessions_oracle.hpp"

#include <algorithm>

namespace bridgewatch::test::sessions {
namespace {

using search::conjunction, search::field, search::operand, search::parentheses, search::query;

/// What people ask sessions for. Few conditions find enough to put on pages.
constexpr field few_keys[] = {field::model,  field::provider,       field::client,    field::initiator,
                              field::client, field::started_before, field::started,   field::has,
                              field::prompt, field::started_after,  field::tool,      field::input_tokens,
                              field::is,     field::thread,         field::session_id};

/// Within tool(…) too, where they would be names of tools.
bool has_bare_words(std::vector<conjunction> const& any_of)
{
    return std::ranges::any_of(any_of, [](conjunction const& all_of) {
        return std::ranges::any_of(all_of.operands, [](operand const& each) {
            auto const* group = std::get_if<parentheses>(&each.what);
            return std::holds_alternative<search::words>(each.what) || (group && has_bare_words(group->any_of));
        });
    });
}

} // namespace

query query_maker::any_query(bool with_inflight)
{
    for (;;)
        if (auto out = attempt(); with_inflight || !search::asks_for_inflight(out))
            return out;
}

query query_maker::attempt()
{
    if (!random_.one_in(4))
        return of_few_keys();
    for (;;)
        if (auto out = whole_language_.any_query(); !has_bare_words(out.any_of))
            return out;
}

query query_maker::of_few_keys()
{
    terms_.part_after_from_before();
    query out;
    for (std::size_t groups = random_.one_in(3) ? 2 : 1; groups > 0; --groups) {
        auto& all = out.any_of.emplace_back();
        for (auto count = 1 + random_.below(2); count > 0; --count)
            all.operands.push_back(one());
    }
    if (random_.one_in(12))
        return empty_query();
    return out;
}

operand query_maker::one()
{
    operand out{.what = about_some_row()};
    if (random_.one_in(4))
        out.negations = {random_.pick({search::sign::minus, search::sign::word})};
    if (random_.one_in(6))
        out.what =
            parentheses{.before = {}, .any_of = {{{{.what = about_some_row()}}}, {{{.what = about_some_row()}}}}};
    return out;
}

search::term query_maker::about_some_row()
{
    terms_.be_like(random_.pick(data_.rows));
    return terms_.about(random_.pick(few_keys));
}

} // namespace bridgewatch::test::sessions
