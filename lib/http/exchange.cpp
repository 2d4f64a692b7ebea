#include "lib/http/connection.hpp"
#include "lib/http/field_text.hpp"
#include "lib/http/forwarded_origin.hpp"
#include "lib/http/request_timeout.hpp"
#include "lib/http/response_head.hpp"
#include "lib/http/traceparent.hpp"
#include "lib/json/error_body.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

namespace bridgewatch::http {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

/// Logged where the client did not wait for its answer: nginx's number for it. Nothing was sent.
constexpr int status_client_gone = 499;

constexpr std::string_view too_many_connections = "The server has too many connections.";
constexpr std::string_view overloaded = "The service is overloaded. Please try again shortly.";

response error_response(int status, std::string_view message, std::string_view detail = {})
{
    response out{.status = status, .body = json::error_body(message, detail), .headers = {}};
    if (status == 503)
        out.headers.emplace_back("Retry-After", "1");
    return out;
}

std::string_view refusal_message(int status)
{
    switch (status) {
    case 408:
        return "The request did not arrive in time.";
    case 413:
        return "Request body too large.";
    case 414:
        return "URL too long.";
    case 431:
        return "Request header fields too large.";
    default:
        return "Malformed HTTP request.";
    }
}

std::string_view ended_by(std::optional<stop_reason> why)
{
    if (!why)
        return "ok";
    switch (*why) {
    case stop_reason::client_gone:
        return "client_gone";
    case stop_reason::timeout:
        return "timeout";
    case stop_reason::drain:
        return "drain";
    }
    return "";
}

} // namespace

/// @return whether the connection goes on.
asio::awaitable<bool> connection::serve()
{
    describe_request();
    request_notes notes;
    auto made = co_await ask(notes);
    if (stopped_ == stop_reason::client_gone) {
        close();
        report(&request_, notes, status_client_gone, ended_by(stopped_));
        co_return false;
    }
    // Until the connection closes is the only end that HTTP/1.0 knows for a body of unknown length.
    auto const close_after = !reader_.head().keep_alive || stopped_ || side_->shared->draining || over_limit_ ||
                             (made.source && reader_.head().minor == 0);
    auto written = false;
    if (made.source)
        written = co_await send_stream(made, notes, close_after);
    else
        written = co_await send_whole(made, close_after);
    if (!written)
        close();
    report(&request_, notes, made.status, how_it_ended(written));
    co_return written && !close_after;
}

std::string_view connection::how_it_ended(bool written) const
{
    if (written || stopped_)
        return ended_by(stopped_);
    if (broken_off_)
        return "stream_failed";
    return drained_ ? "drain" : "write_failed";
}

/// Answers what is no request; the connection ends after it.
asio::awaitable<void> connection::refuse()
{
    request_id_ = side_->ids.choose(std::nullopt);
    remote_ = peer_text_;
    traceparent_ = {};
    coding_ = content_coding::identity;
    sent_ = 0;
    auto const made = error_response(refusal_.status, refusal_message(refusal_.status), refusal_.detail);
    auto const head = reply_head(made, true);
    auto const written = co_await send(head, made.body);
    if (!written)
        close();
    auto const ended = !written ? "write_failed" : refusal_.status == 408 ? "timeout" : "ok";
    report(nullptr, {}, made.status, ended);
}

/// The process has as many connections as it may, and this one has sent no request in the time that it had.
asio::awaitable<void> connection::turn_away()
{
    if (closed_)
        co_return;
    request_id_ = side_->ids.choose(std::nullopt);
    auto const made = error_response(503, too_many_connections);
    auto const head = reply_head(made, true);
    co_await send(head, made.body);
}

/// What is answered before anything is done for the request, where it is not let in.
/// @param place of a request that counts
std::optional<response> connection::turned_away_at_door(std::optional<running_place> const& place) const
{
    auto const& bounds = side_->bounds;
    if (bad_timeout_)
        return error_response(400, "Request header has an invalid value.",
                              "Request-Timeout must be a number of seconds above 0, such as 2 or 0.25.");
    if (!place || (!over_limit_ && place->others() < bounds.requests))
        return std::nullopt;
    if (!over_limit_)
        side_->trouble("requests_full", std::to_string(bounds.requests));
    return error_response(503, over_limit_ ? too_many_connections : overloaded);
}

/// Runs the handler, and sees to it that it ends in time. Never throws.
asio::awaitable<response> connection::ask(request_notes& notes)
{
    coding_ = content_coding::identity;
    broken_off_ = false;
    std::optional<running_place> place;
    if (!side_->bounds.is_vital || !side_->bounds.is_vital(request_.target))
        place.emplace(*side_->shared);
    if (auto refused = turned_away_at_door(place))
        co_return std::move(*refused);
    begin_running(request_.deadline);
    co_await asio::this_coro::throw_if_cancelled(true);
    std::optional<response> made;
    try {
        auto got = co_await side_->answer(request_, notes);
        co_await encode(got);
        made = std::move(got);
    } catch (std::bad_alloc const&) {
        made = error_response(503, "The server is out of memory. Please try again shortly.");
        notes.error = "out of memory";
    } catch (std::exception const& failure) {
        if (!stopped_) // else it is the cancellation that we have sent
            notes.error = std::string{"unhandled: "} + failure.what();
    } catch (...) {
        notes.error = "unhandled: not a std::exception";
    }
    co_await asio::this_coro::throw_if_cancelled(false); // first of all: any other co_await throws now
    co_await end_running();
    // It may have been done already when it was stopped; an error that it answers then only tells of the stop.
    if (made && (!stopped_ || made->status < 500))
        co_return std::move(*made);
    coding_ = content_coding::identity;
    co_return stopped_response();
}

/// From here on the deadline counts, the client is watched, and a stop cancels what the coroutine waits for, once it
/// lets cancellations throw.
void connection::begin_running(steady_time deadline)
{
    stopped_.reset();
    enter(phase::running, deadline);
    side_->runs(*this);
}

/// Precondition: cancellations do not throw any more.
asio::awaitable<void> connection::end_running()
{
    running_hook::unlink();
    if (stopped_) // a cancellation sticks to the coroutine, and would end the writing too
        co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
}

response connection::stopped_response() const
{
    if (stopped_ == stop_reason::timeout)
        return error_response(504, "The request took too long.", "The time limit of a request has passed.");
    if (stopped_ == stop_reason::drain)
        return error_response(503, "The server is shutting down.");
    return error_response(500, "An internal error occurred. Please try again or contact the system administrator.",
                          request_id_);
}

/// Fills request_ and what is logged about it from the reader's head.
void connection::describe_request()
{
    auto const& head = reader_.head();
    request_.method = head.method;
    request_.target = head.target;
    request_.headers = head.headers;
    read_deadline();
    request_id_ = side_->ids.choose(request_.header("X-Request-Id"));
    request_.request_id = request_id_;
    auto const trace = request_.header("traceparent");
    traceparent_ = trace && is_traceparent(*trace) ? *trace : std::string_view{};
    request_.traceparent = traceparent_;
    remote_ = peer_text_;
    origin_.clear();
    if (!side_->trusted.empty()) {
        std::vector<std::string_view> forwarded;
        for (auto const& [name, value] : request_.headers)
            if (same_token(name, "X-Forwarded-For"))
                forwarded.push_back(value);
        remote_ = to_string(client_address(peer_, forwarded, side_->trusted));
        origin_ = forwarded_origin(peer_, request_.headers, side_->trusted);
    }
    request_.remote = remote_;
    request_.origin = origin_;
    sent_ = 0;
}

/// The caller's own limit counts where it is the shorter one.
void connection::read_deadline()
{
    auto const asked = request_.header("Request-Timeout").value_or("");
    auto const limit = parse_request_timeout(asked);
    bad_timeout_ = !asked.empty() && !limit;
    auto const longest = side_->bounds.request_timeout;
    request_.deadline = begun_ + std::min(limit.value_or(longest), longest);
}

/// @return valid until the next call.
std::string_view connection::reply_head(response const& made, bool close, body_length length)
{
    framing const how{.date = side_->date.at(std::time(nullptr)),
                      .request_id = request_id_,
                      .length = length,
                      .content_length = made.body.size(),
                      .coding = coding_,
                      .close = close,
                      .say_keep_alive = reader_.head().minor == 0};
    write_head(head_out_, made, how);
    return head_out_;
}

void connection::report(request const* what, request_notes const& notes, int status, std::string_view ended) const
{
    if (!side_->watch.on_access)
        return;
    auto const took = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - begun_);
    side_->watch.on_access({.what = what,
                            .notes = &notes,
                            .remote = remote_,
                            .request_id = request_id_,
                            .traceparent = traceparent_,
                            .status = status,
                            .bytes_sent = sent_,
                            .took = took,
                            .ended = ended});
}

} // namespace bridgewatch::http
