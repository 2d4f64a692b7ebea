#include "db/store/slices.hpp"

#include "db/store/transaction.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace bridgewatch::store {
namespace {

namespace asio = boost::asio;

/// Both ends of a value's way: a row in libpq's buffers and the text that is made of it.
constexpr std::int64_t copies = 2;

/// What each interception takes besides what can be measured: its own fields.
constexpr std::int64_t fields = 1024;

std::int64_t bytes_of(interception_size const& one)
{
    return fields + one.metadata + one.children;
}

bool is_withheld(pg::rows const& page, std::size_t row)
{
    return page.at(row, sql::interception_column::metadata).jsonb() == sql::withheld_json;
}

template <class Column>
sql::child_position position_of(pg::rows const& part)
{
    auto const last = part.size() - 1;
    return {.created_at = part.at(last, Column::created_at).timestamp(), .id = part.at(last, Column::id).id()};
}

} // namespace

std::vector<slice> plan_slices(std::span<interception_size const> sizes, std::int64_t most)
{
    std::vector<slice> out;
    for (std::size_t at = 0; at < sizes.size(); ++at) {
        auto const bytes = bytes_of(sizes[at]);
        if (bytes > most) {
            auto const part = std::min(bytes, most + sizes[at].widest);
            out.push_back({.first = at,
                           .count = 1,
                           .bytes = copies * std::max(part, fields + sizes[at].metadata),
                           .in_parts = true});
        } else if (out.empty() || out.back().in_parts || out.back().bytes + copies * bytes > copies * most) {
            out.push_back({.first = at, .count = 1, .bytes = copies * bytes});
        } else {
            ++out.back().count;
            out.back().bytes += copies * bytes;
        }
    }
    return out;
}

std::vector<interception_size> sizes_in(pg::rows const& rows, std::span<grammar::uuid const> interceptions)
{
    // What does not fit into any database is no size: sums stay in their range, and room that is taken can be given
    // back.
    constexpr std::int64_t largest = std::int64_t{1} << 40U;
    auto const size_at = [&](std::size_t row, sql::size_column column) {
        return std::clamp<std::int64_t>(rows.at(row, column).int64(), 0, largest);
    };
    std::map<grammar::uuid, interception_size> found;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        using enum sql::size_column;
        auto& one = found[rows.at(row, interception_id).id()];
        if (rows.at(row, list).int64() < 0) {
            one.metadata = size_at(row, bytes);
            continue;
        }
        one.children = std::min(one.children + size_at(row, bytes), largest);
        one.widest = std::max(one.widest, size_at(row, widest));
    }
    std::vector<interception_size> out;
    out.reserve(interceptions.size());
    for (auto const& id : interceptions)
        out.push_back(found[id]);
    return out;
}

asio::awaitable<pg::outcome<std::vector<interception_size>>> read_sizes(pg::lease& connection,
                                                                        schema::shape const& database,
                                                                        sizes_question const& question,
                                                                        pg::steady_time deadline)
{
    auto const rows = co_await ask(connection, sql::sizes_of(question.interceptions, database),
                                   question.limits.statement_timeout, deadline);
    if (rows.has_error())
        co_return rows.error();
    co_return sizes_in(*rows, question.interceptions);
}

asio::awaitable<pg::outcome<children_answer>> read_slice(pg::lease& connection, schema::shape const& database,
                                                         slice_question const& question, pg::steady_time deadline)
{
    // One Sync at the end: an implicit transaction, to which the limit is local. Its statements may see different
    // moments, as slices do.
    pg::batch steps{limit_statements(within(question.limits.statement_timeout, deadline))};
    steps.push_back(sql::token_usages_of(question.interceptions, database).to_step());
    steps.push_back(sql::user_prompts_of(question.interceptions).to_step());
    steps.push_back(sql::tool_usages_of(question.interceptions).to_step());
    if (!question.without_metadata.empty())
        steps.push_back(sql::metadata_of(question.without_metadata, database).to_step());
    auto ran = co_await connection.run(std::move(steps), deadline);
    if (ran.has_error())
        co_return ran.error();
    if (auto const failed = first_failure(*ran))
        co_return *failed;
    children_answer out;
    auto at = ran->begin() + 1;
    for (auto* const rows : {&out.token_usages, &out.user_prompts, &out.tool_usages})
        *rows = std::move(**at++);
    if (at != ran->end())
        out.metadata = std::move(**at);
    co_return out;
}

asio::awaitable<pg::outcome<pg::rows>> read_part(pg::lease& connection, schema::shape const& database,
                                                 part_question const& question, pg::steady_time deadline)
{
    auto statement = sql::next_children(question.list, question.interception, question.after, question.bytes, database);
    return ask(connection, std::move(statement), question.limits.statement_timeout, deadline);
}

sql::child_position position_after(sql::child_list list, pg::rows const& part)
{
    switch (list) {
    case sql::child_list::token_usages:
        return position_of<sql::token_usage_column>(part);
    case sql::child_list::user_prompts:
        return position_of<sql::user_prompt_column>(part);
    case sql::child_list::tool_usages:
        break;
    }
    return position_of<sql::tool_usage_column>(part);
}

std::vector<grammar::uuid> ids_of(pg::rows const& page, std::size_t first, std::size_t count)
{
    std::vector<grammar::uuid> ids(count);
    for (std::size_t row = 0; row < count; ++row)
        ids[row] = page.at(first + row, sql::interception_column::id).id();
    return ids;
}

std::vector<grammar::uuid> ids_without_metadata(pg::rows const& page, std::size_t first, std::size_t count)
{
    std::vector<grammar::uuid> ids;
    for (auto row = first; row < first + count; ++row)
        if (is_withheld(page, row))
            ids.push_back(page.at(row, sql::interception_column::id).id());
    return ids;
}

} // namespace bridgewatch::store
