#include "lib/http/encoder.hpp"

#include <array>
#include <stdexcept>

// zlib's next_in is not const without it.
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

namespace bridgewatch::http {

namespace {

/// What a codec writes in one go, before it is appended.
using scratch = std::array<char, std::size_t{64} * 1024>;

class zstd_encoder final : public encoder {
  public:
    zstd_encoder()
    {
        if (!context_)
            throw std::runtime_error{"zstd: no memory"};
        check(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, 1));
    }

    void start(std::optional<std::size_t> size) override
    {
        check(ZSTD_CCtx_reset(context_.get(), ZSTD_reset_session_only));
        check(ZSTD_CCtx_setPledgedSrcSize(context_.get(), size ? *size : ZSTD_CONTENTSIZE_UNKNOWN));
    }

    void write(std::string_view piece, std::string& out) override { run(piece, ZSTD_e_continue, out); }

    void finish(std::string& out) override { run({}, ZSTD_e_end, out); }

  private:
    struct free_context {
        void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    };

    static std::size_t check(std::size_t code)
    {
        if (ZSTD_isError(code) != 0)
            throw std::runtime_error{std::string{"zstd: "} + ZSTD_getErrorName(code)};
        return code;
    }

    void run(std::string_view piece, ZSTD_EndDirective how, std::string& out)
    {
        ZSTD_inBuffer in{piece.data(), piece.size(), 0};
        for (auto more = true; more;) {
            ZSTD_outBuffer room{scratch_.data(), scratch_.size(), 0};
            auto const left = check(ZSTD_compressStream2(context_.get(), &room, &in, how));
            out.append(scratch_.data(), room.pos);
            more = how == ZSTD_e_end ? left != 0 : in.pos < in.size;
        }
    }

    std::unique_ptr<ZSTD_CCtx, free_context> context_{ZSTD_createCCtx()};
    scratch scratch_{};
};

class gzip_encoder final : public encoder {
  public:
    gzip_encoder()
    {
        constexpr int with_gzip_head = 16; // added to the window's bits
        if (deflateInit2(&stream_, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + with_gzip_head, MAX_MEM_LEVEL - 1,
                         Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::runtime_error{"zlib: no memory"};
    }

    ~gzip_encoder() override { deflateEnd(&stream_); }

    gzip_encoder(gzip_encoder const&) = delete;
    gzip_encoder& operator=(gzip_encoder const&) = delete;

    void start(std::optional<std::size_t> /*size*/) override { check(deflateReset(&stream_)); }

    void write(std::string_view piece, std::string& out) override { run(piece, Z_NO_FLUSH, out); }

    void finish(std::string& out) override { run({}, Z_FINISH, out); }

  private:
    static void check(int code)
    {
        if (code == Z_STREAM_ERROR)
            throw std::runtime_error{"zlib: the stream is not in order"};
    }

    void run(std::string_view piece, int flush, std::string& out)
    {
        constexpr std::size_t at_once = std::size_t{1} << 30U; // avail_in is an unsigned int
        do {
            auto const part = piece.substr(0, at_once);
            piece.remove_prefix(part.size());
            stream_.next_in = reinterpret_cast<Bytef const*>(part.data());
            stream_.avail_in = static_cast<uInt>(part.size());
            do {
                stream_.next_out = reinterpret_cast<Bytef*>(scratch_.data());
                stream_.avail_out = static_cast<uInt>(scratch_.size());
                check(deflate(&stream_, flush));
                out.append(scratch_.data(), scratch_.size() - stream_.avail_out);
            } while (stream_.avail_out == 0);
        } while (!piece.empty());
    }

    z_stream stream_{};
    scratch scratch_{};
};

std::unique_ptr<encoder> make_encoder(content_coding coding)
{
    if (coding == content_coding::zstd)
        return std::make_unique<zstd_encoder>();
    return std::make_unique<gzip_encoder>();
}

} // namespace

encoder_shelf::lent encoder_shelf::borrow(content_coding coding)
{
    if (coding == content_coding::identity || lent_ >= most_lent)
        return {};
    auto& free = kept(coding);
    free.reserve(most_kept); // taking back must not throw
    if (free.empty())
        free.push_back(make_encoder(coding));
    lent out{free.back().release(), give_back{this, coding}};
    free.pop_back();
    ++lent_;
    return out;
}

void encoder_shelf::take_back(encoder* one, content_coding coding)
{
    std::unique_ptr<encoder> owned{one};
    --lent_;
    if (auto& free = kept(coding); free.size() < most_kept)
        free.push_back(std::move(owned));
}

std::vector<std::unique_ptr<encoder>>& encoder_shelf::kept(content_coding coding)
{
    return coding == content_coding::zstd ? zstd_ : gzip_;
}

} // namespace bridgewatch::http
