#include "app/seed.hpp"

#include "app/open_database.hpp"
#include "app/progress.hpp"
#include "app/seed_data/people.hpp"
#include "app/seed_data/rows.hpp"

#include <chrono>
#include <iostream>

namespace bridgewatch::app {
namespace {

using boost::system::result;

constexpr std::size_t buffered_bytes = std::size_t{4} << 20;

/// Rolls back unless it was committed: a seed that fails or is killed leaves nothing.
class transaction {
  public:
    explicit transaction(pg::blocking_session& database) : database_{database} {}

    transaction(transaction const&) = delete;
    transaction& operator=(transaction const&) = delete;

    ~transaction()
    {
        if (open_)
            (void)database_.script("ROLLBACK"); // where this fails, the server has rolled back
    }

    pg::outcome<void> begin()
    {
        auto begun = database_.script("BEGIN");
        open_ = begun.has_value();
        return begun;
    }

    pg::outcome<void> commit()
    {
        open_ = false;
        return database_.script("COMMIT");
    }

  private:
    pg::blocking_session& database_;
    bool open_ = false;
};

pg::outcome<void> send(pg::blocking_session& database, seed_data::table_rows& table)
{
    if (table.rows.bytes() == 0)
        return {};
    auto sent =
        database.copy_begin("COPY " + std::string{table.name} + " (" + std::string{table.columns} + ") FROM STDIN");
    if (!sent)
        return sent;
    if (sent = database.copy_data(table.rows.rows()); !sent)
        return sent;
    table.rows.clear();
    return database.copy_end();
}

seed_data::table_rows user_rows()
{
    seed_data::table_rows out{"users", "id, username, email, name, avatar_url, status, rbac_roles, deleted", {}};
    auto& row = out.rows;
    for (std::size_t number = 0; number < seed_data::people().size(); ++number) {
        auto const& who = seed_data::people()[number];
        std::string const username{who.username};
        row.uuid(seed_data::person_id(number));
        row.text(username);
        row.text(username + "@example.com");
        row.text(who.name);
        row.text(number % 3 == 2 ? "" : "https://avatars.example.com/" + username + ".png");
        row.text(who.status);
        row.text("{" + std::string{who.role} + "}");
        row.boolean(who.deleted);
        row.end_row();
    }
    return out;
}

pg::outcome<void> send_all(pg::blocking_session& database, seed_plan const& plan,
                           std::function<void(std::uint64_t)> const& on_progress)
{
    auto users = user_rows();
    if (auto sent = send(database, users); !sent)
        return sent;
    seed_data::row_maker maker{plan.number};
    auto const planned = seed_data::make_plan(plan.number, plan.interceptions, plan.until);
    for (std::size_t i = 0; i < planned.size(); ++i) {
        maker.add(planned[i]);
        if (maker.bytes() < buffered_bytes && i + 1 < planned.size())
            continue;
        for (auto& table : maker.tables())
            if (auto sent = send(database, table); !sent)
                return sent;
        on_progress(i + 1);
    }
    return {};
}

} // namespace

result<void, std::string> seed(pg::blocking_session& database, seed_plan const& plan,
                               std::function<void(std::uint64_t)> const& on_progress)
{
    auto const present =
        database.query("SELECT EXISTS (SELECT FROM aibridge_interceptions), EXISTS (SELECT FROM users)");
    if (!present)
        return present.error().diag.message;
    if (present->at(0, 0).boolean())
        return std::string{"this database has interceptions already: seed writes into an empty one"};
    if (present->at(0, 1).boolean())
        return std::string{"this database has users already: seed writes its own, so run it before token"};
    transaction all{database};
    if (auto const begun = all.begin(); !begun)
        return begun.error().diag.message;
    if (auto const sent = send_all(database, plan, on_progress); !sent)
        return sent.error().diag.message;
    if (auto const done = all.commit(); !done)
        return done.error().diag.message;
    // Not ANALYZE alone: the visibility map is what lets counts read an index only.
    auto const analysed = database.script("VACUUM (ANALYZE)");
    if (!analysed)
        return analysed.error().diag.message;
    return {};
}

int run_seed(seed_options const& options)
{
    auto database = open_database(options.connection);
    if (!database) {
        std::cerr << "bridgewatch seed: " << database.error() << "\n";
        return 1;
    }
    auto const now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    result<void, std::string> done;
    {
        progress shown{"seeding " + std::to_string(options.interceptions) + " interceptions", options.interceptions};
        done = seed(
            *database,
            {.interceptions = options.interceptions, .until = options.until.value_or(now), .number = options.number},
            [&shown](std::uint64_t written) { shown.update(written); });
    }
    if (done)
        return 0;
    std::cerr << "bridgewatch seed: " << done.error() << "\n";
    return 1;
}

} // namespace bridgewatch::app
