#include "test/system/soak_rude.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json/serialize.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace bridgewatch::test::soak {
namespace {

namespace beast_http = boost::beast::http;

constexpr std::size_t sip = 16 * 1024;
constexpr std::chrono::milliseconds between_sips{5};
constexpr timeval patience{.tv_sec = 30, .tv_usec = 0};

/// A blocking TCP connection with a small window.
class plain_socket {
  public:
    explicit plain_socket(std::string const& address) : number_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}
    {
        auto const colon = address.rfind(':');
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
        ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
        int const window = sip;
        ::setsockopt(number_, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
        ::setsockopt(number_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (::connect(number_, reinterpret_cast<sockaddr const*>(&to), sizeof to) != 0) {
            auto const why = errno;
            ::close(number_);
            throw std::system_error{why, std::generic_category(), "connect"};
        }
    }

    plain_socket(plain_socket const&) = delete;
    plain_socket& operator=(plain_socket const&) = delete;

    ~plain_socket()
    {
        if (number_ >= 0)
            ::close(number_);
    }

    void send(std::string_view bytes) const { (void)!::send(number_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

    /// @return 0 at the end, and where there is none in time
    std::size_t read(std::array<char, sip>& into) const
    {
        auto const count = ::recv(number_, into.data(), into.size(), 0);
        return count > 0 ? static_cast<std::size_t>(count) : 0;
    }

    void reset_when_closed() const
    {
        linger const at_once{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(number_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }

    [[nodiscard]] int release() { return std::exchange(number_, -1); }

  private:
    int number_;
};

std::string request_for_large_page(known const& about, std::string const& id)
{
    return fmt::format("GET /api/v2/aibridge/interceptions?limit=500&count=none HTTP/1.1\r\nHost: test\r\n"
                       "X-Request-Id: {}\r\nCoder-Session-Token: {}\r\n\r\n",
                       id, about.token);
}

} // namespace

void read_slowly(known const& about, unsigned number)
{
    constexpr std::string_view what = "slow reader";
    auto const since = about.book.begin();
    try {
        plain_socket const socket{about.address};
        socket.send(request_for_large_page(about, fmt::format("slow-{}", number)));
        beast_http::response_parser<beast_http::string_body> parser;
        parser.body_limit(boost::none);
        std::array<char, sip> bytes{};
        std::string unparsed;
        boost::system::error_code failed;
        while (!parser.is_done() && !failed) {
            auto const count = socket.read(bytes);
            if (count == 0)
                break;
            unparsed.append(bytes.data(), count);
            parser.eager(true);
            unparsed.erase(0, parser.put(boost::asio::buffer(unparsed), failed));
            if (failed == beast_http::error::need_more)
                failed = {};
            std::this_thread::sleep_for(between_sips);
        }
        if (!parser.is_done()) // the database may have gone while it was read
            return about.book.lost(since, what, "the answer is not complete", weather::stormy);
        http_answer answer{.status = static_cast<int>(parser.get().result_int()),
                           .headers = {{"x-request-id", std::string{parser.get()["X-Request-Id"]}}},
                           .body = parser.get().body()};
        if (auto const later = parser.get()["Retry-After"]; !later.empty())
            answer.headers.emplace("retry-after", later);
        if (answer.status != 200)
            return about.book.other(since, what, answer);
        auto const body = answer.json();
        for (auto const& row : body.at("results").as_array())
            if (auto const* past = about.past.row(row.at("id").as_string()); past != nullptr && row != *past)
                return about.book.wrong(what, "not what plain SQL says: " + boost::json::serialize(row));
        about.book.right(since, what, answer);
    } catch (std::exception const& failure) {
        about.book.lost(since, what, failure.what());
    }
}

void go_away(known const& about, unsigned number)
{
    auto const since = about.book.begin();
    try {
        plain_socket const socket{about.address};
        auto const request = request_for_large_page(about, fmt::format("gone-{}", number));
        if (number % 2 == 0)
            socket.reset_when_closed();
        auto const in_the_middle_of_the_question = number % 3 == 0;
        socket.send(in_the_middle_of_the_question ? request.substr(0, request.size() / 2) : request);
        if (number % 3 == 1) {
            std::array<char, sip> bytes{};
            (void)socket.read(bytes);
        }
    } catch (std::exception const& failure) {
        about.book.lost(since, "goes away", failure.what());
    }
}

silent_crowd::silent_crowd(std::string const& address, std::size_t size)
{
    for (std::size_t i = 0; i < size; ++i)
        sockets_.push_back(plain_socket{address}.release());
}

silent_crowd::~silent_crowd()
{
    for (auto const socket : sockets_)
        ::close(socket);
}

} // namespace bridgewatch::test::soak
