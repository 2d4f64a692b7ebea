#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bridgewatch::http {

/// Finds the end of a body that nobody wants, piece by piece and without keeping any of it.
///
/// Chunked bodies are our own: Beast 1.81 asserts (`n >= 5`) when the last chunk arrives byte by byte, which a caller
/// could use to end a process that is built with assertions.
/// Source: RFC 9112, "Chunked Transfer Coding".
class body_skipper {
  public:
    enum class state : std::uint8_t { need_more, done, malformed, too_long };

    void expect_length(std::uint64_t length);
    /// @param most  bytes of the body without its framing; the framing may be `framing_per_byte` times as long.
    void expect_chunks(std::size_t most);

    /// Takes its part off the front of `bytes`.
    state skip(std::string_view& bytes);

  private:
    enum class place : std::uint8_t {
        sized,       ///< not chunked
        first_digit, ///< of a chunk's size
        digits,
        size_end, ///< the line feed
        data,
        data_cr,
        data_lf,
        trailer_start,
        trailer,
        trailer_end,
        last_lf,
        over,
    };
    static constexpr std::size_t framing_per_byte = 8; ///< a chunk of one byte is six bytes long

    bool step(char byte);
    bool take_digit(char byte);
    bool end_size_line(char byte);
    bool expect(char byte, char wanted, place next);

    place at_ = place::over;
    std::uint64_t left_ = 0; ///< of the body, or of the chunk
    std::uint64_t data_left_ = 0;
    std::uint64_t framing_left_ = 0;
    bool too_long_ = false;
};

} // namespace bridgewatch::http
