#include "test/support/detour.hpp"

#include "test/support/column_lists.hpp"
#include "test/support/deploy_script.hpp"
#include "test/support/pgbouncer.hpp"
#include "test/support/standby.hpp"
#include "test/support/waits.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string_view>

namespace bridgewatch::test {
namespace {

std::string_view wanted()
{
    auto const* through = std::getenv("BRIDGEWATCH_TEST_THROUGH");
    return through == nullptr ? std::string_view{} : through;
}

std::string on_shared()
{
    return cluster::shared().conninfo("postgres");
}

/// From now on commits at the primary wait for all of these replicas.
void wait_for_replicas(std::vector<std::string> const& names)
{
    std::string list;
    for (auto const& name : names)
        list += (list.empty() ? "" : ", ") + name;
    auto const setting = names.empty() ? list : "FIRST " + std::to_string(names.size()) + " (" + list + ")";
    cluster::execute(on_shared(), "ALTER SYSTEM SET synchronous_standby_names = '" + setting + "'");
    cluster::execute(on_shared(), "SELECT pg_reload_conf()");
    bool const done = eventually(waits::long_limit, [&] {
        return cluster::value(on_shared(), "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") ==
               std::to_string(names.size());
    });
    if (!done)
        throw std::runtime_error{"no replica keeps up with the database of the tests"};
}

class through_pgbouncer : public detour {
  public:
    explicit through_pgbouncer(std::string const& to) : pooler_{to, pool_size}, conninfo_{pooler_.conninfo()} {}

    [[nodiscard]] std::string const& conninfo() const override { return conninfo_; }

    [[nodiscard]] bool keeps_sessions() const override { return false; }

  private:
    static constexpr int pool_size = 8;
    pgbouncer pooler_;
    std::string conninfo_;
};

/// One standby for all databases of the run.
class on_a_standby : public detour {
  public:
    explicit on_a_standby(std::string const& from)
    {
        // What is written removes rows that a read may still see: this standby does not wait for it.
        static standby const replica{cluster::shared(), {"--max-delay", "0"}};
        if (static bool waited_for = false; !std::exchange(waited_for, true))
            wait_for_replicas({"*"});
        if (!replica.caught_up())
            throw std::runtime_error{"the standby does not catch up"};
        conninfo_ = replica.conninfo(cluster::keyword(from, "dbname"), cluster::keyword(from, "user"));
    }

    [[nodiscard]] std::string const& conninfo() const override { return conninfo_; }

  private:
    std::string conninfo_;
};

/// One subscriber for the run, and a database in it for each server.
class on_a_logical_replica : public detour {
  public:
    explicit on_a_logical_replica(std::string const& from)
        : from_{cluster::shared().conninfo(cluster::keyword(from, "dbname"))}, to_{subscriber().create_database()}
    {
        static int made = 0;
        name_ = "replica_" + std::to_string(++made);
        auto const migrated = run({BRIDGEWATCH_BINARY, "migrate", "--schema=full", "--database-url", to_});
        if (migrated.status != exit_status{})
            throw std::runtime_error{migrated.errors};
        auto arguments = both_ends();
        arguments.insert(arguments.end(), {"--wait", "30"});
        deploy_script(script, arguments);
        // Else it says that it has applied something when its walwriter comes round.
        cluster::execute(to_, "ALTER SUBSCRIPTION " + name_ + " SET (synchronous_commit = local)");
        names().push_back(name_);
        wait_for_replicas(names());
        // A commit that waits: what was written meanwhile is there then.
        cluster::execute(from_, "SELECT pg_logical_emit_message(true, 'bridgewatch test', '')");
        cluster::grant_reading(to_);
        conninfo_ = to_ + " user='" + cluster::keyword(from, "user") + "'";
    }

    ~on_a_logical_replica() override
    {
        std::erase(names(), name_);
        try {
            wait_for_replicas(names());
            auto arguments = both_ends();
            arguments.emplace_back("--remove");
            deploy_script(script, arguments);
        } catch (std::exception const& failed) { // which ends with the run, as its clusters do
            std::cerr << "detour: " << failed.what() << '\n';
        }
    }

    [[nodiscard]] std::string const& conninfo() const override { return conninfo_; }

  private:
    static constexpr char const* script = "logical-replica/replicate.sh";

    static cluster& subscriber()
    {
        static cluster replica{{{"max_logical_replication_workers", "40"},
                                {"max_sync_workers_per_subscription", "8"},
                                {"max_worker_processes", "60"},
                                {"max_replication_slots", "40"},
                                {"wal_retrieve_retry_interval", "100ms"}}}; // between starts of workers
        return replica;
    }

    static std::vector<std::string>& names()
    {
        static std::vector<std::string> all;
        return all;
    }

    [[nodiscard]] std::vector<std::string> both_ends() const
    {
        std::vector<std::string> out{"--publisher", from_, "--subscriber", to_, "--name", name_};
        if (!has_column_lists(from_))
            out.emplace_back("--whole-tables");
        return out;
    }

    std::string from_, to_, name_, conninfo_;
};

} // namespace

std::unique_ptr<detour> detour::chosen(std::string const& conninfo)
{
    auto const through = wanted();
    if (through.empty())
        return nullptr;
    if (through == "pgbouncer")
        return std::make_unique<through_pgbouncer>(conninfo);
    if (through == "standby")
        return std::make_unique<on_a_standby>(conninfo);
    if (through == "logical")
        return std::make_unique<on_a_logical_replica>(conninfo);
    throw std::runtime_error{"BRIDGEWATCH_TEST_THROUGH: expected pgbouncer, standby or logical"};
}

std::vector<std::pair<std::string, std::string>> detour::parameters_of_primary()
{
    if (wanted() != "standby" && wanted() != "logical")
        return {};
    return {{"synchronous_commit", "remote_apply"},
            {"wal_level", "logical"},
            {"max_wal_senders", "60"},
            {"max_replication_slots", "60"}};
}

boost::test_tools::assertion_result shows_its_own_schema(boost::unit_test::test_unit_id)
{
    boost::test_tools::assertion_result out{wanted() != "logical"};
    out.message() << "a logical replica has a schema of its own";
    return out;
}

} // namespace bridgewatch::test
