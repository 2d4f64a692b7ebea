#include "db/store/identities.hpp"

#include "db/sql/identities.hpp"
#include "db/store/transaction.hpp"

#include <utility>

namespace bridgewatch::store {
namespace {

namespace asio = boost::asio;
using sql::key_column;

key_record decode_key(pg::rows const& answer)
{
    auto const column = [&answer](key_column c) { return answer.at(0, c); };
    return {.hashed_secret = std::string{column(key_column::hashed_secret).bytes()},
            .expires_at = column(key_column::expires_at).timestamp(),
            .user_id = column(key_column::user_id).id(),
            .user_exists = column(key_column::user_exists).boolean(),
            .user_status = std::string{column(key_column::user_status).bytes()},
            .reads_everything = column(key_column::reads_everything).boolean(),
            .has_scope = column(key_column::has_scope).boolean()};
}

} // namespace

asio::awaitable<pg::outcome<std::optional<key_record>>> find_key(pg::lease& connection, schema::shape const& database,
                                                                 std::string_view id, std::chrono::milliseconds limit,
                                                                 pg::steady_time deadline)
{
    auto question = sql::key_by_id(id, database);
    auto const answer = co_await ask(connection, std::move(question), limit, deadline);
    if (answer.has_error())
        co_return answer.error();
    if (answer->empty())
        co_return std::optional<key_record>{};
    co_return std::optional{decode_key(*answer)};
}

std::vector<std::optional<grammar::uuid>> users_in(pg::rows const& rows, std::size_t names)
{
    std::vector<std::optional<grammar::uuid>> ids(names);
    for (std::size_t row = 0; row < rows.size(); ++row) {
        auto const ordinal = rows.at(row, 0).int64();
        if (ordinal >= 1 && ordinal <= std::ssize(ids))
            ids[static_cast<std::size_t>(ordinal - 1)] = rows.at(row, 1).id();
    }
    return ids;
}

asio::awaitable<pg::outcome<std::vector<std::optional<grammar::uuid>>>>
find_users(pg::lease& connection, std::vector<std::string> const& names, std::chrono::milliseconds limit,
           pg::steady_time deadline)
{
    auto question = sql::users_by_name(names);
    auto const answer = co_await ask(connection, std::move(question), limit, deadline);
    if (answer.has_error())
        co_return answer.error();
    co_return users_in(*answer, names.size());
}

} // namespace bridgewatch::store
