#include "lib/http/request_reader.hpp"

#include "lib/http/body_skipper.hpp"
#include "lib/http/field_text.hpp"
#include "lib/http/server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bridgewatch::http {

namespace beast_http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::size_t first_room = 4096;
constexpr std::size_t kept_room = 16384; ///< a buffer that grew past it is given back between requests
constexpr std::size_t longest_method = 32;

/// Collects the first line and the fields as views into what it is given. Bodies do not get here.
class head_parser final : public beast_http::basic_parser<true> {
  public:
    explicit head_parser(request_head& head) : head_{head}
    {
        header_limit(std::numeric_limits<std::uint32_t>::max()); // the reader has enforced the limits, to the byte
        body_limit(boost::none);
    }

  private:
    using text = boost::beast::string_view;

    void on_request_impl(beast_http::verb, text method, text target, int version, error_code& error) override
    {
        error = {};
        head_.method = {method.data(), method.size()};
        head_.target = {target.data(), target.size()};
        head_.minor = version % 10;
    }

    void on_field_impl(beast_http::field, text name, text value, error_code& error) override
    {
        error = {};
        head_.headers.emplace_back(std::string_view{name.data(), name.size()},
                                   std::string_view{value.data(), value.size()});
    }

    void on_header_impl(error_code& error) override { error = {}; }

    void on_response_impl(int, text, int, error_code& error) override { error = {}; }

    void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code& error) override { error = {}; }

    std::size_t on_body_impl(text, error_code& error) override
    {
        error = {};
        return 0;
    }

    void on_chunk_header_impl(std::uint64_t, text, error_code& error) override { error = {}; }

    std::size_t on_chunk_body_impl(std::uint64_t, text, error_code& error) override
    {
        error = {};
        return 0;
    }

    void on_finish_impl(error_code& error) override { error = {}; }

    request_head& head_;
};

constexpr refusal bad_version{.detail = "The HTTP version is not understood."};

refusal malformed(error_code const& error)
{
    if (error == beast_http::error::bad_version)
        return bad_version;
    if (error == beast_http::error::bad_target)
        return {.detail = "The request target is malformed."};
    if (error == beast_http::error::bad_content_length || error == beast_http::error::multiple_content_length ||
        error == beast_http::error::bad_transfer_encoding)
        return {.detail = "The length of the body is malformed."};
    return {.detail = "The request head is malformed."};
}

bool wants_continue(request_head const& head)
{
    return head.minor >= 1 && std::ranges::any_of(head.headers, [](auto const& field) {
               return same_token(field.first, "Expect") && same_token(field.second, "100-continue");
           });
}

constexpr refusal bad_line_end{.detail = "A line does not end with CRLF."};
constexpr refusal line_too_long{.status = 414, .detail = "The request line is over its limit."};
constexpr refusal block_too_long{.status = 431, .detail = "The header block is over its limit."};
constexpr refusal too_many_fields{.status = 431, .detail = "The header has too many fields."};
constexpr refusal body_too_long{.status = 413, .detail = "No route takes a request body."};

} // namespace

struct request_reader::impl {
    enum class stage { head, body, done, refused };

    explicit impl(limits const& with) : bounds{with}, bytes(first_room) {}

    limits const& bounds;
    std::vector<char> bytes; ///< [begin, end) has arrived and is not used
    std::size_t begin = 0;
    std::size_t end = 0;
    stage at = stage::head;
    std::size_t scanned = 0; ///< offsets from begin: no line ends before it
    std::size_t line = 0;    ///< where the current line starts
    std::size_t block = 0;   ///< where the header block starts, 0 until the request line has ended
    std::size_t fields = 0;  ///< lines of the header block
    std::string head_bytes;  ///< what the views of `head` point into: stays put while a body passes through `bytes`
    std::string target_room;
    request_head head;
    body_skipper body;
    bool holds_back = false; ///< the client waits for "100 Continue"
    refusal reason;

    [[nodiscard]] std::string_view waiting() const { return {bytes.data() + begin, end - begin}; }

    step refuse(refusal why)
    {
        at = stage::refused;
        reason = why;
        return step::refused;
    }

    step go_on() { return at == stage::body ? read_body() : read_head(); }

    /// Refuses what cannot become a method at its first bytes: a TLS hello would otherwise wait for the time-out.
    [[nodiscard]] bool may_be_a_method() const
    {
        auto const word = waiting().substr(0, std::min(waiting().find(' '), longest_method + 1));
        return word.size() <= longest_method && std::ranges::all_of(word, is_token_char);
    }

    step read_head();
    std::optional<refusal> end_line(std::size_t line_feed);
    step parse_head(std::size_t length);
    step read_body();
};

request_reader::step request_reader::impl::read_head()
{
    auto const text = waiting();
    if (block == 0 && !may_be_a_method())
        return refuse({.detail = "The request line is malformed."});
    for (auto at_feed = text.find('\n', scanned); at_feed != std::string_view::npos;
         at_feed = text.find('\n', scanned)) {
        auto const is_last = block != 0 && at_feed == line + 1 && text[line] == '\r';
        if (is_last)
            return parse_head(at_feed + 1);
        if (auto const why = end_line(at_feed))
            return refuse(*why);
        scanned = line = at_feed + 1;
    }
    scanned = text.size();
    // Two bytes of grace for the CRLF that may follow what fits exactly.
    if (block == 0 && text.size() >= bounds.request_line_bytes + 2)
        return refuse(line_too_long);
    if (block != 0 && text.size() >= block + bounds.header_bytes + 2)
        return refuse(block_too_long);
    return step::need_more;
}

/// One line of the head has arrived, which is not the empty one.
std::optional<refusal> request_reader::impl::end_line(std::size_t line_feed)
{
    auto const text = waiting();
    if (line_feed == line || text[line_feed - 1] != '\r')
        return bad_line_end;
    if (block == 0) {
        block = line_feed + 1;
        if (line_feed - 1 > bounds.request_line_bytes)
            return line_too_long;
        // HTTP/0.9 ends here, and would wait for its answer until the time-out.
        auto const names_version = text.substr(0, line_feed - 1).find(" HTTP/") != std::string_view::npos;
        return names_version ? std::nullopt : std::optional{bad_version};
    }
    if (line_feed + 1 - block > bounds.header_bytes)
        return block_too_long;
    if (++fields > bounds.header_fields)
        return too_many_fields;
    if (text[line] == ' ' || text[line] == '\t') // obs-fold: proxies differ in what they make of it
        return refusal{.detail = "A header line is folded."};
    return std::nullopt;
}

request_reader::step request_reader::impl::parse_head(std::size_t length)
{
    head_bytes.assign(waiting().substr(0, length));
    begin += length;
    head_parser parser{head};
    error_code error;
    parser.put(boost::asio::const_buffer{head_bytes.data(), head_bytes.size()}, error);
    if (error)
        return refuse(malformed(error));
    if (auto const why = check_fields(head))
        return refuse(*why);
    auto const target = origin_form(head.method, head.target, target_room);
    if (!target)
        return refuse({.detail = "The request target is not a path."});
    head.target = *target;
    head.keep_alive = parser.keep_alive();
    auto const size = parser.content_length().value_or(0);
    if (size > bounds.body_bytes)
        return refuse(body_too_long);
    if (parser.chunked())
        body.expect_chunks(bounds.body_bytes);
    else
        body.expect_length(size);
    at = stage::body;
    holds_back = wants_continue(head) && begin == end; // who has sent some of the body does not wait
    return read_body();
}

request_reader::step request_reader::impl::read_body()
{
    auto left = waiting();
    auto const got = body.skip(left);
    begin = end - left.size();
    switch (got) {
    case body_skipper::state::need_more:
        return step::need_more;
    case body_skipper::state::malformed:
        return refuse({.detail = "The chunked body is malformed."});
    case body_skipper::state::too_long:
        return refuse(body_too_long);
    case body_skipper::state::done:
        break;
    }
    at = stage::done;
    return step::ready;
}

request_reader::request_reader(limits const& bounds) : impl_{std::make_unique<impl>(bounds)} {}

request_reader::~request_reader() = default;

std::span<char> request_reader::room()
{
    auto& in = *impl_;
    if (in.end == in.bytes.size()) {
        if (in.begin != 0) {
            std::copy(in.bytes.begin() + static_cast<std::ptrdiff_t>(in.begin),
                      in.bytes.begin() + static_cast<std::ptrdiff_t>(in.end), in.bytes.begin());
            in.end -= in.begin;
            in.begin = 0;
        } else {
            in.bytes.resize(in.bytes.size() * 2);
        }
    }
    return std::span{in.bytes}.subspan(in.end);
}

request_reader::step request_reader::took(std::size_t count)
{
    impl_->end += count;
    return impl_->go_on();
}

request_reader::step request_reader::next()
{
    auto& in = *impl_;
    if (in.begin == in.end) {
        in.begin = in.end = 0;
        if (in.bytes.size() > kept_room)
            in.bytes = std::vector<char>(first_room);
    }
    in.at = impl::stage::head;
    in.scanned = in.line = in.block = in.fields = 0;
    in.holds_back = false;
    in.head.headers.clear();
    if (in.head_bytes.capacity() > kept_room)
        in.head_bytes = {};
    if (in.head.headers.capacity() > kept_fields)
        in.head.headers = {};
    return in.begin == in.end ? step::need_more : in.go_on();
}

bool request_reader::started() const
{
    return impl_->at == impl::stage::body || has_more();
}

bool request_reader::has_more() const
{
    return impl_->begin != impl_->end;
}

bool request_reader::in_body() const
{
    return impl_->at == impl::stage::body;
}

bool request_reader::take_continue()
{
    return std::exchange(impl_->holds_back, false);
}

request_head const& request_reader::head() const
{
    return impl_->head;
}

refusal const& request_reader::why() const
{
    return impl_->reason;
}

} // namespace bridgewatch::http
