#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace bridgewatch::test {

struct raw_answer {
    std::string bytes;
    bool closed = false; ///< by the server
};

/// Sends bytes on a new connection ("127.0.0.1:1234" or "unix:/path") and reads until the server closes it, or says
/// nothing for `quiet`; where that is longer, it has `first` to begin. What the server does not take any more is not
/// sent. Throws std::runtime_error where it cannot connect.
[[nodiscard]] raw_answer exchange_bytes(std::string const& address, std::string_view bytes,
                                        std::chrono::milliseconds quiet, std::chrono::milliseconds first = {});

} // namespace bridgewatch::test
