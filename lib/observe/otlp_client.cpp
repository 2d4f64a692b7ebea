#include "lib/observe/otlp_client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/throw_exception.hpp>

#include <stdexcept>

namespace bridgewatch::observe {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace beast_http = boost::beast::http;
using boost::system::error_code;
using outcome = boost::system::result<void, export_failure>;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

/// Of the collector's answer nothing is wanted but its status.
constexpr std::size_t most_answer_bytes = std::size_t{64} * 1024;

outcome failed(std::string_view doing, error_code why)
{
    return export_failure{.why = std::string{doing} + ": " + why.message(), .may_pass = true};
}

outcome judge(unsigned status)
{
    if (status >= 200 && status < 300)
        return {};
    bool const may_pass = status == 429 || (status >= 502 && status <= 504);
    return export_failure{.why = "the collector answers " + std::to_string(status), .may_pass = may_pass};
}

template <class Stream>
asio::awaitable<outcome> exchange(Stream& stream, otlp_target const& to, std::string const& body)
{
    beast_http::request<beast_http::string_body> request{beast_http::verb::post, to.path, 11};
    request.set(beast_http::field::host, to.host);
    request.set(beast_http::field::content_type, "application/json");
    request.set(beast_http::field::connection, "close");
    request.body() = body;
    request.prepare_payload();
    auto const [not_written, written] = co_await beast_http::async_write(stream, request, no_throw);
    static_cast<void>(written);
    if (not_written)
        co_return failed("write", not_written);
    beast::flat_buffer buffer;
    beast_http::response_parser<beast_http::string_body> parser;
    parser.body_limit(most_answer_bytes);
    auto const [not_read, read] = co_await beast_http::async_read(stream, buffer, parser, no_throw);
    static_cast<void>(read);
    if (not_read)
        co_return failed("read", not_read);
    co_return judge(parser.get().result_int());
}

asio::awaitable<outcome> connect(beast::tcp_stream& stream, otlp_target const& to)
{
    asio::ip::tcp::resolver resolver{stream.get_executor()};
    auto const [not_found, addresses] = co_await resolver.async_resolve(to.host, to.port, no_throw);
    if (not_found)
        co_return failed("resolve", not_found);
    auto const [not_connected, at] = co_await stream.async_connect(addresses, no_throw);
    static_cast<void>(at);
    if (not_connected)
        co_return failed("connect", not_connected);
    co_return outcome{};
}

asio::awaitable<outcome> exchange_by_tls(beast::tcp_stream plain, otlp_target const& to, std::string const& body)
{
    asio::ssl::context context{asio::ssl::context::tls_client};
    context.set_default_verify_paths();
    context.set_verify_mode(asio::ssl::verify_peer);
    asio::ssl::stream<beast::tcp_stream> stream{std::move(plain), context};
    stream.set_verify_callback(asio::ssl::host_name_verification{to.host});
    SSL_set_tlsext_host_name(stream.native_handle(), to.host.c_str());
    auto const [refused] = co_await stream.async_handshake(asio::ssl::stream_base::client, no_throw);
    if (refused)
        co_return failed("TLS", refused);
    auto const sent = co_await exchange(stream, to, body);
    co_return sent;
}

} // namespace

void throw_exception_from_error(export_failure const& error, boost::source_location const& where)
{
    boost::throw_exception(std::runtime_error{error.why}, where);
}

asio::awaitable<outcome> post_otlp(otlp_target const& to, std::string const& body,
                                   std::chrono::steady_clock::time_point deadline)
{
    auto const loop = co_await asio::this_coro::executor;
    beast::tcp_stream stream{loop};
    stream.expires_at(deadline); // for all that is done with it
    auto const connected = co_await connect(stream, to);
    if (connected.has_error())
        co_return connected.error();
    if (to.is_tls) {
        auto const sent = co_await exchange_by_tls(std::move(stream), to, body);
        co_return sent;
    }
    auto const sent = co_await exchange(stream, to, body);
    co_return sent;
}

} // namespace bridgewatch::observe
