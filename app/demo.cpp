#include "app/demo.hpp"

#include "app/data_directory.hpp"
#include "app/demo_tokens.hpp"
#include "app/migrate_command.hpp"
#include "app/open_database.hpp"
#include "app/progress.hpp"
#include "app/seed.hpp"
#include "app/seed_data/people.hpp"
#include "app/token.hpp"
#include "db/schema/accelerate.hpp"
#include "db/schema/migrate.hpp"

#include <unistd.h>

#include <chrono>
#include <iostream>
#include <system_error>
#include <utility>

namespace bridgewatch::app {
namespace {

namespace fs = std::filesystem;
using boost::system::result;

constexpr std::string_view database_name = "bridgewatch";
constexpr std::string_view directory_for_root = "/var/lib/bridgewatch-demo";

/// What a fresh cluster takes, and what each interception adds: rows, indexes, write-ahead log.
constexpr std::uint64_t cluster_bytes = 150'000'000, interception_bytes = 8'192;

/// A demo's tokens outlive its data.
constexpr auto token_lifetime = std::chrono::days{3650};

fs::path reachable_directory(fs::path const& wanted)
{
    if (wanted != default_demo_directory || ::geteuid() != 0)
        return wanted;
    auto const server = find_account("postgres");
    std::error_code ignored;
    if (!server || first_closed_directory(fs::absolute(wanted, ignored), *server).empty())
        return wanted;
    std::cerr << "PostgreSQL runs as user postgres, who cannot enter " << fs::absolute(wanted, ignored).string()
              << ": the demo's data is in " << directory_for_root << "\n";
    return directory_for_root;
}

cluster_settings settings_for(demo_options const& options)
{
    return {.directory = reachable_directory(options.data_dir),
            .initdb_arguments = {"--locale=C.UTF-8"},
            // Losing the last second in a power cut is fine for a demo, waiting for the disk is not.
            .parameters = {{"synchronous_commit", "off"},
                           {"jit", "off"},
                           {"shared_buffers", "256MB"},
                           {"max_wal_size", "256MB"}}, // kept on the disk after a seed
            .needed_bytes = cluster_bytes + options.interceptions * interception_bytes};
}

result<void, std::string> make_database(private_cluster const& cluster)
{
    auto server = open_database(cluster.conninfo("postgres"));
    if (!server)
        return server.error();
    std::string const name{database_name};
    auto const found = server->query("SELECT FROM pg_database WHERE datname = '" + name + "'");
    if (!found)
        return found.error().diag.message;
    if (!found->empty())
        return {};
    auto const made = server->script("CREATE DATABASE " + name);
    if (!made)
        return made.error().diag.message;
    return {};
}

/// Seeding is one transaction: rows are there or not. @return how many there are in the end.
result<std::uint64_t, std::string> seed_once(pg::blocking_session& database, std::uint64_t wanted)
{
    auto const count = database.query("SELECT count(*) FROM aibridge_interceptions");
    if (!count)
        return count.error().diag.message;
    if (auto const present = static_cast<std::uint64_t>(count->at(0, 0).int64()); present > 0)
        return present;
    auto const now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    progress shown{"seeding " + std::to_string(wanted) + " interceptions", wanted};
    auto const done = seed(database, {.interceptions = wanted, .until = now},
                           [&shown](std::uint64_t written) { shown.update(written); });
    if (!done)
        return done.error();
    return wanted;
}

/// Whether the keys of a token file are those of this database: a directory may have been put together by hand.
bool all_known(pg::blocking_session& database, std::vector<demo_token> const& tokens)
{
    for (auto const& each : tokens) {
        auto const found =
            database.query("SELECT FROM api_keys WHERE id = $1 AND expires_at > now()",
                           {{.of = pg::type::text, .value = each.token.substr(0, each.token.find('-'))}});
        if (!found || found->empty())
            return false;
    }
    return !tokens.empty();
}

result<std::vector<demo_token>, std::string> tokens_once(pg::blocking_session& database, fs::path const& file)
{
    if (auto tokens = read_demo_tokens(file); all_known(database, tokens))
        return tokens;
    std::vector<demo_token> tokens;
    std::size_t number = 0;
    for (std::string const role : {"owner", "auditor", "member"}) {
        std::string const username{seed_data::people()[number++].username};
        auto token = make_token(database, {.username = username, .role = role, .lifetime = token_lifetime});
        if (!token)
            return token.error();
        tokens.push_back({.role = role, .username = username, .token = std::move(*token)});
    }
    if (auto const written = write_demo_tokens(file, tokens); !written)
        return written.error();
    return tokens;
}

} // namespace

result<demo, std::string> prepare_demo(demo_options const& options)
{
    demo out;
    out.cluster = std::make_unique<private_cluster>(settings_for(options));
    if (auto const started = out.cluster->start(); !started)
        return started.error();
    if (auto const made = make_database(*out.cluster); !made)
        return made.error();
    out.connection = out.cluster->conninfo(database_name);
    auto database = open_database(out.connection);
    if (!database)
        return database.error();
    if (auto const migrated = schema::migrate(*database); !migrated)
        return migrated.error();
    auto const present = seed_once(*database, options.interceptions);
    if (!present)
        return present.error();
    out.interceptions = *present;
    if (*present != options.interceptions)
        std::cerr << out.cluster->directory().string() << " holds " << *present
                  << " interceptions already; remove it for other data" << "\n";
    if (auto const indexed = schema::accelerate(*database); !indexed)
        return indexed.error();
    if (auto const ready = make_tables_ready(*database); !ready)
        return ready.error();
    auto tokens = tokens_once(*database, out.cluster->directory() / "tokens");
    if (!tokens)
        return tokens.error();
    out.tokens = std::move(*tokens);
    return out;
}

std::string describe_demo(demo const& ready, std::string_view address, bool is_tls)
{
    constexpr std::string_view unix_prefix = "unix:";
    bool const is_unix = address.starts_with(unix_prefix);
    auto const host = is_unix ? std::string{"localhost"} : std::string{address};
    auto const api = (is_tls && !is_unix ? "https://" : "http://") + host + "/api/v2/aibridge";
    auto const path = api + "/interceptions";
    auto const curl = is_unix ? "curl -s --unix-socket '" + std::string{address.substr(unix_prefix.size())} + "'"
                              : std::string{is_tls ? "curl -sk" : "curl -s"};
    auto const header = [&ready, &curl](std::size_t number) {
        return curl + " -H 'Coder-Session-Token: " + ready.tokens[number].token + "' ";
    };
    std::string out = "\n" + std::to_string(ready.interceptions) + " interceptions; a token for each role:\n\n";
    for (auto const& each : ready.tokens)
        out += "  " + each.role + std::string(9 - each.role.size(), ' ') + each.token + "  (" + each.username + ")\n";
    out += "\nTry:\n\n";
    out += "  " + header(0) + "'" + path + "?limit=2'\n";
    out += "  " + header(1) + "-G '" + path + "' --data-urlencode 'q=initiator:carol model:gpt-5' -d limit=1\n";
    out += "  " + header(0) + "'" + api + "/sessions?limit=2'\n";
    out += "  " + header(2) + "'" + path + "'   # a member sees nothing\n";
    return out + "\nPostgreSQL: psql \"" + ready.connection + "\"\nCtrl-C stops both.\n";
}

} // namespace bridgewatch::app
