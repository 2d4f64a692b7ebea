#pragma once

#include "test/support/http_client.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace bridgewatch::test {

/// Requests at constant rates, each sent when it is due, whether those before it were answered or not: as many callers
/// ask who do not know of each other ("open loop"). A client that waits for its answers would ask less of a server the
/// slower that is, and never see an overload.
struct open_load {
    struct stretch {
        double rate = 0; ///< requests a second
        std::chrono::milliseconds length{0};
    };

    std::string address; ///< "127.0.0.1:1234" or "unix:/path"
    std::string target;
    http_headers headers;
    std::vector<stretch> stretches;            ///< one behind the other, without a pause
    std::chrono::milliseconds patience{20000}; ///< for each answer
};

/// What became of a request.
struct open_answer {
    std::size_t stretch = 0;           ///< in which it was due
    std::chrono::microseconds due{0};  ///< since the load began
    std::chrono::microseconds took{0}; ///< from when it was due to the last byte of its answer
    int status = 0;                    ///< 0: no answer
};

/// Blocks until all are answered, or have waited for too long. In order of when they were due.
[[nodiscard]] std::vector<open_answer> run(open_load const& what);

/// Those of one stretch.
struct load_summary {
    double goodput = 0;                           ///< answers with 200 a second
    std::size_t good = 0, refused = 0, other = 0; ///< refused: with 503
    std::chrono::microseconds good_p50{0}, good_p99{0}, refused_p50{0}, refused_p99{0};
};

[[nodiscard]] load_summary summarize(std::vector<open_answer> const& answers, std::size_t stretch,
                                     std::chrono::milliseconds length);

/// How long after the first of that stretch was due the last one was due that was not answered with 200 within `limit`.
[[nodiscard]] std::chrono::microseconds recovery(std::vector<open_answer> const& answers, std::size_t stretch,
                                                 std::chrono::microseconds limit);

} // namespace bridgewatch::test
