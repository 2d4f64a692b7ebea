#include "test/support/http_client.hpp"

#include "test/support/waits.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json/parse.hpp>

#include <optional>
#include <stdexcept>

namespace bridgewatch::test {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

namespace {

constexpr std::string_view tls_prefix = "tls:";
constexpr std::string_view unix_prefix = "unix:";

asio::generic::stream_protocol::endpoint endpoint_of(std::string const& address)
{
    if (address.starts_with(tls_prefix))
        return endpoint_of(address.substr(tls_prefix.size()));
    if (address.starts_with(unix_prefix))
        return asio::local::stream_protocol::endpoint{address.substr(unix_prefix.size())};
    auto const colon = address.rfind(':');
    return asio::ip::tcp::endpoint{asio::ip::make_address(address.substr(0, colon)),
                                   static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1)))};
}

std::string lower(std::string_view text)
{
    std::string out{text};
    for (char& c : out)
        c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return out;
}

} // namespace

struct http_client::impl {
    asio::io_context loop;
    asio::generic::stream_protocol::socket socket{loop};
    asio::ssl::context context{asio::ssl::context::tls_client};
    std::optional<asio::ssl::stream<asio::generic::stream_protocol::socket&>> tls;
    beast::flat_buffer buffer;

    /// Runs one operation on the stream, which is the socket or TLS over it.
    template <class Start>
    error_code on_stream(Start start)
    {
        if (tls)
            return within_limit([&](auto done) { start(*tls, done); });
        return within_limit([&](auto done) { start(socket, done); });
    }

    /// Runs one operation under the limit.
    template <class Start>
    error_code within_limit(Start start)
    {
        error_code result = asio::error::timed_out;
        start([&result](error_code error, auto...) { result = error; });
        loop.restart();
        loop.run_for(waits::long_limit);
        if (result == asio::error::timed_out) {
            socket.cancel();
            loop.restart();
            loop.run();
            throw std::runtime_error{"no answer within the limit"};
        }
        return result;
    }
};

boost::json::value http_answer::json() const
{
    return boost::json::parse(body);
}

http_client::http_client(std::string const& address) : impl_{std::make_unique<impl>()}
{
    auto const to = endpoint_of(address);
    auto const failed = impl_->within_limit([&](auto done) { impl_->socket.async_connect(to, done); });
    if (failed)
        throw std::runtime_error{"cannot connect to " + address + ": " + failed.message()};
    if (!address.starts_with(tls_prefix))
        return;
    impl_->tls.emplace(impl_->socket, impl_->context);
    auto const refused =
        impl_->within_limit([&](auto done) { impl_->tls->async_handshake(asio::ssl::stream_base::client, done); });
    if (refused)
        throw std::runtime_error{"no TLS with " + address + ": " + refused.message()};
}

http_client::~http_client() = default;
http_client::http_client(http_client&&) noexcept = default;

void http_client::send(std::string_view bytes)
{
    auto const failed =
        impl_->on_stream([&](auto& stream, auto done) { asio::async_write(stream, asio::buffer(bytes), done); });
    if (failed)
        throw std::runtime_error{"cannot send: " + failed.message()};
}

http_answer http_client::receive(bool head)
{
    beast::http::response_parser<beast::http::string_body> parser;
    parser.body_limit(std::uint64_t{4} << 30U);
    parser.skip(head);
    auto const failed = impl_->on_stream(
        [&](auto& stream, auto done) { beast::http::async_read(stream, impl_->buffer, parser, done); });
    if (failed)
        throw std::runtime_error{"no answer: " + failed.message()};
    auto message = parser.release();
    http_answer out{.status = static_cast<int>(message.result_int()), .headers = {}, .body = std::move(message.body())};
    for (auto const& field : message)
        out.headers.emplace(lower(field.name_string()), field.value());
    return out;
}

http_answer http_client::request(std::string_view method, std::string_view target, http_headers const& headers)
{
    std::string text{method};
    text.append(" ").append(target).append(" HTTP/1.1\r\nHost: test\r\n");
    for (auto const& [name, value] : headers)
        text.append(name).append(": ").append(value).append("\r\n");
    send(text + "\r\n");
    return receive(method == "HEAD");
}

http_answer http_client::get(std::string_view target, http_headers const& headers)
{
    return request("GET", target, headers);
}

std::string http_client::receive_all()
{
    std::string out(beast::buffers_to_string(impl_->buffer.data()));
    auto const failed =
        impl_->on_stream([&](auto& stream, auto done) { asio::async_read(stream, asio::dynamic_buffer(out), done); });
    if (failed && failed != asio::error::eof && failed != asio::error::connection_reset)
        throw std::runtime_error{"cannot read: " + failed.message()};
    return out;
}

void http_client::close()
{
    impl_->socket.close();
}

http_answer fetch(std::string const& address, std::string_view target, http_headers const& headers)
{
    http_client client{address};
    return client.get(target, headers);
}

bool is_served(std::string const& address, std::string_view target)
{
    try {
        return fetch(address, target).status == 200;
    } catch (std::runtime_error const&) {
        return false;
    }
}

std::string percent_encoded(std::string_view text)
{
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string out;
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        bool const plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                           c == '.' || c == '_' || c == '~';
        if (plain)
            out += c;
        else
            out.append({'%', hex[byte >> 4U], hex[byte & 15U]});
    }
    return out;
}

} // namespace bridgewatch::test
