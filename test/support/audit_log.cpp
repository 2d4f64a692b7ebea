#include "test/support/audit_log.hpp"

#include "test/support/session.hpp"
#include "test/support/waits.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;

/// How the program under test names its sessions unless it is told otherwise.
constexpr std::string_view program_name = "bridgewatch";

std::string migrations()
{
    std::vector<fs::path> files;
    for (auto const& entry : fs::directory_iterator{fs::path{BRIDGEWATCH_SOURCE_DIR} / "db" / "migrations"})
        if (entry.path().extension() == ".sql")
            files.push_back(entry.path());
    std::ranges::sort(files);
    std::string all;
    for (auto const& file : files) {
        std::ifstream in{file};
        all.append(std::istreambuf_iterator<char>{in}, {}).append("\n");
    }
    return all;
}

std::string rows(int interceptions)
{
    return "INSERT INTO users (id, email, username, name, status, rbac_roles)"
           " VALUES (md5('owner')::uuid, 'owner@example.com', 'owner', 'Owner', 'active', '{owner}');"
           "INSERT INTO api_keys (id, hashed_secret, user_id, expires_at)"
           " VALUES ('keyofowner', sha256(repeat('s', 22)::bytea), md5('owner')::uuid, '2099-01-01Z');"
           "INSERT INTO aibridge_interceptions (id, initiator_id, provider, provider_name, model, client, started_at, "
           "ended_at) SELECT md5('i' || n)::uuid, md5('owner')::uuid, 'anthropic', 'anthropic', 'claude-sonnet-4-5', "
           "'Claude Code', t, t + interval '3 s' FROM generate_series(1, " +
           std::to_string(interceptions) +
           ") AS n, LATERAL (SELECT timestamptz '2026-07-01Z' + n * interval '1 min' AS t) AS at;"
           "INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at)"
           " SELECT md5('p' || id)::uuid, id, 'resp', 'explain why the build fails', started_at"
           " FROM aibridge_interceptions;"
           "ANALYZE";
}

} // namespace

http_headers as_owner()
{
    return {{"Coder-Session-Token", std::string{owner_token}}};
}

audit_log::audit_log(cluster& server, int interceptions) : conninfo_{server.create_database()}
{
    execute(migrations());
    execute(rows(interceptions));
    execute("CHECKPOINT"); // the cluster's server may be killed, and it does not wait for its log to be written
}

std::int64_t audit_log::sessions(std::string_view condition) const
{
    return sessions_at(conninfo_, condition);
}

void audit_log::slow_each_row_down() const
{
    execute("CREATE FUNCTION seen_slowly() RETURNS boolean LANGUAGE plpgsql VOLATILE AS "
            "$$ BEGIN PERFORM pg_sleep(0.005); RETURN true; END $$;"
            "ALTER TABLE aibridge_interceptions ENABLE ROW LEVEL SECURITY;"
            "CREATE POLICY slowly ON aibridge_interceptions USING (seen_slowly());");
    execute("ALTER DATABASE " + value("SELECT current_database()") + " SET enable_sort = off");
}

void audit_log::terminate_sessions() const
{
    static_cast<void>(terminate_sessions_at(conninfo_, "application_name = '" + std::string{program_name} + "'"));
}

std::size_t terminate_sessions_at(std::string const& conninfo, std::string_view condition)
{
    // PostgreSQL 13 has no pg_terminate_backend() that waits.
    auto const ended = cluster::value(
        conninfo, "SELECT string_agg(pid::text, ',') FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity "
                  "WHERE datname = current_database() AND pid <> pg_backend_pid() AND (" +
                      std::string{condition} + ")");
    if (ended.empty())
        return 0;
    auto const gone = [&] {
        return cluster::value(conninfo, "SELECT count(*) FROM pg_stat_activity WHERE pid IN (" + ended + ")") == "0";
    };
    if (!eventually(waits::limit, gone))
        throw std::runtime_error{"terminated sessions have not ended"};
    return 1U + static_cast<std::size_t>(std::ranges::count(ended, ','));
}

std::int64_t sessions_at(std::string const& conninfo, std::string_view condition)
{
    return std::stoll(cluster::value(conninfo, "SELECT count(*) FROM pg_stat_activity WHERE datname = "
                                               "current_database() AND application_name = '" +
                                                   std::string{program_name} + "' AND (" + std::string{condition} +
                                                   ")"));
}

struct held_pages::impl {
    pg::blocking_session session;
};

held_pages::held_pages(std::string const& conninfo)
    : impl_{std::make_unique<impl>(open_session(conninfo + " application_name=holder"))}
{
    auto const held = impl_->session.script("BEGIN; LOCK TABLE aibridge_user_prompts IN ACCESS EXCLUSIVE MODE");
    if (!held)
        throw std::runtime_error{held.error().diag.message};
}

held_pages::~held_pages() = default;

std::future<http_answer> ask_aside(std::string const& address, std::string const& target, http_headers const& more)
{
    auto headers = as_owner();
    headers.insert(headers.end(), more.begin(), more.end());
    return std::async(std::launch::async, [address, target, headers] { return fetch(address, target, headers); });
}

} // namespace bridgewatch::test
