#include "test/support/breaking_proxy.hpp"

#include "test/support/cluster.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace bridgewatch::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using unix_socket = asio::local::stream_protocol;
constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

struct connection {
    explicit connection(tcp::socket accepted) : program{std::move(accepted)}, database{program.get_executor()} {}

    tcp::socket program;
    unix_socket::socket database;
    bool is_forgotten = false; ///< by the database, and nobody tells the program
};

} // namespace

struct breaking_proxy::impl {
    enum class mode { pass, swallow, slow };

    explicit impl(std::string const& conninfo) : behind{conninfo}
    {
        socket_path = cluster::keyword(behind, "host") + "/.s.PGSQL." + cluster::keyword(behind, "port");
        asio::co_spawn(context, accept(), asio::detached);
        thread = std::jthread{[this] { context.run(); }};
    }

    ~impl() { context.stop(); }

    asio::awaitable<void> accept()
    {
        for (;;) {
            auto [failed, socket] = co_await acceptor.async_accept(no_throw);
            if (failed)
                co_return;
            auto const accepted = std::make_shared<connection>(std::move(socket));
            std::erase_if(all, [](auto const& each) { return each.expired(); });
            all.push_back(accepted);
            asio::co_spawn(context, serve(accepted), asio::detached);
        }
    }

    asio::awaitable<void> serve(std::shared_ptr<connection> of)
    {
        of->program.set_option(tcp::no_delay{true});
        co_await while_swallowing();
        auto const [failed] = co_await of->database.async_connect(unix_socket::endpoint{socket_path}, no_throw);
        if (failed)
            co_return;
        asio::co_spawn(context, carry(of, of->program, of->database), asio::detached);
        co_await carry(of, of->database, of->program);
    }

    /// One direction, until its sender has ended it. The connection is closed when both have ended.
    template <class From, class To>
    asio::awaitable<void> carry(std::shared_ptr<connection> of, From& from, To& to)
    {
        std::array<char, 16384> buffer{};
        for (bool is_open = true; is_open;) {
            auto const [failed, size] = co_await from.async_read_some(asio::buffer(buffer), no_throw);
            co_await while_swallowing();
            is_open = !failed;
            if constexpr (std::is_same_v<From, unix_socket::socket>)
                received += size;
            for (std::size_t sent = 0; is_open && sent < size && !of->is_forgotten;) {
                auto const piece = how == mode::slow ? 1 : size - sent;
                auto const part = asio::buffer(buffer.data() + sent, piece);
                auto const [broken, written] = co_await asio::async_write(to, part, no_throw);
                is_open = !broken || of->is_forgotten;
                sent += written;
            }
        }
        boost::system::error_code ignored;
        if (!of->is_forgotten)
            to.shutdown(asio::socket_base::shutdown_send, ignored);
    }

    asio::awaitable<void> while_swallowing()
    {
        while (how == mode::swallow)
            co_await changed.async_wait(no_throw);
    }

    /// On the proxy's thread, and to its end.
    template <class Work>
    void run(Work work)
    {
        asio::post(context, asio::use_future(std::move(work))).get();
    }

    void become(mode wanted)
    {
        run([this, wanted] {
            how = wanted;
            changed.cancel();
        });
    }

    template <class Fault>
    void for_each_connection(Fault fault)
    {
        run([this, fault] {
            for (auto const& each : all)
                if (auto const one = each.lock())
                    fault(*one);
        });
    }

    std::string behind;
    std::string socket_path;
    asio::io_context context{1};
    tcp::acceptor acceptor{context, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
    asio::steady_timer changed{context, asio::steady_timer::time_point::max()};
    std::vector<std::weak_ptr<connection>> all;
    mode how = mode::pass;
    std::size_t received = 0;
    std::jthread thread;
};

breaking_proxy::breaking_proxy(std::string const& conninfo) : impl_{std::make_unique<impl>(conninfo)} {}

breaking_proxy::~breaking_proxy() = default;

std::string breaking_proxy::conninfo() const
{
    auto const port = impl_->acceptor.local_endpoint().port();
    return "host=127.0.0.1 port=" + std::to_string(port) + " dbname='" + cluster::keyword(impl_->behind, "dbname") +
           "' user='" + cluster::keyword(impl_->behind, "user") + "'";
}

void breaking_proxy::pass()
{
    impl_->become(impl::mode::pass);
}

void breaking_proxy::swallow()
{
    impl_->become(impl::mode::swallow);
}

void breaking_proxy::pass_slowly()
{
    impl_->become(impl::mode::slow);
}

void breaking_proxy::forget_connections()
{
    impl_->for_each_connection([](connection& each) {
        each.is_forgotten = true;
        boost::system::error_code ignored;
        each.database.close(ignored);
    });
}

std::size_t breaking_proxy::bytes_received()
{
    std::size_t count = 0;
    impl_->run([&] { count = impl_->received; });
    return count;
}

void breaking_proxy::reset_connections()
{
    impl_->for_each_connection([](connection& each) {
        boost::system::error_code ignored;
        each.program.set_option(asio::socket_base::linger{true, 0}, ignored);
        each.program.close(ignored);
        each.database.close(ignored);
    });
}

} // namespace bridgewatch::test
