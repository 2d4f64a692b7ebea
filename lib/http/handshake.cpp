#include "lib/http/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <openssl/sslerr.h>

#include <algorithm>
#include <array>
#include <string>

namespace bridgewatch::http {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::steady_clock;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

/// Whether the client speaks HTTP where it should speak TLS.
bool is_plain_http(error_code const& error)
{
    return error.category() == asio::error::get_ssl_category() &&
           ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_HTTP_REQUEST;
}

} // namespace

/// Lets TLS begin, within the time that a request's head may take. @return whether there is a connection to be served;
/// where not, it has been ended.
asio::awaitable<bool> connection::handshake()
{
    begun_ = steady_clock::now();
    enter(phase::handshaking, begun_ + time_for_head());
    tls_ = std::make_unique<tls_stream>(socket_, *std::exchange(tls_context_, nullptr));
    auto const [error] = co_await tls_->async_handshake(tls_stream::server, no_throw);
    if (!error)
        co_return true;
    auto const late = timed_out_;
    tls_.reset(); // an alert has been sent where one is due; what follows is plain
    if (is_plain_http(error)) {
        refusal_ = {.detail = "This port speaks TLS: the URL has to begin with https."};
        co_await refuse();
    } else if (late) {
        side_->trouble("tls_handshake_failed", "it was not done in time");
    } else if (error.category() == asio::error::get_ssl_category()) {
        side_->trouble("tls_handshake_failed", error.message());
    }
    co_await linger(linger_refused); // or a reset may overtake the alert
    co_return false;
}

/// Tells the client that nothing follows, so that it can tell the end from a cut, and waits for its answer until the
/// phase's deadline. What it sends instead is for linger() to drop.
asio::awaitable<void> connection::end_tls()
{
    auto const [error] = co_await tls_->async_shutdown(no_throw);
    static_cast<void>(error); // the end either way
    tls_.reset();
}

} // namespace bridgewatch::http
