// Does the program hold as a TLS server of its own? Asked by curl, `openssl s_client` and our own client.
#include "test/support/audit_log.hpp"
#include "test/support/certificates.hpp"
#include "test/support/load.hpp"
#include "test/support/raw_client.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

certificate_authority const& authority()
{
    static certificate_authority const instance;
    return instance;
}

constexpr auto names = "DNS:localhost,IP:127.0.0.1";

audit_log const& small_log()
{
    static audit_log const log;
    return log;
}

std::vector<std::string> tls_options(certificate const& as, std::vector<std::string> const& more = {})
{
    std::vector<std::string> out{"--tls-certificate", as.chain.string(), "--tls-key", as.key.string()};
    out.insert(out.end(), more.begin(), more.end());
    return out;
}

/// A program that serves TLS, with a pair of files that belongs to it alone.
struct secured {
    explicit secured(std::string const& name, std::vector<std::string> const& more = {},
                     audit_log const& log = small_log())
        : identity{authority().issue(name, names)}, server{log.conninfo(), tls_options(identity, more)}
    {
        BOOST_TEST_REQUIRE(server.ready());
    }

    /// "127.0.0.1:1234"
    [[nodiscard]] std::string tcp() const { return server.address().substr(std::string_view{"tls:"}.size()); }

    certificate identity;
    served server;
};

/// What `openssl s_client` sees; it leaves as soon as it is connected.
finished s_client(secured const& at, std::vector<std::string> const& options = {})
{
    std::vector<std::string> line{"openssl", "s_client", "-connect", at.tcp(), "-CAfile", authority().root().string()};
    line.insert(line.end(), options.begin(), options.end());
    return run(line);
}

bool has(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

/// The name on the certificate that a new connection is shown.
bool shows(secured const& at, std::string const& name)
{
    return has(s_client(at).output, "subject=CN = " + name);
}

void replace(certificate const& old, certificate const& with)
{
    fs::copy_file(with.chain, old.chain, fs::copy_options::overwrite_existing);
    fs::copy_file(with.key, old.key, fs::copy_options::overwrite_existing);
}

std::string page_request(std::string_view version = "HTTP/1.1")
{
    return std::string{"GET "}
               .append(interceptions_path)
               .append(" ")
               .append(version)
               .append("\r\nHost: test\r\nCoder-Session-Token: ") +
           std::string{owner_token} + "\r\n\r\n";
}

} // namespace

BOOST_AUTO_TEST_SUITE(tls)

BOOST_AUTO_TEST_CASE(curl_verifies_the_server_and_keeps_its_connection)
{
    secured const at{"plain"};
    auto const port = at.tcp().substr(at.tcp().rfind(':') + 1);
    auto const page = "https://localhost:" + port + std::string{interceptions_path} + "?limit=2";
    auto const header = "Coder-Session-Token: " + std::string{owner_token};
    auto const got = run({"curl", "-sS", "--cacert", authority().root().string(), "--resolve",
                          "localhost:" + port + ":127.0.0.1", "-H", header, "-o", "/dev/null", "-o", "/dev/null", "-w",
                          "%{http_code} %{http_version} %{num_connects} %{ssl_verify_result}\n", page, page});
    BOOST_TEST(got.output == "200 1.1 1 0\n200 1.1 0 0\n", got.output + got.errors);
    auto const stranger = run({"curl", "-sS", page});
    BOOST_TEST(stranger.output.empty());
    BOOST_TEST(has(stranger.errors, "certificate"), stranger.errors);
}

BOOST_AUTO_TEST_CASE(protocols_and_ciphers_of_the_past_are_refused)
{
    secured const at{"strict"};
    std::string const any = "ALL:@SECLEVEL=0";
    for (auto const* old : {"-tls1", "-tls1_1"}) {
        auto const got = s_client(at, {old, "-cipher", any});
        BOOST_TEST((got.status != exit_status{}), old);
        BOOST_TEST(has(got.errors, "alert protocol version"), got.errors);
    }
    for (auto const* weak :
         {"AES128-SHA", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384"}) {
        auto const got = s_client(at, {"-tls1_2", "-cipher", std::string{weak} + ":@SECLEVEL=0"});
        BOOST_TEST((got.status != exit_status{}), weak);
        BOOST_TEST(has(got.errors, "handshake failure"), got.errors);
    }
    for (auto const* good : {"-tls1_2", "-tls1_3"}) {
        auto const got = s_client(at, {good});
        BOOST_TEST((got.status == exit_status{}), good);
        BOOST_TEST(has(got.output, "Verify return code: 0 (ok)"), got.output);
        BOOST_TEST(has(got.output, "Server Temp Key: X25519"), got.output);
    }
    BOOST_TEST(has(s_client(at, {"-tls1_2"}).output, "Secure Renegotiation IS supported"));
}

BOOST_AUTO_TEST_CASE(http_1_1_is_the_only_protocol)
{
    secured const at{"alpn"};
    BOOST_TEST(has(s_client(at, {"-alpn", "h2,http/1.1"}).output, "ALPN protocol: http/1.1"));
    BOOST_TEST(has(s_client(at).output, "No ALPN negotiated"));
    auto const other = s_client(at, {"-alpn", "h2"});
    BOOST_TEST((other.status != exit_status{}));
    BOOST_TEST(has(other.errors, "no application protocol"), other.errors);
}

BOOST_AUTO_TEST_CASE(sessions_are_resumed_until_the_next_reload)
{
    secured at{"tickets"};
    scratch_directory const kept;
    auto const session = (kept.path() / "session").string();
    BOOST_TEST(has(s_client(at, {"-tls1_2", "-sess_out", session}).output, "New, TLSv1.2"));
    BOOST_TEST(has(s_client(at, {"-tls1_2", "-sess_in", session}).output, "Reused, TLSv1.2"));
    at.server.program().send(SIGHUP);
    BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return at.server.log_lines("tls_reloaded").size() == 1U; }));
    BOOST_TEST(has(s_client(at, {"-tls1_2", "-sess_in", session}).output, "New, TLSv1.2"));
}

BOOST_AUTO_TEST_CASE(bytes_of_other_protocols_are_answered_or_refused_at_once)
{
    secured const at{"bytes", {"--request-timeout", "1s"}}; // some of these could be the start of a handshake
    auto const http = exchange_bytes(at.tcp(), page_request(), waits::limit);
    BOOST_TEST(http.bytes.starts_with("HTTP/1.1 400 "), http.bytes);
    BOOST_TEST(has(http.bytes, "has to begin with https"), http.bytes);
    BOOST_TEST(http.closed);
    std::string zeros(300, '\0');
    for (std::string const& other :
         {std::string{"SSH-2.0-OpenSSH_9.2\r\n"}, zeros, std::string{"\x16\x03\x01\x00\x01X"},
          std::string{"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10"}}) {
        auto const got = exchange_bytes(at.tcp(), other, waits::limit);
        BOOST_TEST(got.closed);
        BOOST_TEST(!has(got.bytes, "HTTP"), got.bytes); // an alert, or nothing
    }
    BOOST_TEST(!at.server.log_lines("tls_handshake_failed").empty());
    BOOST_TEST(fetch(at.server.address(), interceptions_path, as_owner()).status == 200);
}

BOOST_AUTO_TEST_CASE(slow_handshake_is_cut_off_and_holds_up_nobody)
{
    secured const at{"slow", {"--request-timeout", "1s"}};
    auto const begun = steady_clock::now();
    std::atomic<int> cut = 0;
    {
        std::vector<std::jthread> slow;
        for (int i = 0; i < 30; ++i)
            slow.emplace_back([&] {
                std::string const start_of_hello("\x16\x03\x01\x02\x00\x01", 6);
                cut += exchange_bytes(at.tcp(), start_of_hello, waits::limit).closed ? 1 : 0;
            });
        for (int i = 0; i < 20; ++i)
            BOOST_TEST(fetch(at.server.address(), interceptions_path, as_owner()).status == 200);
    }
    BOOST_TEST(cut == 30);
    auto const took = steady_clock::now() - begun;
    BOOST_TEST((took >= 1s));
    BOOST_TEST((took < 5s));
    auto const lines = at.server.log_lines("tls_handshake_failed");
    BOOST_TEST_REQUIRE(!lines.empty());
    BOOST_TEST(lines.front().at("detail").as_string() == "it was not done in time");
}

BOOST_AUTO_TEST_CASE(reload_under_load_fails_no_request)
{
    secured at{"first"};
    load kept{at.server.address(), std::string{interceptions_path} + "?limit=5", as_owner(), 4};
    std::atomic<std::size_t> opened = 0;
    std::atomic<std::size_t> refused = 0;
    std::jthread const fresh{[&](std::stop_token const& stopped) {
        while (!stopped.stop_requested()) {
            try {
                ++(fetch(at.server.address(), "/livez").status == 200 ? opened : refused);
            } catch (std::exception const&) {
                ++refused;
            }
        }
    }};
    for (int round = 0; round < 5; ++round) {
        auto const name = "round" + std::to_string(round);
        replace(at.identity, authority().issue(name, names));
        auto const before = opened.load();
        at.server.program().send(SIGHUP);
        BOOST_TEST(eventually(waits::limit, [&] { return shows(at, name); }));
        BOOST_TEST(eventually(waits::limit, [&] { return opened > before + 20; }));
    }
    kept.stop();
    for (auto const& failure : kept.failures())
        BOOST_ERROR("failed: " + failure);
    BOOST_TEST(kept.answered() > 0U);
    BOOST_TEST(refused == 0U);
    BOOST_TEST(at.server.log_lines("tls_reloaded").size() == 5U);
}

BOOST_AUTO_TEST_CASE(bad_pair_is_logged_and_the_old_one_stays)
{
    secured at{"good"};
    auto const other = authority().issue("other", names);
    fs::copy_file(other.key, at.identity.key, fs::copy_options::overwrite_existing); // not of this certificate
    at.server.program().send(SIGHUP);
    BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return at.server.log_lines("tls_reload_failed").size() == 1U; }));
    fs::resize_file(at.identity.chain, 100);
    at.server.program().send(SIGHUP);
    BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return at.server.log_lines("tls_reload_failed").size() == 2U; }));
    auto const lines = at.server.log_lines("tls_reload_failed");
    BOOST_TEST(has(lines[0].at("reason").as_string(), "--tls-key: cannot use "), lines[0].at("reason").as_string());
    BOOST_TEST(has(lines[0].at("reason").as_string(), "key values mismatch"), lines[0].at("reason").as_string());
    BOOST_TEST(has(lines[1].at("reason").as_string(), "--tls-certificate: cannot use "));
    BOOST_TEST(shows(at, "good"));
    replace(at.identity, other);
    at.server.program().send(SIGHUP);
    BOOST_TEST(eventually(waits::limit, [&] { return shows(at, "other"); }));
}

BOOST_AUTO_TEST_CASE(large_streamed_answer_is_the_same_by_tls)
{
    audit_log const log;
    log.execute("ALTER TABLE aibridge_tool_usages ALTER COLUMN input SET STORAGE EXTERNAL;"
                "INSERT INTO aibridge_tool_usages (id, interception_id, provider_response_id, tool, input, injected, "
                "created_at) SELECT md5(i.id::text)::uuid, i.id, 'r', 'write_file', repeat(md5(i.id::text), 32768), "
                "false, i.started_at FROM aibridge_interceptions AS i LIMIT 40");
    scratch_directory const sockets;
    auto const plain = "unix:" + (sockets.path() / "plain").string();
    secured const at{"large", {"--listen", "127.0.0.1:0", "--listen", plain}, log};
    auto const page = std::string{interceptions_path} + "?limit=1000";
    auto const by_tls = fetch(at.server.address(), page, as_owner());
    BOOST_TEST(by_tls.headers.at("transfer-encoding") == "chunked");
    BOOST_TEST(by_tls.body.size() > 40U * 1024 * 1024);
    BOOST_TEST((by_tls.body == fetch(plain, page, as_owner()).body)); // unix sockets have no TLS
    // The end of a body without a length has to be told from a cut: receive_all takes a close_notify only.
    http_client old{at.server.address()};
    old.send("GET " + page + " HTTP/1.0\r\nCoder-Session-Token: " + std::string{owner_token} + "\r\n\r\n");
    BOOST_TEST(old.receive_all().ends_with(by_tls.body));
}

BOOST_AUTO_TEST_CASE(requests_in_one_record_are_answered_in_turn)
{
    secured const at{"pipelined"};
    http_client client{at.server.address()};
    std::string many;
    for (int i = 0; i < 50; ++i)
        many += "GET /livez HTTP/1.1\r\nHost: test\r\n\r\n";
    client.send(many + page_request());
    for (int i = 0; i < 50; ++i)
        BOOST_TEST(client.receive().status == 200);
    BOOST_TEST(client.receive().body.starts_with("{\"count\":60"));
}

BOOST_AUTO_TEST_CASE(client_that_leaves_takes_its_statement_along)
{
    secured const at{"leaving"};
    held_pages const held{small_log()};
    http_client client{at.server.address()};
    client.send(page_request());
    auto const waiting = [] { return small_log().sessions("wait_event_type = 'Lock'"); };
    BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { return waiting() == 1; }));
    client.close();
    BOOST_TEST(eventually(waits::short_limit, [&] { return waiting() == 0; }));
}

BOOST_AUTO_TEST_CASE(drain_answers_what_runs_and_says_goodbye)
{
    secured at{"drain"};
    http_client idle{at.server.address()};
    BOOST_TEST(idle.get("/livez").status == 200);
    std::optional<held_pages> held{small_log()};
    http_client client{at.server.address()};
    client.send(page_request());
    BOOST_TEST_REQUIRE(eventually(waits::limit, [] { return small_log().sessions("wait_event_type = 'Lock'") == 1; }));
    at.server.program().send(SIGTERM);
    BOOST_TEST(idle.receive_all().empty()); // throws for a cut
    held.reset();
    auto const answer = client.receive();
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.headers.at("connection") == "close");
    BOOST_TEST(client.receive_all().empty());
    auto const status = at.server.program().wait(waits::limit);
    BOOST_TEST_REQUIRE(status.has_value());
    BOOST_TEST((*status == exit_status{}));
}

BOOST_AUTO_TEST_CASE(connection_beyond_the_limit_is_told_so)
{
    secured const at{"full", {"--max-connections", "1"}};
    std::optional<http_client> kept;
    BOOST_TEST_REQUIRE(eventually(waits::limit, [&] { // the connection before may not have ended yet
        kept.emplace(at.server.address());
        return kept->get(interceptions_path, as_owner()).status == 200;
    }));
    auto const refused = fetch(at.server.address(), interceptions_path, as_owner());
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(refused.headers.at("connection") == "close");
}

BOOST_AUTO_TEST_CASE(health_asks_by_tls)
{
    secured const at{"health"};
    auto const good = run({BRIDGEWATCH_BINARY, "health", "--listen", at.tcp()},
                          {{"BRIDGEWATCH_TLS_CERTIFICATE", at.identity.chain.string()}});
    BOOST_TEST((good.status == exit_status{}), good.errors);
    BOOST_TEST(good.output == "ready\n");
    auto const plain = run({BRIDGEWATCH_BINARY, "health", "--listen", at.tcp()});
    BOOST_TEST((plain.status == exit_status{.code = 1}));
    BOOST_TEST(has(plain.errors, "https"), plain.errors);
}

BOOST_AUTO_TEST_CASE(files_that_cannot_serve_end_the_start_with_one_line)
{
    auto const good = authority().issue("start", names);
    auto const other = authority().issue("stranger", names);
    auto const start = [](std::vector<std::string> options) {
        options.insert(options.begin(), {BRIDGEWATCH_BINARY, "serve", "--listen", "127.0.0.1:0", "--database-url",
                                         "host=127.0.0.1 port=1"});
        return run(options);
    };
    auto const no_key = start({"--tls-certificate", good.chain.string()});
    BOOST_TEST((no_key.status == exit_status{.code = 2}));
    BOOST_TEST(has(no_key.errors, "--tls-key: expected a path"), no_key.errors);
    auto const no_certificate = start({"--tls-key", good.key.string()});
    BOOST_TEST((no_certificate.status == exit_status{.code = 2}));
    BOOST_TEST(has(no_certificate.errors, "--tls-certificate: expected a path"), no_certificate.errors);
    auto const missing = start({"--tls-certificate", "/nonexistent.pem", "--tls-key", good.key.string()});
    BOOST_TEST((missing.status == exit_status{.code = 1}));
    BOOST_TEST(missing.errors ==
               "bridgewatch serve: --tls-certificate: cannot use /nonexistent.pem: No such file or directory\n");
    auto const mismatch = start({"--tls-certificate", good.chain.string(), "--tls-key", other.key.string()});
    BOOST_TEST((mismatch.status == exit_status{.code = 1}));
    BOOST_TEST(has(mismatch.errors, "key values mismatch"), mismatch.errors);
}

BOOST_AUTO_TEST_CASE(open_key_and_expired_certificate_are_warned_of)
{
    auto const old = authority().issue("expired", names, 0);
    fs::permissions(old.key, fs::perms::others_read, fs::perm_options::add);
    served const server{small_log().conninfo(), tls_options(old)};
    auto const lines = server.log_lines("tls_warning");
    BOOST_TEST_REQUIRE(lines.size() == 2U);
    BOOST_TEST(lines[0].at("detail").as_string() == "the certificate has expired");
    BOOST_TEST(lines[1].at("detail").as_string() == "other users can read or change " + old.key.string());
    BOOST_TEST(server.log_lines("tls_ready").size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
