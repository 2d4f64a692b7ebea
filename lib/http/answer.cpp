#include "lib/http/connection.hpp"
#include "lib/http/encoder.hpp"
#include "lib/http/response_head.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <charconv>
#include <exception>
#include <utility>

namespace bridgewatch::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// Smaller bodies fit one packet either way.
constexpr std::size_t smallest_coded = 1024;

} // namespace

/// Puts the body into the coding that the client likes best. A cancellation ends it between two pieces, by an
/// exception.
asio::awaitable<void> connection::encode(response& made)
{
    auto const wanted = choose_coding(request_.headers);
    if (made.source || !has_content(made.status) || (made.body.size() <= smallest_coded && !wanted.identity_refused))
        co_return;
    auto const with = side_->encoders.borrow(wanted.coding);
    if (!with)
        co_return;
    with->start(made.body.size());
    co_await encode_piece(*with, made.body, true);
    coding_ = wanted.coding;
}

/// Puts what the encoder makes of it into the piece's place. Others have their turn while a large one is compressed.
asio::awaitable<void> connection::encode_piece(encoder& with, std::string& piece, bool last)
{
    std::string coded;
    for (std::string_view left{piece}; !left.empty();) {
        auto const part = left.substr(0, encoder_piece);
        with.write(part, coded);
        left.remove_prefix(part.size());
        if (!left.empty())
            co_await asio::post(side_->loop, asio::use_awaitable);
    }
    if (last)
        with.finish(coded);
    piece = std::move(coded);
}

/// @return whether all has been written.
asio::awaitable<bool> connection::send_whole(response& made, bool close)
{
    if (made.room)
        made.room->resize(made.body.size());
    else
        made.room.emplace(side_->shared->buffers->charge(made.body.size()));
    auto const head = reply_head(made, close);
    auto const has_body = request_.method != "HEAD" && has_content(made.status);
    auto const body = has_body ? std::string_view{made.body} : std::string_view{};
    return send(head, body);
}

/// Sends a body of unknown length piece by piece: the next is made when the one before has been sent.
/// @return whether it was finished; where not, the client must not take it for whole.
asio::awaitable<bool> connection::send_stream(response& made, request_notes& notes, bool close)
{
    auto const wanted = choose_coding(request_.headers);
    auto const with = side_->encoders.borrow(wanted.coding);
    coding_ = with ? wanted.coding : content_coding::identity;
    auto const how = reader_.head().minor == 0 ? body_length::until_close : body_length::chunked;
    auto const head_sent = co_await send(reply_head(made, close, how), {});
    if (!head_sent || request_.method == "HEAD")
        co_return head_sent;
    if (with)
        with->start(std::nullopt);
    std::string piece;
    for (auto more = true; more;) {
        piece.clear();
        auto const got = co_await make_piece(*made.source, with.get(), piece, notes);
        if (got == piece_state::failed) {
            abort();
            co_return false;
        }
        more = got == piece_state::more;
        auto const sent = co_await send_piece(piece, how);
        if (!sent)
            co_return false;
    }
    if (how == body_length::until_close)
        co_return true;
    auto const ended = co_await send("0\r\n\r\n", {});
    co_return ended;
}

/// Runs the source as a handler is run, and the encoder, where there is one. Never throws.
asio::awaitable<connection::piece_state> connection::make_piece(body_source& source, encoder* with, std::string& into,
                                                                request_notes& notes)
{
    auto const deadline = std::chrono::steady_clock::now() + side_->bounds.request_timeout;
    begin_running(deadline);
    co_await asio::this_coro::throw_if_cancelled(true);
    auto made = piece_state::failed;
    try {
        auto const good = co_await source.next(into, deadline, notes);
        auto const is_last = into.empty();
        if (good && with != nullptr)
            co_await encode_piece(*with, into, is_last);
        if (good)
            made = is_last ? piece_state::last : piece_state::more;
    } catch (std::exception const& failure) {
        if (!stopped_) // else it is the cancellation that we have sent
            notes.error = std::string{"unhandled: "} + failure.what();
    } catch (...) {
        notes.error = "unhandled: not a std::exception";
    }
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await end_running();
    if (stopped_)
        made = piece_state::failed;
    broken_off_ = made == piece_state::failed;
    co_return made;
}

asio::awaitable<bool> connection::send_piece(std::string& piece, body_length how)
{
    if (piece.empty()) // to a chunked body it would be the end
        co_return true;
    std::array<char, 18> line{};
    std::string_view start;
    if (how == body_length::chunked) {
        auto const [end, error] = std::to_chars(line.data(), line.data() + line.size() - 2, piece.size(), 16);
        std::string_view{"\r\n"}.copy(end, 2);
        start = {line.data(), static_cast<std::size_t>(end + 2 - line.data())};
        piece += "\r\n";
    }
    auto const sent = co_await send(start, piece);
    co_return sent;
}

/// Closes by a reset: to a client of HTTP/1.0 an orderly end would be the end of the body.
void connection::abort()
{
    error_code ignored;
    socket_.set_option(asio::socket_base::linger{true, 0}, ignored);
    close();
}

} // namespace bridgewatch::http
