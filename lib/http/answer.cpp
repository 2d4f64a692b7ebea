#include "lib/http/connection.hpp"
#include "lib/http/encoder.hpp"
#include "lib/http/response_head.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace bridgewatch::http {

namespace asio = boost::asio;

namespace {

/// Smaller bodies fit one packet either way.
constexpr std::size_t smallest_coded = 1024;

} // namespace

/// Puts the body into the coding that the client likes best. Others have their turn between pieces of a large one; a
/// cancellation ends it there, by an exception.
asio::awaitable<void> connection::encode(response& made)
{
    auto const wanted = choose_coding(request_.headers);
    if (!has_content(made.status) || (made.body.size() <= smallest_coded && !wanted.identity_refused))
        co_return;
    auto const with = side_->encoders.borrow(wanted.coding);
    if (!with)
        co_return;
    std::string coded;
    with->start(made.body.size());
    for (std::string_view left{made.body}; !left.empty();) {
        auto const piece = left.substr(0, encoder_piece);
        with->write(piece, coded);
        left.remove_prefix(piece.size());
        if (!left.empty())
            co_await asio::post(side_->loop, asio::use_awaitable);
    }
    with->finish(coded);
    made.body = std::move(coded);
    coding_ = wanted.coding;
}

} // namespace bridgewatch::http
