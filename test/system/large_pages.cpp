// Does a page of any size take a bounded amount of memory, and does a slow reader stand in nobody's way?
#include "test/support/audit_log.hpp"
#include "test/support/sanitizers.hpp"
#include "test/support/served.hpp"
#include "test/support/session.hpp"
#include "test/support/waits.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <future>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bridgewatch::test {
namespace {

constexpr std::size_t mebibyte = std::size_t{1024} * 1024;
/// Of the memory that is resident. AddressSanitizer keeps 256 MiB of what was freed.
constexpr std::size_t most_growth = (has_sanitizer ? 512 : 64) * mebibyte;
constexpr std::size_t largest = 1000; // of interceptions in a page
constexpr std::size_t many = 300;     // enough for what is no question of size

/// Interceptions with a tool input of 1 MB each, older than the small ones. PostgreSQL stores them compressed.
constexpr char const* large_rows = R"sql(
INSERT INTO aibridge_interceptions (id, initiator_id, provider, provider_name, model, started_at, ended_at)
SELECT gen_random_uuid(), (SELECT initiator_id FROM aibridge_interceptions LIMIT 1), 'anthropic', 'anthropic', 'large',
       timestamptz '2020-01-01Z' + make_interval(secs => n), timestamptz '2020-01-01Z' + make_interval(secs => n + 1)
FROM generate_series(1, 1000) AS n;
INSERT INTO aibridge_tool_usages (id, interception_id, provider_response_id, tool, input, injected, created_at)
SELECT gen_random_uuid(), i.id, 'r', 'write_file', repeat(md5(i.id::text), 32768), false, i.started_at
FROM aibridge_interceptions AS i WHERE i.model = 'large';
ANALYZE;
)sql";

constexpr std::string_view small_page = "/api/v2/aibridge/interceptions?limit=10";

audit_log const& large_log()
{
    static audit_log const log;
    static bool const filled = [] {
        log.execute(large_rows);
        return true;
    }();
    static_cast<void>(filled);
    return log;
}

/// A client that asks for a page of so many large interceptions and reads as it likes.
class reader {
  public:
    explicit reader(std::string const& address, std::size_t interceptions = many)
        : least_bytes_{interceptions * mebibyte}, socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}
    {
        timeval const limit{.tv_sec = waits::long_limit.count() / 1000, .tv_usec = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        int const least = 65536; // so that the kernel takes little on its behalf
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
        auto const colon = address.rfind(':');
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
        ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
        if (::connect(socket_, reinterpret_cast<sockaddr const*>(&to), sizeof to) != 0)
            throw std::runtime_error{"cannot connect"};
        auto const request = "GET /api/v2/aibridge/interceptions?limit=" + std::to_string(interceptions) +
                             "&count=none&q=model%3Alarge HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" +
                             "Coder-Session-Token: " + std::string{owner_token} + "\r\n\r\n";
        if (::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
            throw std::runtime_error{"cannot send"};
    }

    reader(reader const&) = delete;
    reader& operator=(reader const&) = delete;

    ~reader() { ::close(socket_); }

    /// Reads so many bytes, or up to the end. @return how many there were.
    std::size_t read(std::size_t most)
    {
        std::size_t count = 0;
        while (count < most) {
            std::array<char, 65536> room{};
            auto const got = ::recv(socket_, room.data(), std::min(room.size(), most - count), 0);
            if (got <= 0)
                break;
            count += static_cast<std::size_t>(got);
            read_ += static_cast<std::size_t>(got);
            end_.append(room.data(), static_cast<std::size_t>(got));
            end_.erase(0, end_.size() - std::min<std::size_t>(end_.size(), 16));
        }
        return count;
    }

    void read_all() { read(static_cast<std::size_t>(-1)); }

    /// Whether what was read last is the end of a chunked body, and all of its texts can have come.
    [[nodiscard]] bool is_whole() const { return end_.ends_with("]}\r\n0\r\n\r\n") && read_ > least_bytes_; }

  private:
    std::size_t least_bytes_;
    std::size_t read_ = 0;
    int socket_;
    std::string end_;
};

/// What the program has had in memory at most, in bytes.
std::size_t peak_bytes(served& server)
{
    return std::stoul(status_line(server.program().pid(), "VmHWM")) * 1024;
}

int status_of_small_page(served const& server)
{
    return fetch(server.address(), small_page, as_owner()).status;
}

/// How the request for the large page ended, once it has.
boost::json::object access_line(served const& server)
{
    boost::json::object found;
    BOOST_TEST_REQUIRE(eventually(waits::long_limit, [&] {
        for (auto& line : server.log_lines("request"))
            if (line.at("bytes").as_int64() > 65536) // more than the small page has
                found = std::move(line);
        return !found.empty();
    }));
    return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(large_pages)

BOOST_AUTO_TEST_CASE(large_page_takes_a_bounded_amount_of_memory)
{
    served server{large_log().conninfo()};
    BOOST_TEST_REQUIRE(server.ready());
    BOOST_TEST(status_of_small_page(server) == 200);
    auto const before = peak_bytes(server);
    reader client{server.address(), largest};
    client.read_all();
    BOOST_TEST(client.is_whole());
    auto const growth = peak_bytes(server) - before;
    BOOST_TEST_MESSAGE("VmHWM grew by " << growth / 1024 << " KiB");
    BOOST_TEST(growth < most_growth);
    BOOST_TEST(access_line(server).at("ended").as_string() == "ok");
}

BOOST_AUTO_TEST_CASE(slow_reader_holds_no_connection)
{
    auto const& log = large_log();
    served server{log.conninfo(), {"--pool-size", "1", "--threads", "1"}};
    BOOST_TEST_REQUIRE(server.ready());
    reader client{server.address()};
    for (auto i = 0; i < 8; ++i) {
        BOOST_TEST(client.read(65536) == 65536U);
        BOOST_TEST(status_of_small_page(server) == 200);
    }
    BOOST_TEST(log.sessions("state <> 'idle'") == 0);
    client.read_all();
    BOOST_TEST(client.is_whole());
}

BOOST_AUTO_TEST_CASE(reader_that_stops_is_cut_off)
{
    served server{large_log().conninfo(), {"--write-timeout", "1s"}};
    BOOST_TEST_REQUIRE(server.ready());
    reader client{server.address()};
    client.read(65536);
    BOOST_TEST(access_line(server).at("ended").as_string() == "write_failed");
    client.read_all();
    BOOST_TEST(!client.is_whole());
    BOOST_TEST(status_of_small_page(server) == 200);
}

BOOST_AUTO_TEST_CASE(streams_share_the_room_and_all_finish)
{
    served server{large_log().conninfo(), {"--max-buffered-bytes", "8MiB", "--pool-timeout", "20s"}};
    BOOST_TEST_REQUIRE(server.ready());
    BOOST_TEST(status_of_small_page(server) == 200);
    auto const before = peak_bytes(server);
    auto const whole = [&server] {
        reader client{server.address(), largest};
        client.read_all();
        return client.is_whole();
    };
    auto other = std::async(std::launch::async, whole);
    BOOST_TEST(whole());
    BOOST_TEST(other.get());
    BOOST_TEST(peak_bytes(server) - before < most_growth);
}

BOOST_AUTO_TEST_CASE(request_without_room_is_told_to_come_back)
{
    served server{large_log().conninfo(), {"--max-buffered-bytes", "1MiB", "--pool-timeout", "200ms"}};
    BOOST_TEST_REQUIRE(server.ready());
    {
        reader holds{server.address()};
        BOOST_TEST(holds.read(65536) == 65536U);
        auto const refused = fetch(server.address(), small_page, as_owner());
        BOOST_TEST(refused.status == 503);
        BOOST_TEST(refused.headers.at("retry-after") == "1");
    }
    BOOST_TEST(eventually(waits::limit, [&] { return status_of_small_page(server) == 200; }));
}

BOOST_AUTO_TEST_CASE(stream_that_loses_its_database_ends_too_early_and_the_service_goes_on)
{
    auto const& log = large_log();
    served server{log.conninfo(), {"--statement-timeout", "2s"}};
    BOOST_TEST_REQUIRE(server.ready());
    reader client{server.address()};
    BOOST_TEST(client.read(65536) == 65536U);
    {
        auto session = open_session(log.conninfo());
        auto const locked = session.script("BEGIN; LOCK TABLE aibridge_tool_usages IN ACCESS EXCLUSIVE MODE");
        BOOST_TEST_REQUIRE(locked.has_value());
        client.read_all();
        BOOST_TEST(!client.is_whole());
    }
    auto const line = access_line(server);
    BOOST_TEST(line.at("ended").as_string() == "stream_failed");
    BOOST_TEST(line.at("error").as_string().starts_with("slice: statement_timeout"));
    BOOST_TEST(eventually(waits::limit, [&] { return status_of_small_page(server) == 200; }));
}

BOOST_AUTO_TEST_CASE(stream_whose_session_is_ended_between_its_slices_goes_on)
{
    auto const& log = large_log();
    served server{log.conninfo()};
    BOOST_TEST_REQUIRE(server.ready());
    reader client{server.address()};
    BOOST_TEST(client.read(65536) == 65536U);
    std::int64_t waiting = 0;
    auto const slice_waits = [&] { // and, where an earlier statement was slow, the question for its plan
        waiting = log.sessions("wait_event_type = 'Lock'");
        return waiting >= 1;
    };
    std::future<void> rest;
    {
        auto session = open_session(log.conninfo() + " application_name=holder");
        auto const locked = session.script("BEGIN; LOCK TABLE aibridge_tool_usages IN ACCESS EXCLUSIVE MODE");
        BOOST_TEST_REQUIRE(locked.has_value());
        rest = std::async(std::launch::async, [&] { client.read_all(); });
        for (auto times = 0; times < 2; ++times) { // as when its second session is one of those that are ended
            BOOST_TEST(eventually(waits::limit, slice_waits), waiting << " sessions wait for the lock");
            log.terminate_sessions();
        }
        BOOST_TEST(eventually(waits::limit, slice_waits), waiting << " sessions wait for the lock");
    }
    rest.get();
    BOOST_TEST(client.is_whole());
    auto const line = access_line(server);
    BOOST_TEST_INFO(line);
    BOOST_TEST(line.at("ended").as_string() == "ok");
    BOOST_TEST(line.at("retried").as_string().starts_with("slice: "));
}

BOOST_AUTO_TEST_CASE(drain_cuts_a_stream_that_nobody_reads)
{
    served server{large_log().conninfo(), {"--drain-timeout", "2s", "--write-timeout", "1m"}};
    BOOST_TEST_REQUIRE(server.ready());
    reader client{server.address()};
    BOOST_TEST(client.read(65536) == 65536U);
    server.program().send(SIGTERM);
    auto const status = server.program().wait(waits::limit);
    BOOST_TEST_REQUIRE(status.has_value());
    BOOST_TEST((*status == exit_status{}));
    BOOST_TEST(access_line(server).at("ended").as_string() == "drain");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
