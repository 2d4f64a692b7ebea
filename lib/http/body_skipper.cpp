#include "lib/http/body_skipper.hpp"

#include "lib/http/field_text.hpp"

#include <algorithm>

namespace bridgewatch::http {

namespace {

/// -1 where it is no hexadecimal digit.
int digit_value(char byte)
{
    if ('0' <= byte && byte <= '9')
        return byte - '0';
    if ('a' <= byte && byte <= 'f')
        return byte - 'a' + 10;
    if ('A' <= byte && byte <= 'F')
        return byte - 'A' + 10;
    return -1;
}

} // namespace

void body_skipper::expect_length(std::uint64_t length)
{
    *this = {};
    at_ = length == 0 ? place::over : place::sized;
    left_ = length;
}

void body_skipper::expect_chunks(std::size_t most)
{
    *this = {};
    at_ = place::first_digit;
    data_left_ = most;
    framing_left_ = std::uint64_t{most} * framing_per_byte;
}

body_skipper::state body_skipper::skip(std::string_view& bytes)
{
    while (at_ != place::over && !bytes.empty()) {
        if (at_ == place::sized || at_ == place::data) {
            auto const count = std::min<std::uint64_t>(left_, bytes.size());
            bytes.remove_prefix(static_cast<std::size_t>(count));
            left_ -= count;
            if (left_ == 0)
                at_ = at_ == place::sized ? place::over : place::data_cr;
            continue;
        }
        auto const byte = bytes.front();
        bytes.remove_prefix(1);
        if (framing_left_-- == 0)
            return state::too_long;
        if (!step(byte))
            return too_long_ ? state::too_long : state::malformed;
    }
    return at_ == place::over ? state::done : state::need_more;
}

/// One byte of the framing. @return whether it may stand there.
bool body_skipper::step(char byte)
{
    switch (at_) {
    case place::first_digit:
        at_ = place::digits;
        return digit_value(byte) >= 0 && take_digit(byte);
    case place::digits:
        return digit_value(byte) >= 0 ? take_digit(byte) : end_size_line(byte);
    case place::size_end:
        return expect(byte, '\n', left_ == 0 ? place::trailer_start : place::data);
    case place::data_cr:
        return expect(byte, '\r', place::data_lf);
    case place::data_lf:
        left_ = 0;
        return expect(byte, '\n', place::first_digit);
    case place::trailer_start:
        at_ = byte == '\r' ? place::last_lf : place::trailer;
        return byte == '\r' || is_token_char(byte);
    case place::trailer:
        if (byte == '\r')
            at_ = place::trailer_end;
        return byte == '\r' || byte == '\t' || !is_control(byte);
    case place::trailer_end:
        return expect(byte, '\n', place::trailer_start);
    case place::last_lf:
        return expect(byte, '\n', place::over);
    case place::sized:
    case place::data:
    case place::over:
        break;
    }
    return false;
}

bool body_skipper::take_digit(char byte)
{
    left_ = left_ * 16 + static_cast<std::uint64_t>(digit_value(byte));
    too_long_ = left_ > data_left_; // before it could overflow
    return !too_long_;
}

/// After the digits. An extension is refused, though a recipient may ignore it: no client of ours sends any, and
/// readers differ in where one ends.
bool body_skipper::end_size_line(char byte)
{
    data_left_ -= left_;
    at_ = place::size_end;
    return byte == '\r';
}

bool body_skipper::expect(char byte, char wanted, place next)
{
    at_ = next;
    return byte == wanted;
}

} // namespace bridgewatch::http
