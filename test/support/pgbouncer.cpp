#include "test/support/pgbouncer.hpp"

#include "app/data_directory.hpp"
#include "test/support/cluster.hpp"
#include "test/support/deploy_script.hpp"
#include "test/support/waits.hpp"

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>

namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;

constexpr char const* password = "quoted \"secret\"";

std::optional<app::account> who_runs_it()
{
    return ::geteuid() == 0 ? app::find_account("postgres") : std::nullopt; // it refuses root
}

std::vector<std::string> command_line(fs::path const& directory, std::string const& conninfo, int pool_size)
{
    auto const account = who_runs_it();
    if (auto const made = app::make_private_directory(directory / "run", account); !made)
        throw std::runtime_error{made.error()};
    auto const password_file = directory / "password";
    std::ofstream{password_file} << password << "\n";
    std::vector<std::string> options{"--directory",     (directory / "run").string(),
                                     "--host",          cluster::keyword(conninfo, "host"),
                                     "--port",          cluster::keyword(conninfo, "port"),
                                     "--dbname",        cluster::keyword(conninfo, "dbname"),
                                     "--user",          cluster::keyword(conninfo, "user"),
                                     "--password-file", password_file.string(),
                                     "--listen-addr",   "",
                                     "--pool-size",     std::to_string(pool_size)};
    if (account)
        options.insert(options.end(), {"--owner", account->name});
    deploy_script("pgbouncer/configure.sh", options);
    return {fs::exists("/usr/sbin/pgbouncer") ? "/usr/sbin/pgbouncer" : "pgbouncer",
            (directory / "run" / "pgbouncer.ini").string()};
}

} // namespace

pgbouncer::pgbouncer(std::string const& conninfo, int pool_size)
    : database_{cluster::keyword(conninfo, "dbname")},
      user_{cluster::keyword(conninfo, "user")},
      command_line_{command_line(directory_.path(), conninfo, pool_size)}
{
    start();
}

pgbouncer::~pgbouncer()
{
    if (!program_)
        return;
    program_->send(SIGINT);
    static_cast<void>(program_->wait(waits::limit));
}

void pgbouncer::kill()
{
    program_.reset();
}

void pgbouncer::start()
{
    program_.emplace(command_line_, std::vector<std::pair<std::string, std::string>>{}, who_runs_it());
    if (!program_->wait_for_text("process up", waits::limit))
        throw std::runtime_error{"PgBouncer does not start: " + program_->errors()};
}

std::string pgbouncer::conninfo() const
{
    return "host='" + (directory_.path() / "run").string() + "' port=6432 dbname='" + database_ + "' user='" + user_ +
           "' password='" + password + "'";
}

} // namespace bridgewatch::test
