#pragma once

#include "lib/http/head_rules.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace bridgewatch::http {

struct limits;

/// From bytes to requests, without a socket: one for the life of a connection. Bytes that belong to the next requests
/// wait inside. Bodies are read and thrown away, since no route takes one.
///
///     for (auto got = reader.next(); ; got = reader.took(n)) -> ready: answer; refused: answer and close;
///         need_more: read n bytes into reader.room()
class request_reader {
  public:
    enum class step { need_more, ready, refused };

    explicit request_reader(limits const& bounds);
    ~request_reader();
    request_reader(request_reader const&) = delete;
    request_reader& operator=(request_reader const&) = delete;

    /// Where the next bytes go; never empty.
    [[nodiscard]] std::span<char> room();
    /// `count` bytes have been written to room().
    [[nodiscard]] step took(std::size_t count);
    /// Forgets the request that was ready and begins the next with what waits.
    [[nodiscard]] step next();

    /// Whether there are bytes of a request that is not ready.
    [[nodiscard]] bool started() const;
    /// Whether bytes wait behind the request that is ready.
    [[nodiscard]] bool has_more() const;
    /// Whether the head is read and good, and the body is being waited for.
    [[nodiscard]] bool in_body() const;
    /// Whether the client holds its body back until it reads "100 Continue". True once.
    [[nodiscard]] bool take_continue();

    /// Valid from ready until next().
    [[nodiscard]] request_head const& head() const;
    /// Valid after refused, which is final.
    [[nodiscard]] refusal const& why() const;

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace bridgewatch::http
