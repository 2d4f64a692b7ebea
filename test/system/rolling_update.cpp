#include "db/schema/migrate.hpp"
#include "test/support/cluster.hpp"
#include "test/support/contract_database.hpp"
#include "test/support/earlier_schema.hpp"
#include "test/support/load.hpp"
#include "test/support/nginx.hpp"
#include "test/support/served.hpp"
#include "test/support/waits.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <csignal>
#include <deque>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

// An update as an operator does it, under load: one instance after the other, and the schema in between.
namespace bridgewatch::test {
namespace {

namespace database = contract_database;

constexpr unsigned first = 101, last = 200;

http_headers caller()
{
    return {{"Coder-Session-Token", database::token("keyowner00")}};
}

/// What the clients ask, each again and again.
constexpr std::string_view questions[] = {
    "/api/v2/aibridge/interceptions?limit=20",
    "/api/v2/aibridge/interceptions?limit=20&offset=50&count=capped",
    "/api/v2/aibridge/interceptions?limit=20&q=prompt%3A2%20tool%3Abash%20initiator%3Acarol",
    "/api/v2/aibridge/interceptions?limit=20&after_id=00000000-0000-4000-8000-000000000170",
    "/api/v2/aibridge/interceptions/00000000-0000-4000-8000-000000000150",
    "/api/v2/aibridge/sessions?limit=20&q=model%3Agpt-*",
    "/api/v2/aibridge/sessions/team",
    "/api/v2/aibridge/clients",
};

/// A writer beside the readers: what is in flight is in no answer, and yet each row passes all triggers.
class writer {
  public:
    explicit writer(std::string conninfo) : conninfo_{std::move(conninfo)}, thread_{[this] { write_on(); }} {}

    void stop()
    {
        stopped_ = true;
        thread_.join();
    }

    [[nodiscard]] std::size_t written() const { return written_; }

    /// Empty where each statement was right. After stop().
    [[nodiscard]] std::string const& failure() const { return failure_; }

  private:
    void write_on()
    {
        try {
            for (; !stopped_; ++written_)
                cluster::execute(conninfo_, "INSERT INTO aibridge_interceptions (id, initiator_id, provider, model, "
                                            "started_at) VALUES (gen_random_uuid(), '" +
                                                database::id(3) + "', 'openai', 'gpt-5', clock_timestamp())");
        } catch (std::exception const& failed) {
            failure_ = failed.what();
        }
    }

    std::string conninfo_, failure_;
    std::atomic<bool> stopped_ = false;
    std::atomic<std::size_t> written_ = 0;
    std::jthread thread_;
};

/// A database as an earlier version made it, two instances on it behind the nginx of deploy/nginx, and their clients.
struct fleet {
    std::string conninfo = cluster::shared().create_database();
    std::unique_ptr<served> instances[2];
    std::unique_ptr<nginx> proxy;
    std::deque<load> clients;

    fleet()
    {
        make_earlier_schema(conninfo, schema::migrations().back().number - 1);
        database::add_callers(conninfo);
        database::add_interceptions(conninfo, first, last);
        cluster::execute(conninfo, "UPDATE aibridge_interceptions SET client_session_id = 'team' WHERE id > '" +
                                       database::id(last - 5) + "'");
        for (auto& each : instances)
            each = start("127.0.0.1:0");
        nginx::site const site{.file = BRIDGEWATCH_SOURCE_DIR "/deploy/nginx/bridgewatch.conf",
                               .listen = "127.0.0.1:8080",
                               .addresses = {"127.0.0.1:8081", "127.0.0.1:8082"}};
        proxy =
            std::make_unique<nginx>(site, std::vector<std::string>{instances[0]->address(), instances[1]->address()});
        for (auto const target : questions) {
            auto const right = fetch(proxy->address(), target, caller());
            BOOST_TEST_REQUIRE(right.status == 200, target << " " << right.body);
            clients.emplace_back(proxy->address(), std::string{target}, caller(), 1, right.body);
        }
    }

    [[nodiscard]] std::unique_ptr<served> start(std::string const& listen) const
    {
        auto out = std::make_unique<served>(conninfo, std::vector<std::string>{"--listen", listen, "--trusted-proxies",
                                                                               "127.0.0.0/8", "--drain-delay", "500ms",
                                                                               "--drain-timeout", "10s"});
        BOOST_TEST_REQUIRE(out->ready());
        return out;
    }

    /// Ends an instance as an orchestrator does, and starts its successor in its place.
    void update(std::unique_ptr<served>& instance) const
    {
        auto const address = instance->address();
        instance->program().send(SIGTERM);
        auto const status = instance->program().wait(waits::limit);
        BOOST_TEST_REQUIRE(status.has_value());
        BOOST_TEST((*status == exit_status{}));
        go_on(); // while there is only the other one
        instance = start(address);
    }

    void migrate(std::string const& schema) const
    {
        auto const done = run({BRIDGEWATCH_BINARY, "migrate", "--schema=" + schema, "--database-url", conninfo});
        BOOST_TEST((done.status == exit_status{}), done.errors);
    }

    /// Waits until each question has been answered some more times.
    void go_on() const
    {
        std::vector<std::size_t> before;
        before.reserve(clients.size());
        for (auto const& each : clients)
            before.push_back(each.answered());
        for (std::size_t i = 0; i < clients.size(); ++i)
            BOOST_TEST(eventually(waits::long_limit, [&] { return clients[i].answered() >= before[i] + 10; }));
    }

    /// Neither at the clients nor behind nginx, which asks elsewhere for what an instance leaves unanswered.
    void expect_no_failure()
    {
        for (auto& each : clients) {
            each.stop();
            for (auto const& [what, times] : each.seen())
                BOOST_TEST((what == "200" || times == 0), times << " times: " << what);
        }
        auto const errors = proxy->errors();
        for (auto const* const broken : {"prematurely closed", "reset by peer", "timed out", "Broken pipe"})
            BOOST_TEST(errors.find(broken) == std::string::npos, errors);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(rolling_update)

BOOST_AUTO_TEST_CASE(both_instances_and_the_schema_are_updated_without_a_failed_request)
{
    fleet all;
    writer beside{all.conninfo};
    all.go_on();
    all.update(all.instances[0]);
    all.migrate("full");
    all.go_on(); // the old instance and the new one, on the new schema
    all.migrate("accelerate");
    all.go_on();
    all.update(all.instances[1]);
    all.go_on();
    beside.stop();
    BOOST_TEST(beside.failure() == "");
    BOOST_TEST(beside.written() > 100U);
    all.expect_no_failure();
    BOOST_TEST(cluster::value(all.conninfo, "SELECT max(version) FROM bridgewatch_schema") ==
               std::to_string(schema::migrations().back().number));
    auto const verified = run({BRIDGEWATCH_BINARY, "verify", "--database-url", all.conninfo});
    BOOST_TEST((verified.status == exit_status{}), verified.output << verified.errors);
}

BOOST_AUTO_TEST_CASE(acceleration_is_taken_away_and_comes_back_without_a_failed_request)
{
    fleet all;
    all.migrate("full");
    all.go_on();
    auto const dropped =
        run({BRIDGEWATCH_BINARY, "migrate", "--schema=accelerate", "--drop", "--database-url", all.conninfo});
    BOOST_TEST((dropped.status == exit_status{}), dropped.errors);
    all.go_on();
    all.update(all.instances[0]); // as for a roll-back: the successor finds the smaller schema
    all.migrate("accelerate");
    all.update(all.instances[1]);
    all.go_on();
    all.expect_no_failure();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
