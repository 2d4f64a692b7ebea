#include "db/store/values.hpp"

#include "db/store/transaction.hpp"

#include <utility>

namespace bridgewatch::store {

namespace asio = boost::asio;

asio::awaitable<pg::outcome<values_answer>> read_values(pg::lease& connection, schema::shape const& database,
                                                        values_question const& question, pg::steady_time deadline)
{
    values_answer answer;
    if (question.which == sql::value_list::clients && !database.interceptions.client)
        co_return answer;
    auto const one_more = question.limit + 1;
    auto list =
        sql::distinct_values(question.which, question.prefixes, question.who, one_more, question.offset, database);
    auto const found = co_await ask(connection, std::move(list), question.statement_timeout, deadline);
    if (found.has_error())
        co_return found.error();
    answer.more = static_cast<std::int64_t>(found->size()) > question.limit;
    auto const shown = found->size() - (answer.more ? 1 : 0);
    answer.values.reserve(shown);
    for (std::size_t row = 0; row < shown; ++row)
        answer.values.emplace_back(found->at(row, 0).bytes());
    co_return answer;
}

} // namespace bridgewatch::store
