#pragma once

#include "db/pg/pool.hpp"
#include "db/schema/shape.hpp"
#include "db/store/interceptions.hpp"
#include "db/store/slices.hpp"
#include "lib/api/errors.hpp"
#include "lib/api/events.hpp"
#include "lib/api/key_places.hpp"
#include "lib/http/buffer_budget.hpp"
#include "lib/http/message.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::api {

/// The body around interceptions: a list with its count, or one interception alone.
enum class body_form { list, single };

/// What a streamed page is made from. The pool must outlive the stream.
struct stream_parts {
    pg::pool& connections; ///< of the host that the page is from: another one may lag
    std::shared_ptr<http::buffer_budget> buffers;
    std::shared_ptr<schema::shape const> database;
    store::page_answer page; ///< its children are read slice by slice
    std::vector<store::slice> plan;
    body_form form = body_form::list;
    std::int64_t slice_bytes = 0;
    store::read_limits limits;
    std::optional<key_stay> key_place; ///< of the caller's key, until all has been sent
    /// As the service does with connections of its own: it notes the wait (null: not refused), and what is sent.
    std::function<void(http::request_notes&, http::steady_time since, pg::failure const* refused)> note_wait;
    std::function<void(http::request_notes&, pg::lease&)> lend;
    event_handler on_event;
};

/// Where an interception that is read in parts stands.
struct part_place {
    std::size_t list = 0; ///< of its three
    std::optional<sql::child_position> after = {};
};

/// A page of interceptions as a body that is read while it is sent: a slice at a time, each with a connection of its
/// own, which is given back before a byte of the slice is sent. Byte for byte what json::interceptions_body would give.
/// Memory is that of one slice, which is reserved before it is read.
class interceptions_stream final : public http::body_source {
  public:
    explicit interceptions_stream(stream_parts parts) : parts_{std::move(parts)} {}

    /// Reads the first slice, so that what goes wrong with it can still be an answer.
    /// @param room_by until when there has to be room for it; else the error is 503
    [[nodiscard]] boost::asio::awaitable<boost::system::result<void, api_error>>
    begin(http::steady_time room_by, http::steady_time deadline, http::request_notes& notes);

    [[nodiscard]] boost::asio::awaitable<bool> next(std::string& into, http::steady_time deadline,
                                                    http::request_notes& notes) override;

  private:
    template <class T>
    using either = boost::system::result<T, api_error>;
    template <class Answer, class Question>
    using reader = boost::asio::awaitable<pg::outcome<Answer>> (*)(pg::lease&, schema::shape const&, Question const&,
                                                                   pg::steady_time);

    boost::asio::awaitable<either<void>> make_piece(std::string& out, http::steady_time room_by,
                                                    http::steady_time deadline, http::request_notes& notes);
    boost::asio::awaitable<either<void>> append_slice(std::string& out, http::steady_time deadline,
                                                      http::request_notes& notes);
    boost::asio::awaitable<either<void>> append_part(std::string& out, http::steady_time deadline,
                                                     http::request_notes& notes);
    boost::asio::awaitable<either<void>> read_withheld_metadata(http::steady_time deadline, http::request_notes& notes);
    /// Nothing of the answer has been sent, and each slice is a read of its own: it may be asked again as a page is.
    template <class Answer, class Question>
    boost::asio::awaitable<either<Answer>> ask(reader<Answer, Question> read, Question const& question,
                                               http::steady_time deadline, http::request_notes& notes);

    stream_parts parts_;
    std::size_t slice_ = 0; ///< of the plan: the one that is next
    std::optional<part_place> place_;
    std::string first_piece_;
    std::optional<http::buffer_share> room_; ///< of the piece that is being made or sent
};

} // namespace bridgewatch::api
