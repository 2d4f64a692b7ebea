#include "test/support/decoded.hpp"

#include <memory>
#include <stdexcept>
#include <vector>

#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

namespace bridgewatch::test {
namespace {

constexpr std::size_t room = std::size_t{256} * 1024;

[[noreturn]] void fail(std::string_view what)
{
    throw std::runtime_error{std::string{what}};
}

std::string gunzip(std::string_view body)
{
    z_stream stream{};
    constexpr int gzip_only = 16;
    if (inflateInit2(&stream, MAX_WBITS + gzip_only) != Z_OK)
        fail("zlib: no memory");
    std::unique_ptr<z_stream, int (*)(z_stream*)> const ends{&stream, &inflateEnd};
    stream.next_in = reinterpret_cast<Bytef const*>(body.data());
    stream.avail_in = static_cast<uInt>(body.size());
    std::string out;
    std::vector<char> piece(room);
    for (auto code = Z_OK; code != Z_STREAM_END;) {
        stream.next_out = reinterpret_cast<Bytef*>(piece.data());
        stream.avail_out = static_cast<uInt>(piece.size());
        code = inflate(&stream, Z_NO_FLUSH);
        if (code != Z_OK && code != Z_STREAM_END)
            fail("gzip: the body is not whole");
        out.append(piece.data(), piece.size() - stream.avail_out);
    }
    if (stream.avail_in != 0)
        fail("gzip: there is something behind the end");
    return out;
}

std::string unzstd(std::string_view body)
{
    std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> const context{ZSTD_createDCtx(), &ZSTD_freeDCtx};
    std::string out;
    std::vector<char> piece(room);
    ZSTD_inBuffer in{body.data(), body.size(), 0};
    for (std::size_t left = 1; left != 0;) {
        ZSTD_outBuffer to{piece.data(), piece.size(), 0};
        left = ZSTD_decompressStream(context.get(), &to, &in);
        if (ZSTD_isError(left) != 0 || (left != 0 && in.pos == in.size && to.pos < to.size))
            fail("zstd: the body is not whole");
        out.append(piece.data(), to.pos);
    }
    if (in.pos != in.size)
        fail("zstd: there is something behind the end");
    return out;
}

} // namespace

std::string decoded(std::string_view coding, std::string_view body)
{
    if (coding == "gzip")
        return gunzip(body);
    if (coding == "zstd")
        return unzstd(body);
    if (!coding.empty())
        fail("an unknown coding: " + std::string{coding});
    return std::string{body};
}

} // namespace bridgewatch::test
