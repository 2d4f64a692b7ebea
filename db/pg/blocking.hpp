#pragma once

#include "db/pg/batch.hpp"
#include "db/pg/connect.hpp"
#include "db/pg/error.hpp"
#include "db/pg/rows.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::pg {

/// A connection for commands that have no loop (migrate, seed, token, explain) and for tests. Blocks; never on a loop
/// thread.
class blocking_session {
  public:
    explicit blocking_session(raw_connection connection);

    /// Connects and wraps in one go.
    [[nodiscard]] static outcome<blocking_session> open(connection_options const& options);

    /// One statement, binary results.
    [[nodiscard]] outcome<rows> query(std::string const& sql, std::vector<parameter> const& parameters = {});

    /// Several statements without parameters or rows (PQexec): migrations, set-up.
    [[nodiscard]] outcome<void> script(std::string const& sql);

    /// COPY … FROM STDIN in text format; `copy_line` sends whole lines, `copy_end` finishes.
    [[nodiscard]] outcome<void> copy_begin(std::string const& sql);
    [[nodiscard]] outcome<void> copy_data(std::string_view lines);
    [[nodiscard]] outcome<void> copy_end();

    [[nodiscard]] pg_conn* native() { return connection_.get(); }

  private:
    raw_connection connection_;
};

} // namespace bridgewatch::pg
