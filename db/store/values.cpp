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
    pg::batch steps{limit_statements(within(question.statement_timeout, deadline))};
    steps.push_back(
        sql::distinct_values(question.which, question.prefixes, question.who, one_more, question.offset, database)
            .to_step());
    auto const ran = co_await connection.run(std::move(steps), deadline);
    if (ran.has_error())
        co_return ran.error();
    if (auto const failed = first_failure(*ran))
        co_return *failed;
    auto const& rows = *ran->back();
    answer.more = static_cast<std::int64_t>(rows.size()) > question.limit;
    auto const shown = rows.size() - (answer.more ? 1 : 0);
    answer.values.reserve(shown);
    for (std::size_t row = 0; row < shown; ++row)
        answer.values.emplace_back(rows.at(row, 0).bytes());
    co_return answer;
}

} // namespace bridgewatch::store
