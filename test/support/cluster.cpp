#include "test/support/cluster.hpp"

#include "db/pg/connect.hpp"
#include "test/support/detour.hpp"

#include <libpq-fe.h>

#include <cstdlib>
#include <stdexcept>

namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;

struct closer {
    void operator()(PGconn* connection) const { ::PQfinish(connection); }

    void operator()(PGresult* result) const { ::PQclear(result); }
};

using connection_handle = std::unique_ptr<PGconn, closer>;
using result_handle = std::unique_ptr<PGresult, closer>;

/// A run that is about one version must not take the server of another without a word.
void require_wanted_version(std::string const& conninfo)
{
    auto const* wanted = std::getenv("BRIDGEWATCH_TEST_POSTGRESQL");
    if (wanted == nullptr)
        return;
    auto const found = cluster::value(conninfo, "SELECT current_setting('server_version_num')::integer / 10000");
    if (found != wanted)
        throw std::runtime_error{"test cluster: PostgreSQL " + found + " in place of " + wanted};
}

result_handle run_sql(std::string const& conninfo, std::string const& sql)
{
    connection_handle const connection{::PQconnectdb(conninfo.c_str())};
    ::PQsetNoticeProcessor(connection.get(), [](void*, char const*) {}, nullptr);
    result_handle answer{::PQexec(connection.get(), sql.c_str())};
    auto const status = ::PQresultStatus(answer.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
        throw std::runtime_error{std::string{::PQerrorMessage(connection.get())} + "in: " + sql};
    return answer;
}

} // namespace

cluster::cluster(parameters const& more)
{
    parameters wanted{{"fsync", "off"},
                      {"synchronous_commit", "off"},
                      {"full_page_writes", "off"},
                      {"jit", "off"},
                      {"max_connections", "200"}};
    wanted.insert(wanted.end(), more.begin(), more.end());
    server_ = std::make_unique<app::private_cluster>(app::cluster_settings{
        .directory = directory_.path(), .initdb_arguments = {"--no-locale", "--no-sync"}, .parameters = wanted});
    start();
    require_wanted_version(conninfo("postgres"));
    execute(conninfo("postgres"), "CREATE ROLE \"" + std::string{reader} + "\" LOGIN");
}

cluster::~cluster()
{
    server_->stop(stop_mode::immediate);
    server_.reset();
}

cluster& cluster::shared()
{
    static cluster instance{detour::parameters_of_primary()};
    return instance;
}

std::string cluster::create_database(std::string_view template_name)
{
    auto const name = "bw_" + std::to_string(++databases_);
    auto sql = "CREATE DATABASE " + name;
    if (!template_name.empty())
        sql += " TEMPLATE \"" + std::string{template_name} + '"';
    execute(conninfo("postgres"), sql);
    return conninfo(name);
}

void cluster::create_template(std::string const& name, std::function<void(std::string const& conninfo)> const& fill)
{
    std::lock_guard const lock{templates_mutex_};
    if (templates_.contains(name))
        return;
    execute(conninfo("postgres"), "CREATE DATABASE \"" + name + '"');
    fill(conninfo(name));
    templates_.insert(name);
}

void cluster::grant_reading(std::string const& conninfo)
{
    execute(conninfo, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO \"" + std::string{reader} + '"');
}

void cluster::execute(std::string const& conninfo, std::string const& sql)
{
    auto const answer = run_sql(conninfo, sql);
}

std::string cluster::value(std::string const& conninfo, std::string const& sql)
{
    auto const answer = run_sql(conninfo, sql);
    return ::PQntuples(answer.get()) == 0 ? std::string{} : ::PQgetvalue(answer.get(), 0, 0);
}

std::string cluster::conninfo(std::string_view database, std::string_view user) const
{
    return server_->conninfo(database, user);
}

std::string cluster::keyword(std::string const& conninfo, std::string_view which)
{
    auto const options = pg::connection_options::parse(conninfo);
    if (!options)
        throw std::runtime_error{options.error()};
    std::string found;
    for (auto const& [name, value] : options->keywords())
        if (name == which)
            found = value;
    return found;
}

void cluster::start()
{
    if (auto const started = server_->start(); !started)
        throw std::runtime_error{"test cluster: " + started.error()};
}

void cluster::stop(stop_mode mode)
{
    server_->stop(mode);
}

bool cluster::is_running()
{
    return server_->is_running();
}

} // namespace bridgewatch::test
