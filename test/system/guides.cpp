#include "test/support/cluster.hpp"
#include "test/support/file_content.hpp"
#include "test/support/historic_schema.hpp"
#include "test/support/markdown.hpp"
#include "test/support/process.hpp"
#include "test/support/waits.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The blocks of deploy/guides are run as a reader would paste them: those that say "sh test" one after the other in one
// bash, in a directory that holds nothing but the checkout's deploy/. "sh test fails" is one that has to fail. A
// "console" block behind one is what it prints, stdout and stderr.
namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;
using variables = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view runs = "sh test", has_to_fail = "sh test fails", prints = "console";

/// Users with keys, and three interceptions in two sessions.
constexpr char const* work_of_some_users = R"sql(
INSERT INTO users (id, username, email, status, rbac_roles, deleted) VALUES
    ('00000000-0000-4000-8000-000000000001', 'alice', 'alice@example.com', 'active', '{owner}', false),
    ('00000000-0000-4000-8000-000000000002', 'bob', 'bob@example.com', 'active', '{}', false);
INSERT INTO api_keys (id, hashed_secret, user_id, expires_at)
SELECT id, sha256(repeat('s', 22)::bytea), ('00000000-0000-4000-8000-00000000000' || owner)::uuid, expires_at
FROM (VALUES ('keyofalice', 1, timestamptz '2099-01-01Z'), ('keyofapps0', 1, '2099-01-01Z'),
             ('keyexpired', 1, '2020-01-01Z'), ('keyofbob00', 2, '2099-01-01Z')) AS keys (id, owner, expires_at);
INSERT INTO aibridge_interceptions
    (id, initiator_id, provider, provider_name, model, client, client_session_id, started_at, ended_at)
SELECT ('00000000-0000-4000-8000-10000000000' || n)::uuid, '00000000-0000-4000-8000-000000000001', 'anthropic',
       'anthropic', 'claude-opus-4-1', 'Claude Code', 'session ' || n / 2, at, at + interval '9 s'
FROM (SELECT n, timestamptz '2026-11-01Z' + n * interval '1 min' AS at FROM generate_series(1, 3) AS n) AS made;
INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at)
SELECT gen_random_uuid(), id, 'r', 'Why does the build fail?', started_at FROM aibridge_interceptions;
)sql";

/// The newest tables that Coder has, made by Coder.
std::string coders_database(cluster& server)
{
    static auto const interceptions = std::string{with_credentials.interceptions} +
                                      ", thread_parent_id uuid, thread_root_id uuid, client_session_id varchar(256), "
                                      "session_id text NOT NULL GENERATED ALWAYS AS (coalesce(client_session_id, "
                                      "thread_root_id::text, id::text)) STORED";
    static auto const token_usages =
        std::string{with_sessions.token_usages} + std::string{with_credentials.token_usages};
    auto newest = with_sessions;
    newest.interceptions = interceptions;
    newest.token_usages = token_usages;
    auto conninfo = server.create_database();
    cluster::execute(conninfo, create_statements(newest) + work_of_some_users +
                                   "UPDATE api_keys SET scopes = '{application_connect}' WHERE id = 'keyofapps0'");
    return conninfo;
}

/// The same, with all of its types, for a replica to be fed from.
std::string publishers_database(cluster& server)
{
    auto conninfo = server.create_database();
    auto const done = run({BRIDGEWATCH_BINARY, "migrate", "--database-url", conninfo});
    BOOST_TEST_REQUIRE((done.status == exit_status{}), done.errors);
    cluster::execute(conninfo, work_of_some_users);
    return conninfo;
}

/// Two ports that nobody listens on.
std::array<std::string, 2> free_addresses()
{
    using boost::asio::ip::tcp;
    boost::asio::io_context context;
    tcp::endpoint const any{boost::asio::ip::make_address("127.0.0.1"), 0};
    tcp::acceptor const one{context, any}, other{context, any};
    auto const name = [](tcp::acceptor const& of) { return "127.0.0.1:" + std::to_string(of.local_endpoint().port()); };
    return {name(one), name(other)};
}

variables connecting_to(std::string const& conninfo)
{
    return {{"PGHOST", cluster::keyword(conninfo, "host")},
            {"PGPORT", cluster::keyword(conninfo, "port")},
            {"PGDATABASE", cluster::keyword(conninfo, "dbname")},
            {"PGUSER", cluster::keyword(conninfo, "user")}};
}

void write(fs::path const& to, std::string const& text)
{
    std::ofstream{to} << text;
}

class guide {
  public:
    explicit guide(std::string const& name)
        : text_{read_markdown(fs::path{BRIDGEWATCH_SOURCE_DIR} / "deploy" / "guides" / (name + ".md"))}
    {
        fs::create_directory(here() / "bin");
        fs::create_directory_symlink(fs::path{BRIDGEWATCH_SOURCE_DIR} / "deploy", here() / "deploy");
        // Whatever a guide leaves running ends with the shell that started it.
        auto const program = here() / "bin" / "bridgewatch";
        write(program, "#!/bin/sh\nexec setpriv --pdeathsig KILL " BRIDGEWATCH_BINARY " \"$@\"\n");
        fs::permissions(program, fs::perms::owner_all);
    }

    void run_in(variables environment)
    {
        std::string script = "cd '" + here().string() +
                             "' || exit\nexport PATH=\"$PWD/bin:$PATH\" HOME=\"$PWD\"\n"
                             "trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT\nset -e\n";
        int count = 0;
        for (std::size_t n = 0; n < text_.blocks.size(); ++n) {
            auto const& block = text_.blocks[n];
            if (!block.info.starts_with(runs))
                continue;
            BOOST_TEST_REQUIRE((block.info == runs || block.info == has_to_fail), place(n));
            write(here() / (name(n) + ".sh"), block.text);
            auto const step = ". ./" + name(n) + ".sh > " + name(n) + ".out 2>&1";
            script += "echo " + std::to_string(n) + " > at\n" +
                      (block.info == runs ? step : "set +e; " + step + "; failed=$?; set -e; [ $failed -ne 0 ]") + "\n";
            ++count;
        }
        BOOST_TEST_REQUIRE(count > 1);
        write(here() / "guide.sh", script);
        environment.emplace_back("LC_ALL", "C.UTF-8");
        process shell{{"bash", (here() / "guide.sh").string()}, environment};
        auto const ended = shell.wait(waits::long_limit);
        auto const last = static_cast<std::size_t>(std::stoul(content(here() / "at")));
        BOOST_TEST_REQUIRE((ended == exit_status{}),
                           place(last) << (ended ? " ended otherwise than shown: " : " does not end: ") << output(last)
                                       << shell.errors());
        for (std::size_t n = 1; n < text_.blocks.size(); ++n) {
            if (text_.blocks[n].info != prints)
                continue;
            BOOST_TEST_REQUIRE(text_.blocks[n - 1].info.starts_with(runs), place(n) << ": nothing prints this");
            BOOST_TEST(shows(text_.blocks[n].text, output(n - 1)), place(n - 1) << " prints:\n" << output(n - 1));
        }
    }

  private:
    [[nodiscard]] fs::path const& here() const { return directory_.path(); }

    static std::string name(std::size_t block) { return "block-" + std::to_string(block); }

    [[nodiscard]] std::string output(std::size_t block) const { return content(here() / (name(block) + ".out")); }

    [[nodiscard]] std::string place(std::size_t block) const
    {
        return text_.file.filename().string() + ":" + std::to_string(text_.blocks.at(block).line);
    }

    markdown text_;
    scratch_directory directory_;
};

void run_guide(std::string const& name, variables environment)
{
    auto const [first, second] = free_addresses();
    environment.insert(
        environment.end(),
        {{"LISTEN", first}, {"LISTEN_B", second}, {"CODER_SESSION_TOKEN", "keyofalice-ssssssssssssssssssssss"}});
    guide{name}.run_in(std::move(environment));
}

} // namespace

BOOST_AUTO_TEST_SUITE(guides)

BOOST_AUTO_TEST_CASE(attach_to_coder)
{
    cluster server;
    run_guide("attach-to-coder", connecting_to(coders_database(server)));
}

BOOST_AUTO_TEST_CASE(own_database)
{
    cluster server, coders{{{"wal_level", "logical"}}};
    auto environment = connecting_to(server.create_database());
    environment.emplace_back("PUBLISHER", publishers_database(coders));
    run_guide("own-database", environment);
}

BOOST_AUTO_TEST_CASE(sizing)
{
    cluster server;
    run_guide("sizing", connecting_to(coders_database(server)));
}

BOOST_AUTO_TEST_CASE(upgrade)
{
    cluster server;
    run_guide("upgrade", connecting_to(server.create_database()));
}

BOOST_AUTO_TEST_CASE(troubleshooting)
{
    cluster server;
    run_guide("troubleshooting", connecting_to(coders_database(server)));
}

BOOST_AUTO_TEST_CASE(what_is_not_shown_is_seen)
{
    BOOST_TEST(shows("ready\n", "ready  \n\n"));
    BOOST_TEST(shows("{\"count\":3,…}\n", "{\"count\":3,\"results\":[]}"));
    BOOST_TEST(shows("a\n…\nd", "a\nb\nc\nd\n"));
    BOOST_TEST(shows("a\n…", "a\n"));
    BOOST_TEST(!shows("ready", "ready\nnot ready"));
    BOOST_TEST(!shows("{\"count\":3,…}", "{\"count\":4,\"results\":[]}"));
    BOOST_TEST(!shows("a\n…\nd", "a\nb\nc\n"));
    BOOST_TEST(!shows("a…b", "a\nb"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
