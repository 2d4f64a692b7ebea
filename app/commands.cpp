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
#include "db/pg/connect.hpp"
#include "grammar/time.hpp"

#include <array>
#include <functional>
#include <iostream>
#include <optional>
#include <set>
#include <string>

namespace bridgewatch::app {
namespace {

using arguments = std::vector<std::string>;

int fail(std::string_view command, std::string_view line)
{
    std::cerr << "bridgewatch " << command << ": " << line << "\n";
    return 1;
}

/// The file of --config may have lines for other commands.
auto read_with_files_of_others(option_table& table, arguments const& given)
{
    std::set<std::string, std::less<>> names;
    for (auto const& other : commands())
        for (auto& option : other.describe().options)
            names.insert(std::move(option.name));
    table.let_pass(std::move(names));
    return table.read(given, current_environment());
}

/// Reads a command's options. @return an exit status where there is nothing left to do.
std::optional<int> read(option_table& table, arguments const& given)
{
    auto const outcome = read_with_files_of_others(table, given);
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
    if (auto const parsed = pg::connection_options::parse(*text); parsed.has_error()) {
        std::cerr << "bridgewatch: --database-url: expected a libpq URI or keyword/value string: " << parsed.error()
                  << "\n";
        return 2;
    }
    url = *text;
    return {};
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

// What each command's options are read into, and the table that reads them; the table must not outlive it.

option_table table_of(serve_options& into)
{
    option_table table{"serve", "Serves the API until SIGTERM or SIGINT."};
    add_serve_options(table, into);
    return table;
}

/// What may change while it serves, from the same places as at the start.
boost::system::result<live_options, usage_error> reread(option_table table, arguments const& given,
                                                        serve_options const& into)
{
    auto const read = read_with_files_of_others(table, given);
    if (read.has_error())
        return read.error();
    return live_options::of(into);
}

int run_serve(arguments const& given)
{
    serve_options options;
    auto table = table_of(options);
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
        return reread(table_of(again), given, again);
    });
}

struct demo_call {
    serve_options serving;
    demo_options options;
    std::size_t interceptions = options.interceptions;
};

option_table table_of(demo_call& into)
{
    into.serving.log_format = "text";
    option_table table{"demo", "Starts a private PostgreSQL, fills it, and serves it. Takes the options of serve too; "
                               "its log is text by default."};
    table.value("data-dir", std::string{default_demo_directory},
                "where the demo's database lives; a second start reuses it", "a path",
                [&options = into.options](std::string_view value) {
                    options.data_dir = value;
                    return !value.empty();
                });
    table.value("interceptions", "20000", "how many to seed on the first start", "a whole number from 1 to 100000000",
                whole_number(into.interceptions, 1, 100'000'000));
    add_server_options(table, into.serving);
    return table;
}

int run_demo(arguments const& given)
{
    demo_call call;
    auto& serving = call.serving;
    auto& options = call.options;
    auto table = table_of(call);
    if (auto const status = read(table, given))
        return *status;
    if (auto const status = check(serving))
        return *status;
    options.interceptions = call.interceptions;
    // The port first: who has it in use need not wait for a seed.
    auto listeners = open_all(serving);
    if (listeners.has_error())
        return fail("demo", listeners.error());
    auto ready = prepare_demo(options);
    if (ready.has_error())
        return fail("demo", ready.error());
    auto const again = [&given] {
        demo_call fresh;
        return reread(table_of(fresh), given, fresh.serving);
    };
    return serve(serving, std::move(*listeners), ready->connection, again,
                 [&ready, &serving](std::vector<std::string> const& addresses) {
                     auto const is_tls = !serving.tls.certificate.empty();
                     std::cout << describe_demo(*ready, addresses.front(), is_tls) << std::flush;
                 });
}

/// Reads the options of a command that works on a database, and runs it.
template <class Call, class Run>
int run_on_database(arguments const& given, Run const& run)
{
    Call call;
    auto table = table_of(call);
    if (auto const status = read(table, given, call.database, call.options.connection))
        return *status;
    return run(call);
}

struct migrate_call {
    migrate_options options;
    database_options database;
};

option_table table_of(migrate_call& into)
{
    option_table table{"migrate", "Creates or upgrades the schema."};
    add_database_options(table, into.database);
    table.value("schema", "full",
                "full (a database of its own) or accelerate (only what makes searches, sessions and counts fast, for "
                "a database that upstream owns)",
                "full or accelerate", one_of(into.options.schema, {"full", "accelerate"}));
    table.flag("dry-run", "print the SQL and change nothing", into.options.dry_run);
    table.flag("drop", "with --schema=accelerate: take its indexes, tables and triggers away again", into.options.drop);
    return table;
}

int run_migrate_command(arguments const& given)
{
    return run_on_database<migrate_call>(given, [](auto& call) { return run_migrate(call.options); });
}

struct verify_call {
    verify_options options;
    database_options database;
};

option_table table_of(verify_call& into)
{
    option_table table{"verify", "Compares the tables for sessions and counts with the log; exit status 0 or 1."};
    add_database_options(table, into.database);
    table.flag("repair", "fill them anew where they are wrong or not in use", into.options.repair);
    return table;
}

int run_verify_command(arguments const& given)
{
    return run_on_database<verify_call>(given, [](auto& call) { return run_verify(call.options); });
}

struct seed_call {
    seed_options options;
    database_options database;
    std::size_t interceptions = options.interceptions, number = options.number;
};

option_table table_of(seed_call& into)
{
    option_table table{"seed", "Writes a deterministic, realistic data set into a database that migrate made."};
    add_database_options(table, into.database);
    table.value("interceptions", "20000", "how many to write", "a whole number from 1 to 100000000",
                whole_number(into.interceptions, 1, 100'000'000));
    table.value("number", "1", "another number gives other data of the same kind", "a whole number",
                whole_number(into.number, 0, SIZE_MAX));
    table.value("until", "now", "end of the data's 60 days; equal times give equal data",
                "an RFC 3339 time such as 2026-08-30T00:00:00Z", [&options = into.options](std::string_view value) {
                    auto const at = grammar::parse_rfc3339(value);
                    if (at)
                        options.until = at->floor;
                    return at.has_value();
                });
    return table;
}

int run_seed_command(arguments const& given)
{
    return run_on_database<seed_call>(given, [](auto& call) {
        call.options.interceptions = call.interceptions;
        call.options.number = call.number;
        return run_seed(call.options);
    });
}

struct token_call {
    token_options options;
    database_options database;
    std::size_t days = 30;
};

option_table table_of(token_call& into)
{
    option_table table{"token", "Makes an API key and prints it, once."};
    add_database_options(table, into.database);
    table.value("username", "none: it has to be given", "whose key it is", "a user name",
                text(into.options.request.username));
    table.value("role", "none: the user has to exist", "makes a user who does not exist", "owner, auditor or member",
                one_of(into.options.request.role, {"owner", "auditor", "member"}));
    table.value("days", "30", "how many days the key is good for", "a whole number from 1 to 36500",
                whole_number(into.days, 1, 36500));
    return table;
}

int run_token_command(arguments const& given)
{
    return run_on_database<token_call>(given, [](auto& call) {
        auto& options = call.options;
        if (options.request.username.empty()) {
            std::cerr << "bridgewatch token: --username: expected a user name (see bridgewatch token --help)\n";
            return 2;
        }
        options.request.lifetime = std::chrono::days{call.days};
        return run_token(options);
    });
}

option_table table_of(explain_options& into)
{
    option_table table{
        "explain",
        "Shows what a search means: canonical query, tree, SQL with its parameters; a bad one with a caret."};
    table.positional("QUERY", "as the value of q", into.query);
    table.flag("analyze", "run the page's statement and show its plan; needs the database", into.analyze);
    table.value("me", "none", "the user id that `initiator:me` stands for", "a UUID", [&into](std::string_view value) {
        into.me = value;
        return grammar::parse_uuid(value).has_value();
    });
    add_database_options(table, into.database);
    return table;
}

int run_explain_command(arguments const& given)
{
    explain_options options;
    auto table = table_of(options);
    if (auto const status = read(table, given))
        return *status;
    return run_explain(options);
}

struct health_call {
    std::vector<std::string> listen, admin;
    std::string certificate;
    std::chrono::milliseconds limit{2000};
};

option_table table_of(health_call& into)
{
    auto const address_into = [](std::vector<std::string>& addresses) {
        return [&addresses](std::string_view value) {
            addresses.emplace_back(value);
            return http::parse_endpoint(value).has_value();
        };
    };
    option_table table{
        "health",
        "Asks a running server's /readyz; exit status 0 or 1. Takes the server's own --listen and --admin-listen."};
    table.list("listen", "127.0.0.1:8080", "where the server listens", "an address", address_into(into.listen));
    table.list("admin-listen", "off", "where its health endpoints are, if they have their own port", "an address",
               address_into(into.admin));
    table.value("tls-certificate", "none: plain HTTP",
                "the server's: where it is given, ask by TLS; the file is not read, and who answers is not verified",
                "a path", path(into.certificate));
    table.value("timeout", "2s", "how long to wait for the answer", "a duration above 0 such as 500ms or 2s",
                time_limit(into.limit));
    return table;
}

int run_health_command(arguments const& given)
{
    health_call call;
    auto const& [listen, admin, certificate, limit] = call;
    auto table = table_of(call);
    if (auto const status = read(table, given))
        return *status;
    auto const at = !admin.empty() ? admin.front() : !listen.empty() ? listen.front() : std::string{"127.0.0.1:8080"};
    std::string line;
    int const status = ask_health(*http::parse_endpoint(at), !certificate.empty(), limit, line);
    (status == 0 ? std::cout : std::cerr) << line << "\n";
    return status;
}

template <class Call>
command_description description_of()
{
    Call nobody_reads;
    return table_of(nobody_reads).description();
}

} // namespace

std::span<command const> commands()
{
    static constexpr std::array all{
        command{"serve", "serves the API until SIGTERM or SIGINT", run_serve, description_of<serve_options>},
        command{"migrate", "creates or upgrades the schema", run_migrate_command, description_of<migrate_call>},
        command{"verify", "compares what makes sessions and counts fast with the log", run_verify_command,
                description_of<verify_call>},
        command{"demo", "private PostgreSQL, data, tokens and server in one command", run_demo,
                description_of<demo_call>},
        command{"seed", "writes a deterministic, realistic data set", run_seed_command, description_of<seed_call>},
        command{"token", "makes an API key", run_token_command, description_of<token_call>},
        command{"explain", "shows what a search means", run_explain_command, description_of<explain_options>},
        command{"health", "asks a running server whether it is ready", run_health_command, description_of<health_call>},
    };
    return all;
}

} // namespace bridgewatch::app
