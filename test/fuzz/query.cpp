// Any bytes as a query, through parser, checker and SQL generator: no crash, each fault has its place inside the text
// and in order, what was understood is read back from its canonical form, and its SQL is whole. The same bytes as a
// search for sessions, and as prefixes of models and clients.

#include "db/schema/shape.hpp"
#include "db/sql/distinct_values.hpp"
#include "db/sql/interceptions.hpp"
#include "db/sql/session_rows.hpp"
#include "grammar/check.hpp"
#include "grammar/limits.hpp"
#include "grammar/parse.hpp"
#include "grammar/prefix_query.hpp"
#include "grammar/print.hpp"
#include "grammar/utf8.hpp"
#include "test/fuzz/require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace bridgewatch;
using fuzz::require;
using namespace bridgewatch::grammar;

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

void require_session_statements(sql::session_search const& search)
{
    sql::walk_bounds const bounds{
        .wanted = 26, .budget = 1000, .by_initiator = sql::known_initiators(search).has_value()};
    sql::session_position const one{.last_active_at = {}, .session_id = "$1'(", .initiator_id = {}};
    require_whole(sql::walk_of_prompts(search, bounds));
    require_whole(sql::walk_of_interceptions(search, bounds, sys_micro{}));
    require_whole(sql::interceptions_beyond(search, bounds, {}));
    require_whole(sql::grouped_sessions(search, 26, 9));
    require_whole(sql::position_of_session(search, one.session_id, uuid{}, sql::of_several::last));
    require_whole(sql::count_of_sessions(search, 2000));
    require_whole(sql::estimate_of_matching(search));
    require_whole(sql::rows_of_sessions(search, {one}));
    static_cast<void>(sql::started_before(search));
}

void resolve_users(filter& meaning)
{
    for (auto* user : unresolved_users(meaning))
        user->id = uuid{};
}

void require_statements(filter meaning)
{
    resolve_users(meaning);
    for (auto const& shape : {schema::newest_shape(), schema::shape{}}) {
        sql::page_bounds const bounds{.limit = 25, .offset = 0, .after = uuid{}};
        require_whole(sql::page_of_interceptions(meaning, {}, bounds, shape));
        require_whole(sql::page_of_interceptions(meaning, {.only_initiator = uuid{}},
                                                 {.limit = 1, .offset = 9, .after = {}}, shape));
        require_whole(sql::count_of_interceptions(meaning, {}, {}, shape));
        require_whole(sql::count_of_interceptions(meaning, {}, 2000, shape));
        sql::session_position const last{.last_active_at = {}, .session_id = ")$9'", .initiator_id = {}};
        require_session_statements({.where = meaning, .who = {}, .database = shape, .after = {}});
        require_session_statements(
            {.where = meaning, .who = {.only_initiator = uuid{}}, .database = shape, .after = last});
    }
}

/// @param got what the query means for interceptions, where bare words are users
void require_like_sessions(std::string_view query, checked_query got)
{
    auto for_sessions = check(query, {.about = subject::sessions, .me = {}, .now = {}, .recorded = {}});
    require_places(query, for_sessions.faults);
    require(for_sessions.tree == got.tree, "sessions have no syntax of their own");
    if (!for_sessions.faults.empty())
        return;
    require(got.faults.empty(), "what is good for sessions is good for interceptions");
    resolve_users(got.meaning);
    resolve_users(for_sessions.meaning);
    auto const shape = schema::newest_shape();
    require(sql::count_of_interceptions(got.meaning, {}, {}, shape).text() ==
                sql::count_of_interceptions(for_sessions.meaning, {}, {}, shape).text(),
            "and means the same");
}

void require_prefixes(std::string_view query, std::string_view key, sql::value_list which)
{
    auto const got = read_prefixes(query, key);
    require_places(query, got.faults);
    require(got.any_of.size() <= limits::values, "there are not too many prefixes");
    for (auto const& prefix : got.any_of) {
        require(!prefix.empty(), "an empty prefix is none");
        require(prefix.size() <= query.size(), "a prefix is a part of the query");
        require(!utf8::find_bad_byte(prefix), "a prefix is text");
        require(std::ranges::count(got.any_of, prefix) == 1, "a prefix is there once");
    }
    for (auto const& shape : {schema::newest_shape(), schema::shape{}}) {
        require_whole(sql::distinct_values(which, got.any_of, {}, 101, 0, shape));
        require_whole(sql::distinct_values(which, got.any_of, {.only_initiator = uuid{}}, 101, 0, shape));
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
    require_like_sessions(query, got);
    require_prefixes(query, "model", sql::value_list::models);
    require_prefixes(query, "client", sql::value_list::clients);
    return 0;
}
