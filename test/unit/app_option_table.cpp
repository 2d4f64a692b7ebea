#include "app/option_table.hpp"
#include "app/serve_options.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace {

using namespace bridgewatch::app;
using texts = std::vector<std::string>;

struct read_serve {
    serve_options options;
    option_table table{"serve", "serves"};

    read_serve() { add_serve_options(table, options); }

    auto operator()(texts const& line, environment const& env = {}) { return table.read(line, env); }
};

struct config_file {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("bw-config-" + std::to_string(getpid()));

    explicit config_file(std::string const& text) { std::ofstream{path} << text; }

    ~config_file() { std::filesystem::remove(path); }

    config_file(config_file const&) = delete;
    config_file& operator=(config_file const&) = delete;
};

/// What is said of a file that is wrong.
std::string refusal_of(std::string const& config)
{
    config_file const file{config};
    read_serve read;
    auto const got = read({"--config", file.path.string()});
    BOOST_TEST_REQUIRE(got.has_error(), config);
    BOOST_TEST(got.error().status == 2);
    return got.error().line;
}

} // namespace

BOOST_AUTO_TEST_SUITE(app_option_table)

BOOST_AUTO_TEST_CASE(defaults_are_the_contracts)
{
    read_serve read;
    BOOST_TEST(read({}).has_value());
    using namespace std::chrono_literals;
    BOOST_TEST(read.options.pool_size == 16U);
    BOOST_TEST((read.options.service.pool_timeout == 2s));
    BOOST_TEST((read.options.service.statement_timeout == 10s));
    BOOST_TEST((read.options.service.exact_count_timeout == 5s));
    BOOST_TEST((read.options.http.request_timeout == 15s));
    BOOST_TEST((read.options.http.idle_timeout == 75s));
    BOOST_TEST((read.options.drain_timeout == 25s));
    BOOST_TEST((read.options.drain_delay == 0s));
    BOOST_TEST(read.options.http.connections == 10000U);
    BOOST_TEST(read.options.service.count_cap == 2000);
    BOOST_TEST((read.options.service.auth_cache_ttl == 5s));
    BOOST_TEST((read.options.service.members == bridgewatch::api::member_access::none));
    BOOST_TEST(read.options.prepared_statements);
}

BOOST_AUTO_TEST_CASE(bounds_follow_the_pool_unless_they_are_given)
{
    read_serve small;
    read_serve large;
    read_serve own;
    BOOST_TEST(small({"--pool-size=1"}).has_value());
    auto const of_small = small.options.complete();
    BOOST_TEST(of_small.pool_queue == 128U);
    BOOST_TEST(of_small.expensive_pool_size == 1U);
    BOOST_TEST(of_small.max_requests == 256U);
    BOOST_TEST(of_small.max_requests_per_key == 4U);
    BOOST_TEST(large({"--pool-size=100"}).has_value());
    auto const of_large = large.options.complete();
    BOOST_TEST(of_large.pool_queue == 800U);
    BOOST_TEST(of_large.expensive_pool_size == 25U);
    BOOST_TEST(of_large.max_requests == 1600U);
    BOOST_TEST(of_large.max_requests_per_key == 200U);
    BOOST_TEST(
        own({"--pool-queue=1", "--expensive-pool-size=2", "--max-requests=3", "--max-requests-per-key=4"}).has_value());
    auto const given = own.options.complete();
    BOOST_TEST(given.pool_queue == 1U);
    BOOST_TEST(given.expensive_pool_size == 2U);
    BOOST_TEST(given.max_requests == 3U);
    BOOST_TEST(given.max_requests_per_key == 4U);
}

BOOST_AUTO_TEST_CASE(flag_beats_environment_beats_file)
{
    config_file const file{"pool-size = 3\ncount-cap = 30\npool-timeout = 3s\nlisten = 127.0.0.1:1\nlisten = "
                           "127.0.0.1:2\ninterceptions = 7\n"};
    read_serve read;
    read.table.let_pass({"interceptions"});
    environment const env{
        {"BRIDGEWATCH_CONFIG", file.path.string()}, {"BRIDGEWATCH_POOL_SIZE", "4"}, {"BRIDGEWATCH_COUNT_CAP", "40"}};
    BOOST_TEST(read({"--pool-size", "5"}, env).has_value());
    BOOST_TEST(read.options.pool_size == 5U);
    BOOST_TEST(read.options.service.count_cap == 40);
    BOOST_TEST(read.options.service.pool_timeout.count() == 3000);
    BOOST_TEST(read.options.listen == (texts{"127.0.0.1:1", "127.0.0.1:2"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(of_two_options_that_say_the_same_the_stronger_place_counts)
{
    config_file const file{"database-url-file = /in/file\n"};
    environment const only_file{{"BRIDGEWATCH_CONFIG", file.path.string()}};
    auto with_variable = only_file;
    with_variable["BRIDGEWATCH_DATABASE_URL"] = "dbname=variable";
    auto const told = [](texts const& line, environment const& env) {
        read_serve read;
        BOOST_TEST(read(line, env).has_value());
        return read.options.database.url + "|" + read.options.database.url_file;
    };
    BOOST_TEST(told({}, only_file) == "|/in/file");
    BOOST_TEST(told({}, with_variable) == "dbname=variable|");
    BOOST_TEST(told({"--database-url=dbname=line"}, only_file) == "dbname=line|");
    BOOST_TEST(told({"--database-url-file=/line"}, with_variable) == "|/line");
    BOOST_TEST(told({"--database-url-file=/line", "--database-url=dbname=line"}, {}) == "dbname=line|/line");
}

BOOST_AUTO_TEST_CASE(line_of_the_file_that_is_no_option_is_named)
{
    for (std::string const name : {"member-acess", "--listen", "section.listen"}) {
        bool const in_section = name.starts_with("section");
        auto const line = refusal_of("pool-size = 1\n" + (in_section ? "[section]\nlisten" : name) + " = own\n");
        BOOST_TEST(line.find("'" + name + "'") != std::string::npos, line);
    }
}

BOOST_AUTO_TEST_CASE(line_of_the_file_that_may_be_a_secret_is_not_repeated)
{
    auto const line = refusal_of("postgres://user:secret@host/log?sslmode=require\n");
    BOOST_TEST(line.find("secret") == std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(value_in_the_file_is_not_cut_in_silence)
{
    auto const line = refusal_of("# first\npool-size = 3 # a few\ndatabase-url = dbname=ba#secret\n");
    BOOST_TEST(line.find("--config") != std::string::npos, line);
    BOOST_TEST(line.find("secret") == std::string::npos, line);
    config_file const good{"# first\npool-size = 3 # a few\n\t# last\n"};
    read_serve other;
    BOOST_TEST(other({"--config", good.path.string()}).has_value());
    BOOST_TEST(other.options.pool_size == 3U);
}

BOOST_AUTO_TEST_CASE(delay_is_shorter_than_the_drain)
{
    read_serve within, as_long;
    BOOST_TEST(within({"--drain-delay=2s", "--drain-timeout=3s"}).has_value());
    BOOST_TEST(!check_together(within.options).has_error());
    BOOST_TEST(as_long({"--drain-delay=3s", "--drain-timeout=3s"}).has_value());
    auto const refused = check_together(as_long.options);
    BOOST_TEST_REQUIRE(refused.has_error());
    BOOST_TEST(refused.error().status == 2);
    BOOST_TEST(refused.error().line.find("--drain-delay") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(lists_repeat_on_the_line_and_split_at_commas_elsewhere)
{
    read_serve line, env;
    BOOST_TEST(line({"--listen=127.0.0.1:0", "--listen=unix:/tmp/x.sock"}).has_value());
    BOOST_TEST(line.options.listen.size() == 2U);
    BOOST_TEST(env({}, {{"BRIDGEWATCH_LISTEN", "127.0.0.1:0, [::1]:0"}}).has_value());
    BOOST_TEST(env.options.listen.size() == 2U);
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_one_line_that_names_the_option_and_not_the_value)
{
    for (texts const& line : {texts{"--pool-size=none"},
                              {"--pool-size=0"},
                              {"--pool-timeout=10"},
                              {"--listen=nowhere"},
                              {"--member-access=all"},
                              {"--trusted-proxies=10.0.0.0/99"},
                              {"--log-level=loud"},
                              {"--no-such-option"},
                              {"--pool-size"},
                              {"surplus"},
                              {"--pool-size=1", "--pool-size=2"},
                              {"--threads=0"},
                              {"--prepared-statements=yes"},
                              {"--pool-timeout=0"},
                              {"--request-timeout=0s"},
                              {"-x"}}) {
        read_serve read;
        auto const got = read(line);
        BOOST_TEST_CONTEXT(line.front())
        {
            BOOST_TEST_REQUIRE(got.has_error());
            BOOST_TEST(got.error().status == 2);
            BOOST_TEST(got.error().line.find('\n') == std::string::npos);
            auto const name = line.front().substr(0, line.front().find('='));
            BOOST_TEST(got.error().line.find(name) != std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(secret_in_a_bad_value_is_not_repeated)
{
    read_serve read;
    auto const got = read({"--pool-timeout=hunter2"});
    BOOST_TEST_REQUIRE(got.has_error());
    BOOST_TEST(got.error().line.find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(unknown_variables_are_not_ours)
{
    // Kubernetes sets BRIDGEWATCH_PORT and the like for a service of our name.
    read_serve read;
    BOOST_TEST(
        read({}, {{"BRIDGEWATCH_PORT", "tcp://10.0.0.1:80"}, {"BRIDGEWATCH_SERVICE_HOST", "10.0.0.1"}}).has_value());
}

BOOST_AUTO_TEST_CASE(help_shows_every_option_with_its_variable)
{
    read_serve read;
    auto const help = read.table.help();
    for (auto const& name : read.table.names()) {
        BOOST_TEST(help.find("  --" + name) != std::string::npos, name);
        BOOST_TEST(help.find(variable_name(name)) != std::string::npos, name);
    }
    for (auto const* name :
         {"listen",       "admin-listen",        "database-url",      "database-url-file",   "threads",
          "pool-size",    "pool-timeout",        "statement-timeout", "exact-count-timeout", "request-timeout",
          "idle-timeout", "drain-timeout",       "drain-delay",       "max-connections",     "member-access",
          "count-cap",    "prepared-statements", "auth-cache-ttl",    "trusted-proxies",     "log-level",
          "log-format",   "log-queries"})
        BOOST_TEST(help.find(std::string{"--"} + name) != std::string::npos, name);
    auto const asked = read({"--help"});
    BOOST_TEST_REQUIRE(asked.has_value());
    BOOST_TEST((*asked == option_table::outcome::help));
}

BOOST_AUTO_TEST_CASE(an_argument_may_begin_with_a_hyphen)
{
    std::string query;
    option_table table{"explain", "explains"};
    table.positional("QUERY", "a query", query);
    BOOST_TEST(table.read(texts{"-client:Cursor"}, {}).has_value());
    BOOST_TEST(query == "-client:Cursor");
}

BOOST_AUTO_TEST_CASE(database_url_comes_from_its_file)
{
    config_file const file{"\n  postgres://db/coder \n"};
    database_options const from_file{.url = "ignored", .url_file = file.path.string()};
    BOOST_TEST(from_file.text().value() == "postgres://db/coder");
    database_options const missing{.url = {}, .url_file = "/nonexistent/url"};
    BOOST_TEST(missing.text().has_error());
}

BOOST_AUTO_TEST_SUITE_END()
