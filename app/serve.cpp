#include "app/serve.hpp"

#include "app/drain_times.hpp"
#include "app/memory_reserve.hpp"
#include "app/resources.hpp"
#include "app/secrets.hpp"
#include "app/version.hpp"
#include "lib/core/random.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <malloc.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace bridgewatch::app {

namespace asio = boost::asio;
using observe::log_level;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

/// A page takes and gives back a megabyte or more. Given back to the system each time, it comes as fresh pages, whose
/// faults were a sixteenth of the server's time.
void keep_freed_memory()
{
    constexpr int least_own_mapping = 8 * 1024 * 1024;
    constexpr int kept = 8 * 1024 * 1024; // in each loop's arena
    mallopt(M_MMAP_THRESHOLD, least_own_mapping);
    mallopt(M_TRIM_THRESHOLD, kept);
}

/// The options, but for what does not fit into what the process may have; the log then says so.
serve_options fitted(serve_options options, std::size_t pools, observe::logger& log)
{
    auto const within = take_resources();
    auto const bounds = fit(options, pools, within);
    if (bounds.connections < options.http.connections)
        log.write(log_level::warn, "max_connections_lowered",
                  {{"descriptors", within.descriptors},
                   {"max_connections", bounds.connections},
                   {"wanted", options.http.connections}});
    if (within.memory)
        log.write(log_level::info, "memory_limited",
                  {{"limit", *within.memory}, {"max_buffered_bytes", bounds.buffered_bytes}});
    options.http.connections = bounds.connections;
    options.http.turned_away = bounds.turned_away;
    options.admin_connections = bounds.admin_connections;
    options.max_buffered_bytes = bounds.buffered_bytes;
    return options;
}

/// One address for one loop. A TCP port is shared by all loops (SO_REUSEPORT), a unix socket belongs to the first.
boost::system::result<void, std::string> open_one(asio::io_context& loop, std::string const& address,
                                                  std::vector<http::listener>& into)
{
    auto const at = http::parse_endpoint(address);
    if (!at)
        return "cannot listen on " + address + ": not an address";
    auto opened = http::listener::open(loop, *at);
    if (opened.has_error())
        return opened.error();
    into.push_back(std::move(*opened));
    return {};
}

boost::system::result<std::vector<std::string>, std::string>
open_on_first(asio::io_context& loop, std::vector<std::string> const& addresses, std::vector<http::listener>& into)
{
    std::vector<std::string> real;
    for (auto const& address : addresses) {
        if (auto const at = http::parse_endpoint(address))
            if (auto const taken = http::listener::taken(*at))
                return *taken;
        if (auto const opened = open_one(loop, address, into); opened.has_error())
            return opened.error();
        real.push_back(into.back().address());
    }
    return real;
}

std::size_t share_of(std::size_t loop, std::size_t loops, std::size_t total)
{
    return std::max<std::size_t>(1, total / loops + (loop < total % loops ? 1 : 0));
}

void tell(observe::logger& log, std::string_view event, http::tls_identity::report const& read)
{
    log.write(log_level::info, event, {{"expires", read.expires}});
    for (auto const& warning : read.warnings)
        log.write(log_level::warn, "tls_warning", {{"detail", warning}});
}

/// The process as a whole: threads, signals, drain.
class running_server {
  public:
    running_server(serve_options const& options, open_listeners listeners, shared_parts& shared,
                   live_options_reader const& reread)
        : options_{options}, shared_{shared}, reread_{reread}
    {
        auto const loops = listeners.loops.size();
        for (std::size_t i = 0; i < loops; ++i)
            loops_.push_back(std::make_unique<serving_loop>(
                std::move(listeners.loops[i]), options, loop_place{i, share_of(i, loops, options.pool_size)}, shared));
    }

    /// Blocks until drained. @param started is called once all loops run.
    void run(std::function<void()> const& started)
    {
        std::vector<std::jthread> threads;
        for (auto& loop : loops_) {
            loop->start();
            threads.emplace_back([this, &loop] { run_loop(loop->context()); });
        }
        wait_for_signal();
        wait_for_hangup();
        watch_memory();
        started();
        control_.run();
        for (auto& loop : loops_)
            loop->context().stop();
    }

  private:
    void run_loop(asio::io_context& context)
    {
        try {
            context.run();
        } catch (std::exception const& error) {
            // A handler has thrown where nothing may: the process cannot be trusted any more.
            std::cerr << "bridgewatch serve: " << error.what() << "\n";
            std::abort();
        }
    }

    void watch_memory()
    {
        constexpr std::chrono::milliseconds pause{500};
        if (reserve_.refill())
            shared_.log.write(log_level::error, "memory_exhausted");
        look_at_memory_.expires_after(pause);
        look_at_memory_.async_wait([this](boost::system::error_code stopped) {
            if (!stopped && until_drained_.owns_work())
                watch_memory();
        });
    }

    void wait_for_signal()
    {
        signals_.async_wait([this](boost::system::error_code stopped, int signal) {
            if (stopped)
                return;
            auto const deadline = steady_clock::now() + options_.drain_timeout - times_.margin();
            shared_.draining->store(true);
            shared_.log.write(log_level::info, "draining",
                              {{"signal", std::int64_t{signal}}, {"delay_ms", options_.drain_delay.count()}});
            delay_.expires_after(options_.drain_delay);
            delay_.async_wait([this, deadline](boost::system::error_code) { drain(deadline); });
            // A second signal ends the delay; the drain itself has its deadline.
            signals_.async_wait([this](boost::system::error_code, int) { delay_.cancel(); });
        });
    }

    /// The files are read on this thread, which is no loop.
    void wait_for_hangup()
    {
        hangup_.async_wait([this](boost::system::error_code stopped, int) {
            if (stopped)
                return;
            if (shared_.tls)
                reload_tls();
            reload_options();
            wait_for_hangup();
        });
    }

    void reload_tls()
    {
        if (auto const read = shared_.tls->reload(); read.has_error())
            shared_.log.write(log_level::error, "tls_reload_failed", {{"reason", read.error()}});
        else
            tell(shared_.log, "tls_reloaded", *read);
    }

    /// What was in use stays where the file cannot be read.
    void reload_options()
    {
        auto const read = reread_();
        if (read.has_error()) {
            shared_.log.write(log_level::error, "config_reload_failed", {{"reason", read.error().line}});
            return;
        }
        shared_.telemetry.apply(*read);
        shared_.log.write(log_level::info, "config_reloaded",
                          {{"log_level", to_string(read->log_level)}, {"slow_query_ms", read->slow_query.count()}});
    }

    void drain(steady_clock::time_point deadline)
    {
        left_ = loops_.size();
        for (auto& loop : loops_) {
            asio::co_spawn(loop->context(),
                           loop->shut_down(std::max(deadline, steady_clock::now()), times_.to_close_pools()),
                           [this](std::exception_ptr const&) {
                               asio::post(control_, [this] {
                                   if (--left_ > 0)
                                       return;
                                   signals_.cancel();
                                   hangup_.cancel();
                                   look_at_memory_.cancel();
                                   until_drained_.reset();
                               });
                           });
        }
    }

    serve_options const& options_;
    drain_times times_{options_.drain_timeout};
    shared_parts& shared_;
    live_options_reader const& reread_;
    asio::io_context control_{1};
    asio::signal_set signals_{control_, SIGTERM, SIGINT};
    asio::signal_set hangup_{control_, SIGHUP};
    asio::steady_timer delay_{control_};
    memory_reserve reserve_;
    asio::steady_timer look_at_memory_{control_};
    /// After the second signal nothing else keeps run() from returning.
    asio::executor_work_guard<asio::io_context::executor_type> until_drained_{control_.get_executor()};
    std::size_t left_ = 0;
    std::vector<std::unique_ptr<serving_loop>> loops_;
};

} // namespace

boost::system::result<open_listeners, std::string> open_all(serve_options const& options)
{
    auto const addresses = options.listen.empty() ? std::vector<std::string>{"127.0.0.1:8080"} : options.listen;
    open_listeners out;
    for (std::size_t i = 0; i < options.threads; ++i) {
        auto& loop = out.loops.emplace_back();
        loop.context = std::make_unique<asio::io_context>(1);
        if (i == 0) {
            auto real = open_on_first(*loop.context, addresses, loop.api);
            if (real.has_error())
                return real.error();
            auto admin = open_on_first(*loop.context, options.admin_listen, loop.admin);
            if (admin.has_error())
                return admin.error();
            out.addresses = std::move(*real);
            continue;
        }
        for (auto const& address : out.addresses) {
            if (address.starts_with("unix:"))
                continue;
            if (auto const opened = open_one(*loop.context, address, loop.api); opened.has_error())
                return opened.error();
        }
    }
    for (auto const& admin : out.loops.front().admin)
        out.addresses.push_back(admin.address());
    return out;
}

int serve(serve_options const& given, open_listeners listeners, std::string const& database_url,
          live_options_reader const& reread, std::function<void(std::vector<std::string> const&)> const& started)
{
    auto const database = pg::connection_options::parse(database_url);
    if (database.has_error()) {
        std::cerr << "bridgewatch serve: --database-url: " << database.error() << "\n";
        return 1;
    }
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); // before there are threads, which take it over
    if (given.core_dumps)
        allow_core_dumps(true);
    keep_freed_memory();
    std::signal(SIGPIPE, SIG_IGN); // a log whose reader has gone must not end the service
    observe::logger log{{.format = log_format_of(given), .level = live_options::of(given).log_level}};
    auto const options = fitted(given.complete(), database->elsewhere() ? 2 : 1, log);
    if (options.pool_size < 2 * options.threads)
        log.write(log_level::warn, "pool_is_small",
                  {{"detail", "a thread with one connection has none that expensive questions leave to others"}});
    app::telemetry telemetry{options, log};
    auto const seed = core::random_seed();
    shared_parts shared{.database = *database,
                        .helpers = std::make_unique<pg::blocking_calls>(),
                        .helpers_elsewhere = database->elsewhere() ? std::make_unique<pg::blocking_calls>() : nullptr,
                        .log = log,
                        .telemetry = telemetry,
                        .connections = http::make_server_state(static_cast<std::size_t>(options.max_buffered_bytes)),
                        .seed = seed,
                        .at_work = std::make_shared<api::key_places>(options.max_requests_per_key, seed),
                        .failures = options.max_auth_failures == 0
                                        ? nullptr
                                        : std::make_shared<api::failed_attempts>(options.max_auth_failures)};
    if (!options.tls.certificate.empty()) {
        shared.tls = std::make_shared<http::tls_identity>(options.tls);
        auto const read = shared.tls->reload();
        if (read.has_error()) {
            std::cerr << "bridgewatch serve: " << read.error() << "\n";
            return 1;
        }
        tell(log, "tls_ready", *read);
        http::speak_tls(*shared.connections, shared.tls);
    }
    if (::geteuid() == 0)
        log.write(log_level::warn, "running_as_root", {{"detail", "no right of root is needed: use another account"}});
    auto const addresses = listeners.addresses;
    auto const bounds = limits_of(options);
    {
        telemetry.watch(*shared.connections, bounds, *shared.draining);
        running_server server{options, std::move(listeners), shared, reread};
        server.run([&] {
            for (auto const& address : addresses)
                log.write(log_level::info, "listening", {{"address", address}});
            log.write(log_level::info, "started",
                      {{"version", version()},
                       {"threads", static_cast<std::int64_t>(options.threads)},
                       {"database", database->describe()}});
            if (started)
                started(addresses);
        });
    }
    log.write(log_level::info, "stopped");
    // A call to a server that hangs ends with the process alone, so what it stands on is left to it; its pool is gone.
    static std::vector<pg::blocking_calls*> left_to_the_end;
    for (auto* const helpers : {&shared.helpers, &shared.helpers_elsewhere})
        if (*helpers && !(*helpers)->end_within(drain_times{options.drain_timeout}.to_end_helpers()))
            left_to_the_end.push_back(helpers->release());
    return 0;
} // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): it takes what is left for lost

} // namespace bridgewatch::app
