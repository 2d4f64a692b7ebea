#include "app/commands.hpp"

#include "app/demo.hpp"
#include "app/explain.hpp"
#include "app/health.hpp"
#include "app/migrate_command.hpp"
#include "app/option_table.hpp"
#include "app/seed.hpp"
#include "app/serve.hpp"
#include "app/token.hpp"
#include "app/verify.hpp"
#include "grammar/time.hpp"

#include <array>
#include <iostream>
#include <optional>
#include <string>

namespace bridgewatch::app {
namespace {

using arguments = std::vector<std::string>;

int fail(std::string_view command, std::string_view line)
{
    std::cerr << "bridgewatch " << command << ": " << line << "\n";
    return 1;
}

/// Reads a command's options. @return an exit status where there is nothing left to do.
std::optional<int> read(option_table& table, arguments const& given)
{
    auto const outcome = table.read(given, current_environment());
    if (outcome.has_error()) {
        std::cerr << outcome.error().line << "\n";
        return outcome.error().status;
    }
    if (*outcome == option_table::outcome::help) {
        std::cout << table.help();
        return 0;
    }
    return {};
}

/// As read(), and resolves the database's URL.
std::optional<int> read(option_table& table, arguments const& given, database_options const& database, std::string& url)
{
    if (auto const status = read(table, given))
        return status;
    auto const text = database.text();
    if (text.has_error()) {
        std::cerr << text.error().line << "\n";
        return text.error().status;
    }
    url = *text;
    return {};
}

/// What may change while it serves, from the same places as at the start.
boost::system::result<live_options, usage_error> reread(option_table& table, arguments const& given,
                                                        serve_options const& into)
{
    auto const read = table.read(given, current_environment());
    if (read.has_error())
        return read.error();
    return live_options::of(into);
}

/// @return an exit status where the options do not go together.
std::optional<int> check(serve_options const& options)
{
    auto const good = check_together(options);
    if (!good.has_error())
        return {};
    std::cerr << good.error().line << "\n";
    return good.error().status;
}

int run_serve(arguments const& given)
{
    serve_options options;
    option_table table{"serve", "Serves the API until SIGTERM or SIGINT."};
    add_serve_options(table, options);
    std::string url;
    if (auto const status = read(table, given, options.database, url))
        return *status;
    if (auto const status = check(options))
        return *status;
    auto listeners = open_all(options);
    if (listeners.has_error())
        return fail("serve", listeners.error());
    return serve(options, std::move(*listeners), url, [&given] {
        serve_options again;
        option_table all{"serve", {}};
        add_serve_options(all, again);
        return reread(all, given, again);
    });
}

void add_demo_options(option_table& table, demo_options& into, serve_options& serving)
{
    table.value("data-dir", std::string{default_demo_directory},
                "where the demo's database lives; a second start reuses it", "a path", [&into](std::string_view value) {
                    into.data_dir = value;
                    return !value.empty();
                });
    table.value("interceptions", "20000", "how many to seed on the first start", "a whole number from 1 to 100000000",
                [&into](std::string_view value) {
                    std::size_t count = 0;
                    bool const good = whole_number(count, 1, 100'000'000)(value);
                    into.interceptions = count;
                    return good;
                });
    add_server_options(table, serving);
}

int run_demo(arguments const& given)
{
    serve_options serving;
    serving.log_format = "text";
    demo_options options;
    option_table table{"demo", "Starts a private PostgreSQL, fills it, and serves it. Takes the options of serve too; "
                               "its log is text by default."};
    add_demo_options(table, options, serving);
    if (auto const status = read(table, given))
        return *status;
    if (auto const status = check(serving))
        return *status;
    // The port first: who has it in use need not wait for a seed.
    auto listeners = open_all(serving);
    if (listeners.has_error())
        return fail("demo", listeners.error());
    auto ready = prepare_demo(options);
    if (ready.has_error())
        return fail("demo", ready.error());
    auto const again = [&given] {
        serve_options fresh;
        demo_options data;
        option_table all{"demo", {}};
        add_demo_options(all, data, fresh);
        return reread(all, given, fresh);
    };
    return serve(serving, std::move(*listeners), ready->connection, again,
                 [&ready, &serving](std::vector<std::string> const& addresses) {
                     auto const is_tls = !serving.tls.certificate.empty();
                     std::cout << describe_demo(*ready, addresses.front(), is_tls) << std::flush;
                 });
}

int run_migrate_command(arguments const& given)
{
    migrate_options options;
    database_options database;
    option_table table{"migrate", "Creates or upgrades the schema."};
    add_database_options(table, database);
    table.value("schema", "full",
                "full (a database of its own) or accelerate (only what makes searches, sessions and counts fast, for "
                "a database that upstream owns)",
                "full or accelerate", one_of(options.schema, {"full", "accelerate"}));
    table.flag("dry-run", "print the SQL and change nothing", options.dry_run);
    table.flag("drop", "with --schema=accelerate: take its indexes, tables and triggers away again", options.drop);
    if (auto const status = read(table, given, database, options.connection))
        return *status;
    return run_migrate(options);
}

int run_verify_command(arguments const& given)
{
    verify_options options;
    database_options database;
    option_table table{"verify", "Compares the tables for sessions and counts with the log; exit status 0 or 1."};
    add_database_options(table, database);
    table.flag("repair", "fill them anew where they are wrong or not in use", options.repair);
    if (auto const status = read(table, given, database, options.connection))
        return *status;
    return run_verify(options);
}

int run_seed_command(arguments const& given)
{
    seed_options options;
    database_options database;
    option_table table{"seed", "Writes a deterministic, realistic data set into a database that migrate made."};
    add_database_options(table, database);
    std::size_t interceptions = options.interceptions, number = options.number;
    table.value("interceptions", "20000", "how many to write", "a whole number from 1 to 100000000",
                whole_number(interceptions, 1, 100'000'000));
    table.value("number", "1", "another number gives other data of the same kind", "a whole number",
                whole_number(number, 0, SIZE_MAX));
    table.value("until", "now", "end of the data's 60 days; equal times give equal data",
                "an RFC 3339 time such as 2026-08-30T00:00:00Z", [&options](std::string_view value) {
                    auto const at = grammar::parse_rfc3339(value);
                    if (at)
                        options.until = at->floor;
                    return at.has_value();
                });
    if (auto const status = read(table, given, database, options.connection))
        return *status;
    options.interceptions = interceptions;
    options.number = number;
    return run_seed(options);
}

int run_token_command(arguments const& given)
{
    token_options options;
    database_options database;
    option_table table{"token", "Makes an API key and prints it, once."};
    add_database_options(table, database);
    table.value("username", "none: it has to be given", "whose key it is", "a user name",
                text(options.request.username));
    table.value("role", "none: the user has to exist", "makes a user who does not exist", "owner, auditor or member",
                one_of(options.request.role, {"owner", "auditor", "member"}));
    std::size_t days = 30;
    table.value("days", "30", "how many days the key is good for", "a whole number from 1 to 36500",
                whole_number(days, 1, 36500));
    if (auto const status = read(table, given, database, options.connection))
        return *status;
    if (options.request.username.empty()) {
        std::cerr << "bridgewatch token: --username: expected a user name (see bridgewatch token --help)\n";
        return 2;
    }
    options.request.lifetime = std::chrono::days{days};
    return run_token(options);
}

int run_explain_command(arguments const& given)
{
    explain_options options;
    option_table table{
        "explain",
        "Shows what a search means: canonical query, tree, SQL with its parameters; a bad one with a caret."};
    table.positional("QUERY", "as the value of q", options.query);
    table.flag("analyze", "run the page's statement and show its plan; needs the database", options.analyze);
    table.value("me", "none", "the user id that `initiator:me` stands for", "a UUID",
                [&options](std::string_view value) {
                    options.me = value;
                    return grammar::parse_uuid(value).has_value();
                });
    add_database_options(table, options.database);
    if (auto const status = read(table, given))
        return *status;
    return run_explain(options);
}

int run_health_command(arguments const& given)
{
    std::vector<std::string> listen, admin;
    std::chrono::milliseconds limit{2000};
    auto const address_into = [](std::vector<std::string>& into) {
        return [&into](std::string_view value) {
            into.emplace_back(value);
            return http::parse_endpoint(value).has_value();
        };
    };
    option_table table{
        "health",
        "Asks a running server's /readyz; exit status 0 or 1. Takes the server's own --listen and --admin-listen."};
    table.list("listen", "127.0.0.1:8080", "where the server listens", "an address", address_into(listen));
    table.list("admin-listen", "off", "where its health endpoints are, if they have their own port", "an address",
               address_into(admin));
    std::string certificate;
    table.value("tls-certificate", "none: plain HTTP",
                "the server's: where it is given, ask by TLS; the file is not read, and who answers is not verified",
                "a path", path(certificate));
    table.value("timeout", "2s", "how long to wait for the answer", "a duration above 0 such as 500ms or 2s",
                time_limit(limit));
    if (auto const status = read(table, given))
        return *status;
    auto const at = !admin.empty() ? admin.front() : !listen.empty() ? listen.front() : std::string{"127.0.0.1:8080"};
    std::string line;
    int const status = ask_health(*http::parse_endpoint(at), !certificate.empty(), limit, line);
    (status == 0 ? std::cout : std::cerr) << line << "\n";
    return status;
}

} // namespace

std::span<command const> commands()
{
    static constexpr std::array all{
        command{"serve", "serves the API until SIGTERM or SIGINT", run_serve},
        command{"migrate", "creates or upgrades the schema", run_migrate_command},
        command{"verify", "compares what makes sessions and counts fast with the log", run_verify_command},
        command{"demo", "private PostgreSQL, data, tokens and server in one command", run_demo},
        command{"seed", "writes a deterministic, realistic data set", run_seed_command},
        command{"token", "makes an API key", run_token_command},
        command{"explain", "shows what a search means", run_explain_command},
        command{"health", "asks a running server whether it is ready", run_health_command},
    };
    return all;
}

} // namespace bridgewatch::app
