// Does sqlmap find a way into the database? A few parameters at its lowest level; with BRIDGEWATCH_LONG every
// parameter, every header that we read and every search key, at its highest (some ten minutes).
#include "grammar/keys.hpp"
#include "test/support/audit_log.hpp"
#include "test/support/scratch_directory.hpp"
#include "test/support/served.hpp"
#include "test/support/session.hpp"
#include "test/support/waits.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace asio = boost::asio;
namespace bdata = boost::unit_test::data;

namespace bridgewatch::test {
namespace {

bool is_long()
{
    return std::getenv("BRIDGEWATCH_LONG") != nullptr;
}

/// Where the star stands, sqlmap puts what it tries.
struct target {
    std::string path;
    std::string header; ///< in place of the owner's token; empty for that
};

std::ostream& operator<<(std::ostream& out, target const& t)
{
    return out << t.path << (t.header.empty() ? "" : "  ") << t.header;
}

constexpr std::string_view api = "/api/v2/aibridge/";

target below(std::string_view path)
{
    return {.path = std::string{api}.append(path), .header = {}};
}

std::vector<target> few_targets()
{
    return {below("interceptions?q=model:%22m*%22"), below("interceptions?after_id=*"), below("sessions?limit=1*"),
            below("models?q=m*"), below("interceptions?q=metadata.te*:x")};
}

/// A value of the key's kind, with the star inside of it and, where it may be quoted, inside of quotes.
std::vector<std::string> values_of(grammar::key_traits const& key)
{
    if (key.operand == grammar::operand_kind::ordered)
        return {"1*", "%3E1*", "1..2*", "%222026-01-01T00:00:00Z*%22"};
    return {"m*", "%22m*%22", "a,m*,b"};
}

void add_search_keys(std::vector<target>& to)
{
    for (auto number = 0U; number <= static_cast<unsigned>(grammar::key::call_injected); ++number) {
        auto const key = static_cast<grammar::key>(number);
        auto const& traits = grammar::traits_of(key);
        bool const of_call = key >= grammar::key::call_name;
        for (auto const& value : values_of(traits)) {
            auto const term = std::string{traits.name} + (traits.has_path ? "x:" : ":") + value;
            to.push_back(below("interceptions?q=" + (of_call ? "tool(" + term + ")" : term)));
        }
        if (traits.has_path)
            to.push_back(below("interceptions?q=" + std::string{traits.name} + "x*:y"));
    }
}

std::vector<target> all_targets()
{
    auto out = few_targets();
    for (auto const* path : {"interceptions?q=*",
                             "interceptions?limit=*",
                             "interceptions?offset=*",
                             "interceptions?count=*",
                             "interceptions?*=1",
                             "interceptions/*",
                             "sessions?q=*",
                             "sessions?q=model:%22m*%22",
                             "sessions?after_session_id=*",
                             "sessions?after_session_id=x&after_initiator_id=*",
                             "sessions?after_session_id=x&after_last_active_at=*",
                             "sessions?offset=*",
                             "sessions/*",
                             "sessions/x*?initiator_id=1",
                             "sessions/x?initiator_id=*",
                             "sessions/x?after_id=*",
                             "sessions/x?before_id=*",
                             "sessions/x?limit=*",
                             "models?offset=*",
                             "models?limit=*",
                             "clients?q=*",
                             "clients?q=client:%22m*%22",
                             "interceptions?coder_session_token=*"})
        out.push_back(below(path));
    auto const page = std::string{interceptions_path} + "?limit=1";
    auto const token = std::string{owner_token};
    for (auto const& header : std::initializer_list<std::string>{
             "Coder-Session-Token: " + token + "*", "Coder-Session-Token: keyofowne*-ssssssssssssssssssssss",
             "Cookie: coder_session_token=" + token + "*", "Authorization: Bearer " + token + "*",
             "Coder-Session-Token: " + token + "\\nX-Request-Id: a*",
             "Coder-Session-Token: " + token + "\\nX-Forwarded-For: 1.2.3.4*",
             "Coder-Session-Token: " + token + "\\ntraceparent: 00-1*"})
        out.push_back({page, header});
    add_search_keys(out);
    return out;
}

/// @param techniques letters of sqlmap's --technique; all of them by default
finished run_sqlmap(std::string const& address, target const& at, int level, std::string const& techniques = "BEUSTQ")
{
    scratch_directory const results;
    auto const token = "Coder-Session-Token: " + std::string{owner_token};
    return run({"sqlmap",
                "-u",
                "http://" + address + at.path,
                "--headers",
                at.header.empty() ? token : at.header,
                "--batch",
                "--ignore-stdin",
                "--disable-coloring",
                "--flush-session",
                "--output-dir",
                results.path().string(),
                "--level",
                std::to_string(level),
                "--risk",
                level == 1 ? "1" : "3",
                "--dbms",
                "PostgreSQL",
                "--ignore-code",
                "*",
                "--skip-waf",
                "--technique",
                techniques,
                "--time-sec",
                "2"},
               {}, std::chrono::minutes{5});
}

bool found_something(finished const& judged)
{
    bool const nothing =
        judged.output.find("all tested parameters do not appear to be injectable") != std::string::npos;
    bool const something = judged.output.find("identified the following injection point") != std::string::npos;
    BOOST_TEST((nothing != something), judged.output << judged.errors); // else it has not done its work
    return something;
}

/// What nobody should write: a server that puts a parameter into its SQL.
class careless_server {
  public:
    explicit careless_server(std::string const& conninfo)
        : database_{open_session(conninfo)}, thread_{[this] { serve(); }}
    {
    }

    careless_server(careless_server const&) = delete;
    careless_server& operator=(careless_server const&) = delete;

    ~careless_server()
    {
        over_ = true;
        asio::ip::tcp::socket last{loop_};
        boost::system::error_code ignored;
        last.connect(acceptor_.local_endpoint(), ignored);
    }

    [[nodiscard]] std::string address() const
    {
        return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    }

  private:
    void serve()
    {
        while (!over_) {
            asio::ip::tcp::socket client{loop_};
            boost::system::error_code failed;
            acceptor_.accept(client, failed);
            std::string request;
            asio::read_until(client, asio::dynamic_buffer(request), "\r\n\r\n", failed);
            if (failed)
                continue;
            auto const body = answer(request.substr(0, request.find(" HTTP/")));
            asio::write(client,
                        asio::buffer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " +
                                     std::to_string(body.size()) + "\r\n\r\n" + body),
                        failed);
        }
    }

    std::string answer(std::string_view line)
    {
        auto const model = decoded(line.substr(std::min(line.find("q=") + 2, line.size())));
        auto const rows =
            database_.query("SELECT count(*)::text FROM aibridge_interceptions WHERE model = '" + model + "'", {});
        return rows.has_error() ? rows.error().diag.message : std::string{rows->at(0, 0).bytes()};
    }

    static std::string decoded(std::string_view text)
    {
        std::string out;
        for (; !text.empty(); text.remove_prefix(1)) {
            bool const escaped = text.front() == '%' && text.size() > 2;
            out += escaped ? static_cast<char>(std::stoi(std::string{text.substr(1, 2)}, nullptr, 16)) : text.front();
            text.remove_prefix(escaped ? 2 : 0);
        }
        return out;
    }

    pg::blocking_session database_;
    asio::io_context loop_;
    asio::ip::tcp::acceptor acceptor_{loop_, {asio::ip::make_address_v4("127.0.0.1"), 0}};
    std::atomic<bool> over_ = false;
    std::jthread thread_; ///< the last member: it uses all others
};

/// One server for all targets.
struct victim {
    audit_log log;
    served server{log.conninfo(), {"--trusted-proxies", "127.0.0.0/8"}};

    victim() { BOOST_TEST_REQUIRE(server.ready()); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(sqlmap)

BOOST_AUTO_TEST_CASE(nothing)
{
    victim const one;
    auto const level = is_long() ? 5 : 1;
    std::size_t before = 0;
    for (auto const& at : is_long() ? all_targets() : few_targets())
        BOOST_TEST_CONTEXT(at)
        {
            BOOST_TEST(!found_something(run_sqlmap(one.server.address(), at, level)));
            auto const asked = one.server.log_lines("request");
            BOOST_TEST(asked.size() >= before + 20); // it got through
            for (auto i = before; i < asked.size(); ++i)
                BOOST_TEST((asked[i].at("status").to_number<int>() < 500), asked[i]);
            before = asked.size();
        }
    BOOST_TEST(one.log.value("SELECT count(*) FROM aibridge_interceptions") == std::to_string(audit_log::usual_size));
    BOOST_TEST_MESSAGE("sqlmap has sent " << before << " requests");
}

BOOST_AUTO_TEST_CASE(a_way_in_where_there_is_one)
{
    audit_log const log;
    careless_server const server{log.conninfo()};
    // By the two ways that do not wait: it would measure sleeps for minutes where it has been through already.
    BOOST_TEST(found_something(run_sqlmap(server.address(), {.path = "/?q=m*", .header = {}}, 1, "BE")));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
