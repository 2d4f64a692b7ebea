// Does everything end as it should: requests past their deadline, clients that go away, too many of them, a drain?
#include "test/integration/http_toy.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;
using namespace bridgewatch::test;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

std::string const hello = R"({"hello":"world"})";

/// Leaves the process no more descriptors than it has, for as long as it lives.
class no_more_descriptors {
  public:
    no_more_descriptors()
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        auto const next = ::dup(0); // the lowest free one
        ::close(next);
        rlimit const now{.rlim_cur = static_cast<rlim_t>(next), .rlim_max = before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &now);
    }

    no_more_descriptors(no_more_descriptors const&) = delete;
    no_more_descriptors& operator=(no_more_descriptors const&) = delete;

    ~no_more_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

  private:
    rlimit before_{};
};

void check_ready(std::future<void>& done, std::chrono::milliseconds within = patience)
{
    BOOST_TEST_REQUIRE((done.wait_for(within) == std::future_status::ready));
    done.get();
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_endings)

BOOST_DATA_TEST_CASE(request_past_its_deadline_is_cancelled, bdata::make({"/wait", "/stubborn"}), path)
{
    toy_server server{{.request_timeout = 60ms}};
    raw_client client{server};
    auto const got = client.connect().send(get(path)).receive();
    BOOST_TEST(got.status == 504);
    BOOST_TEST(got.body.starts_with(R"({"message":)"));
    BOOST_TEST(got.field("Connection") == "close");
    BOOST_TEST(client.is_closed());
    BOOST_TEST(server.next_seen().ended == "timeout");
    server.wait_for_waiting(0);
    BOOST_TEST(ask(server, get("/hello")).body == hello);
}

BOOST_AUTO_TEST_CASE(deadline_of_one_request_does_not_hit_the_next)
{
    toy_server server{{.request_timeout = 100ms}};
    raw_client client{server};
    client.connect();
    auto const until = steady_clock::now() + 300ms; // three deadlines' worth of requests on one connection
    while (steady_clock::now() < until)
        BOOST_TEST_REQUIRE(client.send(get("/hello")).receive().status == 200);
}

enum class leaving { close, reset, half_close, close_behind_a_pipelined_request };

BOOST_DATA_TEST_CASE(request_of_a_client_that_goes_away_is_cancelled, bdata::xrange(4), number)
{
    toy_server server;
    raw_client client{server};
    client.connect().send(get("/wait"));
    server.wait_for_waiting(1);
    auto const left = steady_clock::now();
    switch (static_cast<leaving>(number)) {
    case leaving::close:
        client.close();
        break;
    case leaving::reset:
        client.reset();
        break;
    case leaving::half_close:
        client.half_close();
        break;
    case leaving::close_behind_a_pipelined_request:
        client.send(get("/hello")).close();
        break;
    }
    server.wait_for_waiting(0);
    BOOST_TEST((steady_clock::now() - left < 1s));
    auto const seen = server.next_seen();
    BOOST_TEST(seen.ended == "client_gone");
    BOOST_TEST(seen.bytes_sent == 0U);
    server.wait_for_open(0);
    BOOST_TEST(ask(server, get("/hello")).body == hello);
}

BOOST_AUTO_TEST_CASE(others_go_on_when_one_client_goes_away)
{
    toy_server server;
    raw_client stays{server};
    raw_client goes{server};
    stays.connect().send(get("/wait"));
    goes.connect().send(get("/wait"));
    server.wait_for_waiting(2);
    goes.close();
    server.wait_for_waiting(1);
    server.release();
    BOOST_TEST(stays.receive().status == 200);
}

BOOST_AUTO_TEST_CASE(connection_over_the_limit_gets_503_and_room_is_found_again)
{
    toy_server server{{.connections = 2}};
    raw_client first{server};
    raw_client second{server};
    BOOST_TEST(first.connect().send(get("/hello")).receive().status == 200);
    BOOST_TEST(second.connect().send(get("/hello")).receive().status == 200);
    raw_client third{server};
    auto const got = third.connect().send(get("/hello")).receive();
    BOOST_TEST(got.status == 503);
    BOOST_TEST(got.field("Retry-After") == "1");
    BOOST_TEST(got.field("Connection") == "close");
    BOOST_TEST(third.is_closed());
    BOOST_TEST(server.next_trouble() == "connections_full 2");
    BOOST_TEST(server.open_connections() == 2U);
    first.close();
    server.wait_for_open(1);
    raw_client fourth{server};
    BOOST_TEST(fourth.connect().send(get("/hello")).receive().status == 200);
}

BOOST_AUTO_TEST_CASE(running_out_of_descriptors_does_not_end_the_listener)
{
    toy_server server;
    raw_client before{server};
    BOOST_TEST(before.connect().send(get("/hello")).receive().status == 200);
    raw_client knocks{server}, later{server};
    {
        no_more_descriptors const limit;
        knocks.connect().send(get("/hello"));
        BOOST_TEST(server.next_trouble() == "accept_failed EMFILE");
        auto const told = knocks.receive();
        BOOST_TEST(told.status == 503);
        BOOST_TEST(told.field("Retry-After") == "1");
        BOOST_TEST(knocks.is_closed());
        BOOST_TEST(before.send(get("/hello")).receive().status == 200);
    }
    BOOST_TEST(later.connect().send(get("/hello")).receive().body == hello);
}

BOOST_AUTO_TEST_CASE(drain_of_an_unused_server_returns)
{
    toy_server server;
    auto done = server.drain(patience);
    check_ready(done);
    BOOST_CHECK_THROW(raw_client{server}.connect(), std::system_error);
}

BOOST_AUTO_TEST_CASE(drain_lets_running_requests_finish)
{
    toy_server server;
    raw_client runs{server};
    runs.connect().send(get("/wait"));
    server.wait_for_waiting(1);
    raw_client idle{server};
    BOOST_TEST(idle.connect().send(get("/hello")).receive().field("Connection").empty());
    auto done = server.drain(patience);
    BOOST_TEST(idle.is_closed());
    BOOST_CHECK_THROW(raw_client{server}.connect(), std::system_error);
    BOOST_TEST((done.wait_for(0ms) == std::future_status::timeout));
    server.release();
    auto const got = runs.receive();
    BOOST_TEST(got.status == 200);
    BOOST_TEST(got.field("Connection") == "close");
    BOOST_TEST(runs.is_closed());
    check_ready(done);
    BOOST_TEST(server.open_connections() == 0U);
}

BOOST_AUTO_TEST_CASE(drain_loses_no_request_that_was_sent)
{
    toy_server server;
    std::vector<std::unique_ptr<raw_client>> clients;
    for (auto i = 0; i < 50; ++i) {
        clients.push_back(std::make_unique<raw_client>(server));
        clients.back()->connect();
        if (i % 2 == 0) // half of them are kept-alive connections
            BOOST_TEST(clients.back()->send(get("/hello")).receive().status == 200);
    }
    std::promise<void> sent;
    auto done = server.drain(patience, [&] {
        for (auto& client : clients)
            client->send(get("/hello"));
        sent.set_value();
    });
    sent.get_future().wait();
    for (auto& client : clients) {
        auto const got = client->receive();
        BOOST_TEST(got.status == 200);
        BOOST_TEST(got.field("Connection") == "close");
    }
    clients.clear();
    check_ready(done);
}

BOOST_AUTO_TEST_CASE(drain_answers_pipelined_requests_up_to_the_close)
{
    toy_server server;
    raw_client client{server};
    client.connect().send(get("/wait") + get("/hello"));
    server.wait_for_waiting(1);
    raw_client idle{server};
    BOOST_TEST(idle.connect().send(get("/hello")).receive().status == 200);
    auto done = server.drain(patience);
    BOOST_TEST(idle.is_closed()); // the drain has begun
    server.release();
    BOOST_TEST(client.receive().field("Connection") == "close");
    BOOST_TEST(client.is_closed());
    check_ready(done);
}

BOOST_AUTO_TEST_CASE(drain_cancels_what_is_left_at_its_deadline)
{
    toy_server server;
    raw_client runs{server};
    raw_client stubborn{server};
    raw_client half{server};
    runs.connect().send(get("/wait"));
    stubborn.connect().send(get("/stubborn"));
    half.connect().send("GET /hel");
    server.wait_for_waiting(2);
    server.wait_for_open(3);
    auto done = server.drain(100ms);
    for (auto* client : {&runs, &stubborn}) {
        auto const got = client->receive();
        BOOST_TEST(got.status == 503);
        BOOST_TEST(got.field("Retry-After") == "1");
        BOOST_TEST(server.next_seen().ended == "drain");
    }
    BOOST_TEST(half.is_closed());
    check_ready(done);
}

BOOST_AUTO_TEST_CASE(server_may_be_destroyed_with_everything_running)
{
    auto server = std::make_unique<toy_server>();
    raw_client runs{*server};
    raw_client half{*server};
    raw_client idle{*server};
    runs.connect().send(get("/wait"));
    half.connect().send("GET /hel");
    BOOST_TEST(idle.connect().send(get("/hello")).receive().status == 200);
    server->wait_for_waiting(1);
    server->wait_for_open(3);
    server.reset();
    BOOST_TEST(runs.is_closed());
    BOOST_TEST(half.is_closed());
    BOOST_TEST(idle.is_closed());
}

BOOST_AUTO_TEST_SUITE_END()
