#include "app/health.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <functional>

namespace bridgewatch::app {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// A probe sent to a wildcard address means this host.
asio::ip::address reachable(std::string const& host, error_code& failed)
{
    auto address = asio::ip::make_address(host, failed);
    if (failed || !address.is_unspecified())
        return address;
    return address.is_v4() ? asio::ip::address{asio::ip::address_v4::loopback()}
                           : asio::ip::address{asio::ip::address_v6::loopback()};
}

asio::generic::stream_protocol::endpoint target(http::endpoint const& at, error_code& failed)
{
    if (!at.unix_path.empty())
        return asio::local::stream_protocol::endpoint{at.unix_path};
    return asio::ip::tcp::endpoint{reachable(at.host, failed), at.port};
}

/// "HTTP/1.1 503 …" → 503; 0 for anything else.
int status_of(std::string const& answer)
{
    constexpr std::string_view prefix = "HTTP/1.1 ";
    return answer.starts_with(prefix) ? std::atoi(answer.c_str() + prefix.size()) : 0;
}

std::string body_of(std::string const& answer)
{
    constexpr std::string_view end_of_head = "\r\n\r\n";
    auto const at = answer.find(end_of_head);
    return at == std::string::npos ? std::string{} : answer.substr(at + end_of_head.size());
}

/// One question over a connected stream.
template <class Stream>
void ask(Stream& stream, std::string const& question, std::string& answer,
         std::function<void(error_code)> const& finish)
{
    asio::async_write(stream, asio::buffer(question), [&, finish](error_code written, std::size_t) {
        if (written)
            return finish(written);
        asio::async_read(stream, asio::dynamic_buffer(answer, std::size_t{64} * 1024),
                         [finish](error_code read, std::size_t) { finish(read); });
    });
}

} // namespace

int ask_health(http::endpoint const& at, bool by_tls, std::chrono::milliseconds limit, std::string& line)
{
    asio::io_context loop;
    asio::generic::stream_protocol::socket socket{loop};
    asio::ssl::context context{asio::ssl::context::tls_client};
    asio::ssl::stream<asio::generic::stream_protocol::socket&> secured{socket, context};
    std::string const request = "GET /readyz HTTP/1.1\r\nHost: health\r\nConnection: close\r\n\r\n";
    std::string answer;
    error_code failed;
    bool done = false;
    auto const finish = [&](error_code error) {
        done = true;
        if (error != asio::error::eof)
            failed = error;
    };
    auto const to = target(at, failed);
    if (!failed) {
        socket.async_connect(to, [&](error_code error) {
            if (error)
                return finish(error);
            if (!by_tls || !at.unix_path.empty())
                return ask(socket, request, answer, finish);
            secured.async_handshake(asio::ssl::stream_base::client, [&](error_code refused) {
                if (refused)
                    return finish(refused);
                ask(secured, request, answer, finish);
            });
        });
        loop.run_for(limit);
    }
    if (failed)
        line = "not ready: " + failed.message();
    else if (!done)
        line = "not ready: no answer within " + std::to_string(limit.count()) + " ms";
    else if (status_of(answer) == 200)
        line = "ready";
    else
        line = "not ready: " + body_of(answer);
    return line == "ready" ? 0 : 1;
}

} // namespace bridgewatch::app
