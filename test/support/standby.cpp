#include "test/support/standby.hpp"

#include "app/data_directory.hpp"
#include "app/postgres_binaries.hpp"
#include "test/support/deploy_script.hpp"
#include "test/support/waits.hpp"

#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace bridgewatch::test {

standby::standby(cluster const& primary, std::vector<std::string> const& options) : primary_{primary}
{
    auto const account = ::geteuid() == 0 ? app::find_account("postgres") : std::nullopt;
    auto const data = directory_.path() / "postgres"; // where private_cluster looks for it
    if (auto const made = app::make_private_directory(data, account); !made)
        throw std::runtime_error{made.error()};
    std::vector<std::string> arguments{"--primary", primary.conninfo("postgres"), "--data", data.string()};
    // That of an older version refuses to copy the server.
    if (auto const binaries = app::find_postgres_binaries(data); binaries && exists(*binaries / "pg_basebackup"))
        arguments.insert(arguments.end(), {"--bin", binaries->string()});
    arguments.insert(arguments.end(), options.begin(), options.end());
    deploy_script("streaming-replica/create-standby.sh", arguments);
    cluster::parameters parameters{{"fsync", "off"}, {"jit", "off"}};
    // A hot standby has to have room for as many of these as its primary.
    for (auto const* each : {"max_connections", "max_wal_senders", "max_worker_processes"})
        parameters.emplace_back(each, cluster::value(primary.conninfo("postgres"), std::string{"SHOW "} + each));
    server_ = std::make_unique<app::private_cluster>(app::cluster_settings{
        .directory = directory_.path(), .initdb_arguments = {}, .parameters = std::move(parameters)});
    start();
}

standby::~standby()
{
    server_->stop(stop_mode::immediate);
}

std::string standby::conninfo(std::string_view database, std::string_view user) const
{
    return server_->conninfo(database, user);
}

bool standby::caught_up() const
{
    // Commits are asynchronous here, and are in no position until one is written.
    cluster::execute(primary_.conninfo("postgres"),
                     "SET synchronous_commit = local; SELECT pg_logical_emit_message(true, 'test', 'here')");
    auto const written = cluster::value(primary_.conninfo("postgres"), "SELECT pg_current_wal_lsn()");
    return eventually(waits::limit, [&] {
        return cluster::value(conninfo("postgres"), "SELECT pg_last_wal_replay_lsn() >= '" + written + "'") == "t";
    });
}

void standby::start()
{
    if (auto const started = server_->start(); !started)
        throw std::runtime_error{"standby: " + started.error()};
}

} // namespace bridgewatch::test
