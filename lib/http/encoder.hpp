#pragma once

#include "lib/http/accept_encoding.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::http {

/// Compresses one body at a time, in pieces, at the codec's fastest level. Holds the codec's tables (about 1 MB), so it
/// is used again and again. Throws std::runtime_error where the codec fails: out of memory.
class encoder {
  public:
    encoder() = default;
    encoder(encoder const&) = delete;
    encoder& operator=(encoder const&) = delete;
    virtual ~encoder() = default;

    /// Begins a body, whatever became of the one before. @param size of the body, where it is known
    virtual void start(std::optional<std::size_t> size) = 0;
    /// Appends what is ready to `out`, which may be nothing. Takes about 1 ms for 256 KiB, gzip three times that.
    virtual void write(std::string_view piece, std::string& out) = 0;
    /// Appends the rest of the body.
    virtual void finish(std::string& out) = 0;
};

/// How much a loop may compress in one go; the rest has to wait until others have had their turn.
inline constexpr std::size_t encoder_piece = std::size_t{256} * 1024;

/// The encoders of one loop, which no other thread uses. Must outlive what it lends.
class encoder_shelf {
  public:
    /// Bodies that are compressed at one time by a loop, which bounds the memory that their encoders take. Past it
    /// answers are not compressed.
    static constexpr std::size_t most_lent = 64;
    static constexpr std::size_t most_kept = 4; ///< of each coding, while nobody uses them

    struct give_back {
        encoder_shelf* shelf = nullptr;
        content_coding coding = content_coding::identity;

        void operator()(encoder* one) const { shelf->take_back(one, coding); }
    };

    using lent = std::unique_ptr<encoder, give_back>;

    /// @return null for identity, and where most_lent are in use.
    [[nodiscard]] lent borrow(content_coding coding);

  private:
    void take_back(encoder* one, content_coding coding);
    [[nodiscard]] std::vector<std::unique_ptr<encoder>>& kept(content_coding coding);

    std::vector<std::unique_ptr<encoder>> gzip_, zstd_;
    std::size_t lent_ = 0;
};

} // namespace bridgewatch::http
