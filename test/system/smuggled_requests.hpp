#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

/// Requests whose end two readers may see in different places, or whose meaning they may see differently.
namespace bridgewatch::test {

struct smuggling_case {
    std::string_view name;
    std::string bytes; ///< with `hidden` behind what may be taken for the end, where there is such a place
    int status = 400;  ///< when we are asked directly
};

inline std::ostream& operator<<(std::ostream& out, smuggling_case const& c)
{
    return out << c.name;
}

/// What an attacker would have us, or the next client's connection, take for a request.
inline std::string const hidden = "GET /api/v2/buildinfo HTTP/1.1\r\nHost: t\r\nX-Request-Id: smuggled\r\n\r\n";

[[nodiscard]] inline std::string post(std::string_view fields, std::string_view body)
{
    return std::string{"POST /livez HTTP/1.1\r\nHost: t\r\n"}.append(fields).append("\r\n").append(body);
}

[[nodiscard]] inline std::string get(std::string_view fields)
{
    return std::string{"GET /livez HTTP/1.1\r\nHost: t\r\n"}.append(fields).append("\r\n");
}

/// A body that ends at once for who reads chunks, and holds `hidden` for who counts.
[[nodiscard]] inline std::string chunks_then_hidden()
{
    return "0\r\n\r\n" + hidden;
}

/// A body that holds `hidden` for who reads chunks, and ends after four bytes for who counts.
[[nodiscard]] inline std::string hidden_in_a_chunk()
{
    constexpr std::string_view digits = "0123456789abcdef";
    auto const size = hidden.size();
    std::string hex;
    for (int shift = 4; shift >= 0; shift -= 4)
        hex += digits[(size >> static_cast<unsigned>(shift)) & 15U];
    return hex + "\r\n" + hidden + "\r\n0\r\n\r\n";
}

[[nodiscard]] inline std::string sized(std::size_t length)
{
    return "Content-Length: " + std::to_string(length) + "\r\n";
}

[[nodiscard]] inline std::vector<smuggling_case> smuggling_cases()
{
    std::string const chunked = "Transfer-Encoding: chunked\r\n";
    auto const counted = chunks_then_hidden().size();
    std::string const nul(1, '\0');
    std::vector<smuggling_case> all{
        {"CL.TE", post(sized(counted) + chunked, chunks_then_hidden())},
        {"TE.CL", post(chunked + sized(4), hidden_in_a_chunk())},
        {"CL.0", post("Content-Length: 0\r\n" + sized(hidden.size()), hidden)},
        {"0.CL", post(sized(hidden.size()) + "Content-Length: 0\r\n", hidden)},
        {"TE.TE, second obscured", post(chunked + "Transfer-Encoding: x\r\n" + sized(4), hidden_in_a_chunk())},
        {"TE.TE, first obscured", post("Transfer-Encoding: x\r\n" + chunked + sized(4), hidden_in_a_chunk())},
        {"TE.TE, twice chunked", post(chunked + chunked, chunks_then_hidden())},
        {"differing lengths", post("Content-Length: 5\r\n" + sized(6), "hello" + hidden)},
        {"the same length twice", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello" + hidden)},
        {"a list of lengths", post("Content-Length: 5, 5\r\n", "hello" + hidden)},
        {"length behind a fold", post("X: y\r\n Content-Length: 5\r\n", hidden)},
        {"fold of a length", post("Content-Length:\r\n 5\r\n", "hello" + hidden)},
        {"fold of a coding", post("Transfer-Encoding:\r\n chunked\r\n", chunks_then_hidden())},
        {"fold by tab", post("X: y\r\n\tTransfer-Encoding: chunked\r\n", hidden)},
        {"fold of the first line", "POST /livez HTTP/1.1\r\n Host: t\r\nHost: t\r\n\r\n" + hidden},
        {"chunk extension", post(chunked, "0;a=b\r\n\r\n" + hidden)},
        {"chunk extension with a bare line feed", post(chunked, "2;\nxx\r\n0\r\n\r\n" + hidden)},
        {"chunk extension with a bare carriage return", post(chunked, "2;\rxx\r\n0\r\n\r\n" + hidden)},
        {"space behind a chunk's size", post(chunked, "0 \r\n\r\n" + hidden)},
        {"chunk size in C's way", post(chunked, "0x0\r\n\r\n" + hidden)},
        {"signed chunk size", post(chunked, "+0\r\n\r\n" + hidden)},
        {"negative chunk size", post(chunked, "-1\r\n\r\n" + hidden)},
        {"chunk size with underscore", post(chunked, "1_0\r\n\r\n" + hidden)},
        {"empty chunk size", post(chunked, "\r\n\r\n" + hidden)},
        {"chunk size of 64 bits and more", post(chunked, "10000000000000000\r\n\r\n" + hidden), 413},
        {"chunk size that is 5 in 32 bits", post(chunked, "100000005\r\nhello\r\n0\r\n\r\n" + hidden), 413},
        {"bare line feed behind a chunk's size", post(chunked, "0\n\r\n" + hidden)},
        {"bare line feed at the end of chunks", post(chunked, "0\r\n\n" + hidden)},
        {"chunk without its line end", post(chunked, "2\r\nxx0\r\n\r\n" + hidden)},
        {"fold in the trailer", post(chunked, "0\r\n Host: t\r\n\r\n" + hidden)},
        {"bare line feeds in a trailer", post(chunked, "0\r\nA: b\nC: d\r\n\r\n" + hidden)},
        {"bare line feeds", "GET /livez HTTP/1.1\nHost: t\n\n" + hidden},
        {"bare line feed in the middle", get("X: y\nZ: z\r\n") + hidden},
        {"bare line feed at the end", "GET /livez HTTP/1.1\r\nHost: t\r\n\n" + hidden},
        {"line feed, carriage return", "GET /livez HTTP/1.1\n\rHost: t\n\r\n\r" + hidden},
        {"bare carriage return in a value", get("X: y\rTransfer-Encoding: chunked\r\n") + hidden},
        {"bare carriage return as line end", "GET /livez HTTP/1.1\rHost: t\r\r" + hidden},
        {"two carriage returns", get("X: y\r\r\n") + hidden},
        {"two carriage returns at the end", "GET /livez HTTP/1.1\r\nHost: t\r\n\r\r\n" + hidden},
        {"space before the colon of a length", post("Content-Length : 5\r\n", "hello" + hidden)},
        {"space before the colon of a coding", post("Transfer-Encoding : chunked\r\n", chunks_then_hidden())},
        {"tab before the colon", post("Transfer-Encoding\t: chunked\r\n", chunks_then_hidden())},
        {"field without colon", get("Transfer-Encoding chunked\r\n") + hidden},
        {"field without name", get(": chunked\r\n") + hidden},
        {"space before the first field", "GET /livez HTTP/1.1\r\n X: y\r\nHost: t\r\n\r\n" + hidden},
        {"NUL in a name", post("Content" + nul + "-Length: 5\r\n", "hello" + hidden)},
        {"NUL in a coding", post("Transfer-Encoding: chunked" + nul + "\r\n", chunks_then_hidden())},
        {"NUL in a value", get("X: a" + nul + "b\r\n") + hidden},
        {"NUL in the target", "GET /livez" + nul + "x HTTP/1.1\r\nHost: t\r\n\r\n" + hidden},
        {"HTTP/0.9", "GET /livez\r\n" + hidden},
        {"HTTP/0.9 with fields", "GET /livez\r\nHost: t\r\n\r\n" + hidden},
        {"coding in HTTP/1.0", "POST /livez HTTP/1.0\r\nHost: t\r\n" + chunked + "\r\n" + chunks_then_hidden()},
        {"coding and length in HTTP/1.0", "POST /livez HTTP/1.0\r\nHost: t\r\nConnection: keep-alive\r\n" + chunked +
                                              sized(4) + "\r\n" + hidden_in_a_chunk()},
        {"HTTP/1.2", "GET /livez HTTP/1.2\r\nHost: t\r\n\r\n" + hidden},
        {"HTTP/01.1", "GET /livez HTTP/01.1\r\nHost: t\r\n\r\n" + hidden},
        {"version in small letters", "GET /livez http/1.1\r\nHost: t\r\n\r\n" + hidden},
        {"two spaces in the first line", "GET  /livez HTTP/1.1\r\nHost: t\r\n\r\n" + hidden},
        {"tab in the first line", "GET\t/livez HTTP/1.1\r\nHost: t\r\n\r\n" + hidden},
        {"space at the end of the first line", "GET /livez HTTP/1.1 \r\nHost: t\r\n\r\n" + hidden},
        {"line end before the request", "\r\nGET /livez HTTP/1.1\r\nHost: t\r\n\r\n" + hidden},
        {"absolute form of another host", "GET http://evil/livez HTTP/1.1\r\nHost: t\r\n\r\n" + hidden},
        {"absolute form with a user", "GET http://t@evil/livez HTTP/1.1\r\nHost: t\r\n\r\n" + hidden},
        {"absolute form of another scheme", "GET ftp://t/livez HTTP/1.1\r\nHost: t\r\n\r\n" + hidden},
        {"two hosts", "GET /livez HTTP/1.1\r\nHost: t\r\nHost: evil\r\n\r\n" + hidden},
        {"a list of hosts", "GET /livez HTTP/1.1\r\nHost: t, evil\r\n\r\n" + hidden},
        {"no host", "GET /livez HTTP/1.1\r\n\r\n" + hidden},
        {"host with a path", "GET /livez HTTP/1.1\r\nHost: t/x\r\n\r\n" + hidden},
    };
    for (std::string_view const length : {"+5", "-5", "0x5", "5a", "5 5", "5;", "5.0", "5e0", "\"5\"", "", "٥",
                                          "18446744073709551621", "99999999999999999999999999"})
        all.push_back({"no number as length",
                       post(std::string{"Content-Length: "}.append(length).append("\r\n"), "hello" + hidden)});
    for (std::string_view const coding :
         {"xchunked", "chunkedx", "chunked, identity", "identity", "identity, chunked", "gzip, chunked",
          "chunked, gzip", "chunked,", ",chunked", "\"chunked\"", "chunked;q=1", "cHuNkEd, x", "chunked chunked", "",
          "\x0b"
          "chunked",
          "chunked\x0c",
          "\xc2\xa0"
          "chunked"})
        all.push_back({"another coding",
                       post(std::string{"Transfer-Encoding: "}.append(coding).append("\r\n"), chunks_then_hidden())});
    return all;
}

/// Good requests whose body is what an attacker would hide from a server that forgets bodies (CL.0, TE.0). No route
/// reads one, so it is easily forgotten.
[[nodiscard]] inline std::vector<smuggling_case> bodies_that_look_like_requests()
{
    std::string const chunked = "Transfer-Encoding: chunked\r\n";
    return {
        {"CL.0 of a POST", post(sized(hidden.size()), hidden), 405},
        {"TE.0 of a POST", post(chunked, hidden_in_a_chunk()), 405},
        {"CL.0 of a GET", get(sized(hidden.size())) + hidden, 200},
        {"TE.0 of a GET", get(chunked) + hidden_in_a_chunk(), 200},
    };
}

} // namespace bridgewatch::test
