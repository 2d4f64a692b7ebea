#pragma once

#include "db/pg/pool.hpp"
#include "db/schema/shape.hpp"
#include "db/sql/distinct_values.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace bridgewatch::store {

/// What is asked of a list of distinct values.
struct values_question {
    sql::value_list which{};
    std::vector<std::string> prefixes; ///< any of them; empty: all values
    sql::visibility who;
    std::int64_t limit = 100, offset = 0;
    std::chrono::milliseconds statement_timeout{10000};
};

struct values_answer {
    std::vector<std::string> values;
    bool more = false; ///< the list goes on
};

/// Errors: those of lease::run, statement_timeout, server_error.
[[nodiscard]] boost::asio::awaitable<pg::outcome<values_answer>> read_values(pg::lease& connection,
                                                                             schema::shape const& database,
                                                                             values_question const& question,
                                                                             pg::steady_time deadline);

} // namespace bridgewatch::store
