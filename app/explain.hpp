#pragma once

#include "app/serve_options.hpp"

#include <string>

namespace bridgewatch::app {

struct explain_options {
    database_options database;
    std::string query;
    bool analyze = false; ///< needs the database
    std::string me;       ///< user id that `me` stands for
};

/// Prints the canonical query, the AST, the SQL with its parameters, and with `analyze` the plan and its time. A bad
/// query is shown with a caret under each fault, status 1. Without --analyze no database is asked: the newest schema is
/// assumed.
[[nodiscard]] int run_explain(explain_options const& options);

/// The query with a line of carets and the fault's text under it. Columns count characters.
[[nodiscard]] std::string picture(std::string_view query, grammar::fault const& fault);

} // namespace bridgewatch::app
