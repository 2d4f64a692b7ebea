#pragma once

#include "lib/http/accept_encoding.hpp"
#include "lib/http/message.hpp"

#include <array>
#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

namespace bridgewatch::http {

/// The Date field's text, made once a second.
class date_text {
  public:
    /// @return valid until the next call.
    [[nodiscard]] std::string_view at(std::time_t now);

  private:
    std::time_t made_for_ = -1;
    std::array<char, 32> text_{};
    std::size_t length_ = 0;
};

/// How a client knows where a body ends.
enum class body_length { known, chunked, until_close };

/// What the server itself says in the head of a response.
struct framing {
    std::string_view date = {};
    std::string_view request_id = {};
    body_length length = body_length::known;
    std::size_t content_length = 0; ///< where it is known
    content_coding coding = content_coding::identity;
    bool close = false;
    bool say_keep_alive = false; ///< HTTP/1.0 clients want to be told
};

/// Whether a response of that status has a body and a Content-Length (RFC 9110, "Content-Length").
[[nodiscard]] bool has_content(int status);

/// Writes status line and fields, with the empty line. Nothing may be cached: answers are an audit log. Control bytes
/// in values become spaces: no value can start a line.
void write_head(std::string& out, response const& what, framing const& how);

} // namespace bridgewatch::http
