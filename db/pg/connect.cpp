#include "db/pg/connect.hpp"
#include "db/pg/diagnose.hpp"

#include <libpq-fe.h>

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace bridgewatch::pg {
namespace {

using clock = std::chrono::steady_clock;

/// Attempts that fail quickly are the rule; these are for several loops that wait for a host that does not answer.
constexpr std::size_t connecting_threads = 4;

/// Until when sent bytes must be acknowledged, and (since libpq 15) how long PQcancel may try to connect, which has no
/// other limit. Unix sockets know none and need none.
constexpr char const* default_tcp_user_timeout = "10000";

/// When a silent peer is asked whether it is still there, in seconds: the system's two hours are no help to a PQcancel
/// that waits for a host that has gone.
constexpr char const* default_keepalives_idle = "15";
constexpr char const* default_keepalives_interval = "5";

/// The default receiver prints on stderr. The pool sets its own once the connection is on its loop.
void drop_notice(void*, PGresult const*) {}

/// @param host_seconds for one host, in a list of them; 0: as the options say
raw_connection start(connection_options const& options, int host_seconds = 0)
{
    std::vector<char const*> keywords;
    std::vector<char const*> values;
    auto const seconds = std::to_string(host_seconds);
    auto const add = [&](char const* keyword, char const* value) {
        keywords.push_back(keyword);
        values.push_back(value);
    };
    // Of two values for one keyword libpq takes the last: these may be overridden, the encoding may not.
    add("fallback_application_name", "bridgewatch");
    add("tcp_user_timeout", default_tcp_user_timeout);
    add("keepalives_idle", default_keepalives_idle);
    add("keepalives_interval", default_keepalives_interval);
    for (auto const& [keyword, value] : options.keywords())
        add(keyword.c_str(), value.c_str());
    add("client_encoding", "UTF8");
    if (host_seconds > 0)
        add("connect_timeout", seconds.c_str());
    keywords.push_back(nullptr);
    values.push_back(nullptr);
    constexpr int expand_dbname = 0; // a name that looks like a connection string stays a name
    if (host_seconds > 0)
        return raw_connection{PQconnectdbParams(keywords.data(), values.data(), expand_dbname)};
    return raw_connection{PQconnectStartParams(keywords.data(), values.data(), expand_dbname)};
}

failure down(connection_options const& options, std::string message)
{
    for (auto const& [keyword, value] : options.keywords()) {
        if (keyword == "password" || keyword == "sslpassword")
            message = without(std::move(message), value);
    }
    return {.code = errc::database_down, .diag = {.sqlstate = {}, .message = std::move(message)}};
}

std::string value_of(connection_options const& options, std::string_view wanted)
{
    for (auto const& [keyword, value] : options.keywords())
        if (keyword == wanted)
            return value;
    return {};
}

int host_count(connection_options const& options)
{
    auto const commas = [&options](std::string_view keyword) {
        auto const list = value_of(options, keyword);
        return std::count(list.begin(), list.end(), ',');
    };
    return 1 + static_cast<int>(std::max(commas("host"), commas("hostaddr")));
}

/// For one of several hosts: what the options say, else an even share of the limit. Two seconds are libpq's least.
int seconds_for_a_host(connection_options const& options, int hosts, std::chrono::milliseconds limit)
{
    auto const said = std::atoi(value_of(options, "connect_timeout").c_str());
    auto const share = static_cast<int>(std::chrono::ceil<std::chrono::seconds>(limit).count()) / hosts;
    return std::max(2, said > 0 ? said : share);
}

/// Only libpq's blocking call passes over a host that accepts and stays silent; PQconnectPoll waits for it for ever
/// (libpq, "connect_timeout": has no effect there). Each host has its limit, and their sum is the limit of the whole.
outcome<raw_connection> connect_to_one_of(connection_options const& options, int hosts, std::chrono::milliseconds limit)
{
    auto connection = start(options, seconds_for_a_host(options, hosts, limit));
    if (!connection)
        return down(options, "out of memory");
    PQsetNoticeReceiver(connection.get(), drop_notice, nullptr);
    if (PQstatus(connection.get()) != CONNECTION_OK)
        return down(options, diagnostics_of(connection.get()).message);
    return connection;
}

/// One wait in poll(2). False when the time is up.
bool wait(int socket, PostgresPollingStatusType direction, clock::time_point deadline)
{
    for (;;) {
        auto const left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now());
        if (left.count() <= 0)
            return false;
        pollfd entry{.fd = socket,
                     .events = static_cast<short>(direction == PGRES_POLLING_READING ? POLLIN : POLLOUT),
                     .revents = 0};
        auto const ready = ::poll(&entry, 1, static_cast<int>(left.count()));
        if (ready > 0 || (ready < 0 && errno != EINTR))
            return true;
    }
}

} // namespace

void close_connection::operator()(pg_conn* connection) const
{
    PQfinish(connection);
}

blocking_calls::blocking_calls() : connecting_{connecting_threads}, cancelling_{1} {}

blocking_calls::~blocking_calls()
{
    // What has not begun is dropped: its pool is gone.
    connecting_.stop();
    cancelling_.stop();
    if (joined_.valid())
        joined_.wait();
    connecting_.join();
    cancelling_.join();
}

bool blocking_calls::end_within(std::chrono::milliseconds limit)
{
    connecting_.stop();
    cancelling_.stop();
    joined_ = std::async(std::launch::async, [this] {
        connecting_.join();
        cancelling_.join();
    });
    return joined_.wait_for(limit) == std::future_status::ready;
}

outcome<raw_connection> connect_blocking(connection_options const& options, std::chrono::milliseconds limit)
{
    if (auto const hosts = host_count(options); hosts > 1)
        return connect_to_one_of(options, hosts, limit);
    auto const deadline = clock::now() + limit;
    auto connection = start(options);
    if (!connection)
        return down(options, "out of memory");
    PQsetNoticeReceiver(connection.get(), drop_notice, nullptr);
    // PQconnectPoll's contract: as if it had said "writing" before the first call. The socket is asked for anew each
    // time, since it changes from host to host.
    auto status = PQstatus(connection.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (status == PGRES_POLLING_READING || status == PGRES_POLLING_WRITING) {
        if (!wait(PQsocket(connection.get()), status, deadline)) {
            auto const told = diagnostics_of(connection.get()).message;
            return down(options, "no connection within " + std::to_string(limit.count()) + " ms" +
                                     (told.empty() ? "" : ": " + told));
        }
        status = PQconnectPoll(connection.get());
    }
    if (status != PGRES_POLLING_OK)
        return down(options, diagnostics_of(connection.get()).message);
    return connection;
}

} // namespace bridgewatch::pg
