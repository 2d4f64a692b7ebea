#include "test/support/raw_client.hpp"

#include "app/descriptor.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

namespace bridgewatch::test {
namespace {

app::descriptor connected_to_file(std::string const& path)
{
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    if (path.size() < sizeof to.sun_path)
        std::ranges::copy(path, to.sun_path);
    app::descriptor out{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (::connect(out.get(), reinterpret_cast<sockaddr const*>(&to), sizeof to) != 0)
        throw std::runtime_error{"cannot connect to " + path};
    return out;
}

app::descriptor connected(std::string const& address)
{
    constexpr std::string_view unix_socket = "unix:";
    if (address.starts_with(unix_socket))
        return connected_to_file(address.substr(unix_socket.size()));
    auto const colon = address.rfind(':');
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
    app::descriptor out{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    bool const good = ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) == 1 &&
                      ::connect(out.get(), reinterpret_cast<sockaddr const*>(&to), sizeof to) == 0;
    if (!good)
        throw std::runtime_error{"cannot connect to " + address};
    return out;
}

} // namespace

raw_answer exchange_bytes(std::string const& address, std::string_view bytes, std::chrono::milliseconds quiet,
                          std::chrono::milliseconds first)
{
    auto const socket = connected(address);
    raw_answer out;
    std::array<char, 16384> room{};
    for (;;) {
        short const wanted = bytes.empty() ? POLLIN : POLLIN | POLLOUT;
        pollfd state{.fd = socket.get(), .events = wanted, .revents = 0};
        auto const patience = out.bytes.empty() ? std::max(quiet, first) : quiet;
        if (::poll(&state, 1, static_cast<int>(patience.count())) <= 0)
            return out;
        if ((state.revents & POLLOUT) != 0 && !bytes.empty()) {
            auto const sent = ::send(socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent > 0)
                bytes.remove_prefix(static_cast<std::size_t>(sent));
            else if (sent < 0 && errno != EAGAIN)
                bytes = {};
        }
        if ((state.revents & (POLLIN | POLLHUP | POLLERR)) == 0)
            continue;
        auto const got = ::recv(socket.get(), room.data(), room.size(), MSG_DONTWAIT);
        if (got > 0)
            out.bytes.append(room.data(), static_cast<std::size_t>(got));
        out.closed = got == 0 || (got < 0 && errno != EAGAIN);
        if (out.closed)
            return out;
    }
}

} // namespace bridgewatch::test
