// Any rows as PostgreSQL's answer, right into the decoders and the writers of JSON: no crash; and where texts of JSON
// are what they should be, as PostgreSQL's jsonb warrants, the body is valid JSON (by Boost.JSON), whatever else is in
// the rows.

#include "db/pg/rows.hpp"
#include "db/schema/probe.hpp"
#include "db/store/identities.hpp"
#include "db/store/session_plan.hpp"
#include "db/store/session_positions.hpp"
#include "db/store/slices.hpp"
#include "grammar/utf8.hpp"
#include "lib/json/error_body.hpp"
#include "lib/json/escape.hpp"
#include "lib/json/interceptions_body.hpp"
#include "lib/json/session_body.hpp"
#include "lib/json/sessions_body.hpp"
#include "lib/json/values_body.hpp"
#include "test/fuzz/cells.hpp"
#include "test/fuzz/input.hpp"
#include "test/fuzz/require.hpp"

#include <boost/json/parse.hpp>

#include <libpq-fe.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace bridgewatch;
using fuzz::input;
using fuzz::require;

void require_json(std::string const& body)
{
    boost::system::error_code failed;
    boost::json::parse({body.data(), body.size()}, failed);
    require(!failed, "the body is valid JSON");
}

/// Rows are as the columns say, or anything at all.
class table_maker {
  public:
    explicit table_maker(input& from) : in_{from}, wild_{from.below(4) == 3} {}

    [[nodiscard]] bool is_wild() const { return wild_; }

    [[nodiscard]] pg::rows make(std::string_view columns)
    {
        auto* const result = PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK);
        std::string const types = wild_ ? std::string(in_.below(20), '?') : std::string{columns};
        char name[] = "c";
        PGresAttDesc one{};
        one.name = name;
        one.format = 1;
        std::vector<PGresAttDesc> described(types.size(), one);
        if (!types.empty())
            PQsetResultAttrs(result, static_cast<int>(types.size()), described.data());
        auto const size = types.empty() ? 0 : in_.below(6);
        for (std::size_t row = 0; row < size; ++row)
            for (std::size_t column = 0; column < types.size(); ++column) {
                auto value = fuzz::cell_of(types[column], in_);
                PQsetvalue(result, static_cast<int>(row), static_cast<int>(column), value ? value->data() : nullptr,
                           value ? static_cast<int>(value->size()) : -1);
            }
        return pg::rows{result};
    }

  private:
    input& in_;
    bool wild_;
};

schema::shape shape_of(input& in)
{
    auto out = schema::newest_shape();
    auto const less = in.byte();
    out.interceptions.provider_name = (less & 1U) == 0;
    out.interceptions.client = (less & 2U) == 0;
    out.interceptions.session_id = (less & 4U) == 0;
    out.interceptions.credential_kind = (less & 8U) == 0;
    out.interceptions.credential_hint = (less & 16U) == 0;
    out.token_usages.cache_read_input_tokens = (less & 32U) == 0;
    out.token_usages.cache_write_input_tokens = (less & 64U) == 0;
    return out;
}

void write_page(input& in)
{
    using namespace fuzz::columns;
    auto const shape = shape_of(in);
    table_maker tables{in};
    store::page_answer page;
    page.interceptions = tables.make(interceptions);
    page.token_usages = tables.make(token_usages);
    page.user_prompts = tables.make(user_prompts);
    page.tool_usages = tables.make(tool_usages);
    page.metadata = tables.make(metadata);
    page.shown = page.interceptions.size();
    page.count.count = static_cast<std::int8_t>(in.byte());
    auto const body = json::interceptions_body(page, shape, 0);
    require(json::interceptions_rows{page, shape, 0}.finish(page.count) == body, "a count that comes last is the same");
    require(json::interceptions_without_tokens{page, shape, 0}.finish(page, shape) == body,
            "token usages that come last are the same");
    auto const ids = store::ids_of(page.interceptions, 0, page.shown);
    require(ids.size() == page.shown, "each row has an id");
    static_cast<void>(store::ids_without_metadata(page.interceptions, 0, page.shown));
    if (!tables.is_wild())
        require_json(body);
}

void write_parts(input& in)
{
    using namespace fuzz::columns;
    auto const shape = shape_of(in);
    table_maker tables{in};
    using enum sql::child_list;
    for (auto const list : {token_usages, user_prompts, tool_usages}) {
        auto const rows = tables.make(list == token_usages   ? fuzz::columns::token_usages
                                      : list == user_prompts ? fuzz::columns::user_prompts
                                                             : fuzz::columns::tool_usages);
        std::string body = "[";
        json::append_children(body, list, rows, true, shape);
        body += ']';
        if (!rows.empty()) {
            auto const after = store::position_after(list, rows);
            static_cast<void>(sql::next_children(list, {}, after, 1024, shape));
        }
        if (!tables.is_wild())
            require_json(body);
    }
}

void write_session(input& in)
{
    using namespace fuzz::columns;
    auto const shape = shape_of(in);
    table_maker tables{in};
    store::session_answer answer;
    answer.session = tables.make(sessions);
    answer.session_metadata = tables.make(metadata_sums);
    answer.members = tables.make(members);
    answer.token_sums = tables.make(token_sums);
    answer.metadata_sums = tables.make(metadata_sums);
    answer.first_prompts = tables.make(first_prompts);
    answer.tool_usages = tables.make(tool_usages);
    answer.thoughts = tables.make(thoughts);
    for (auto left = in.below(4); left > 0; --left) {
        grammar::uuid id;
        id.bytes.fill(in.byte() & 7U);
        answer.threads.push_back(id);
    }
    auto const body = json::session_body(answer, shape);
    if (!tables.is_wild())
        require_json(body);
}

void write_sessions(input& in)
{
    table_maker tables{in};
    store::sessions_answer page;
    page.sessions = tables.make(fuzz::columns::sessions);
    page.which = store::read_positions(tables.make(fuzz::columns::session_keys));
    page.count.cap = in.byte();
    auto const body = json::sessions_body(page);
    if (!tables.is_wild())
        require_json(body);
    if (!page.which.empty())
        static_cast<void>(sql::rows_of_sessions(
            {.where = {}, .who = {}, .database = schema::newest_shape(), .after = page.which.back()}, page.which));
}

void read_others(input& in)
{
    table_maker tables{in};
    auto const probed = schema::read_probe(tables.make("ttb"));
    require(probed.has_value() || !probed.error().empty(), "a database that will not do is told why");
    auto const estimate = store::read_estimate(tables.make("?"));
    static_cast<void>(store::plan_by_table(estimate.rows, estimate, 26));
    auto const plan = store::plan_of_sessions({.interceptions = estimate.rows,
                                               .matching = estimate.cost,
                                               .passed_over = estimate.rows,
                                               .prompts_sorted = false},
                                              26, true);
    require(plan.budget >= 0, "a walk goes forward");
}

void plan_page(input& in)
{
    table_maker tables{in};
    std::vector<grammar::uuid> ids(4);
    for (std::size_t at = 0; at < ids.size(); ++at)
        ids[at].bytes.fill(static_cast<std::uint8_t>(at));
    auto const sizes = store::sizes_in(tables.make("nunn"), ids);
    std::size_t next = 0;
    for (auto const& one : store::plan_slices(sizes, 4096)) {
        require(one.first == next && one.count > 0, "slices follow each other");
        require(one.bytes > 0, "a slice takes some room");
        next += one.count;
    }
    require(next == ids.size(), "slices are the page");
    require(store::users_in(tables.make("nu"), 3).size() == 3, "each name has a place");
}

/// As escape.hpp promises it: each byte that is no part of well-formed UTF-8 is U+FFFD.
std::string replaced(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        auto const one = grammar::utf8::first(text);
        auto const is_good = one.bytes != 0;
        out.append(is_good ? text.substr(0, one.bytes) : "\xEF\xBF\xBD");
        text.remove_prefix(is_good ? one.bytes : 1);
    }
    return out;
}

void write_text(std::string_view text)
{
    std::string quoted;
    json::append_string(quoted, text);
    boost::system::error_code failed;
    auto const read = boost::json::parse({quoted.data(), quoted.size()}, failed);
    require(!failed && read.is_string(), "a text becomes a JSON string");
    require(std::string_view{read.get_string()} == replaced(text), "which reads as the text");
    std::string const owned{text};
    json::validation const place{.field = owned, .detail = owned, .position = 1, .length = 2};
    require_json(json::error_body(text, text, {&place, 1}));
    require_json(json::values_body({&owned, 1}));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    input in{{reinterpret_cast<char const*>(data), size}};
    switch (in.below(7)) {
    case 0:
        write_page(in);
        break;
    case 1:
        write_parts(in);
        break;
    case 2:
        write_session(in);
        break;
    case 3:
        write_sessions(in);
        break;
    case 4:
        read_others(in);
        break;
    case 5:
        plan_page(in);
        break;
    default:
        write_text(in.rest());
        break;
    }
    return 0;
}
