#include "lib/http/listener.hpp"

#include "lib/http/address.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace bridgewatch::http {

namespace {

constexpr int backlog = 4096; // the kernel cuts it to net.core.somaxconn

/// Any kind of socket address; in network form.
struct native_address {
    sockaddr_storage storage{};
    socklen_t length = 0;

    [[nodiscard]] int family() const { return storage.ss_family; }

    [[nodiscard]] sockaddr const* get() const { return reinterpret_cast<sockaddr const*>(&storage); }
};

/// A descriptor until somebody takes it.
class open_file {
  public:
    explicit open_file(int number) : number_{number} {}

    open_file(open_file const&) = delete;
    open_file& operator=(open_file const&) = delete;

    ~open_file()
    {
        if (number_ >= 0)
            ::close(number_);
    }

    [[nodiscard]] int get() const { return number_; }

    [[nodiscard]] int release() { return std::exchange(number_, -1); }

  private:
    int number_;
};

template <class Address>
native_address as_native(Address const& from)
{
    native_address out;
    std::memcpy(&out.storage, &from, sizeof from);
    out.length = sizeof from;
    return out;
}

/// Empty where the address is none, or the path is longer than the kernel takes.
std::optional<native_address> native(endpoint const& at)
{
    if (!at.unix_path.empty()) {
        sockaddr_un out{};
        if (at.unix_path.size() >= sizeof out.sun_path)
            return std::nullopt;
        out.sun_family = AF_UNIX;
        std::ranges::copy(at.unix_path, out.sun_path);
        return as_native(out);
    }
    sockaddr_in v4{};
    if (inet_pton(AF_INET, at.host.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(at.port);
        return as_native(v4);
    }
    sockaddr_in6 v6{};
    if (inet_pton(AF_INET6, at.host.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(at.port);
        return as_native(v6);
    }
    return std::nullopt;
}

std::string text(endpoint const& at)
{
    if (!at.unix_path.empty())
        return "unix:" + at.unix_path;
    auto const host = at.host.find(':') == std::string::npos ? at.host : "[" + at.host + "]";
    return host + ":" + std::to_string(at.port);
}

std::string refused(endpoint const& at, std::string_view why)
{
    return std::string{"cannot listen on "}.append(text(at)).append(": ").append(why);
}

std::string refused(endpoint const& at, int error)
{
    std::string why = error == EADDRINUSE ? "address already in use" : std::strerror(error);
    why.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(why.front())));
    return refused(at, why);
}

void set_option(int socket, int level, int name)
{
    int const on = 1;
    ::setsockopt(socket, level, name, &on, sizeof on);
}

/// The port that the kernel chose.
std::uint16_t bound_port(int socket)
{
    native_address out;
    out.length = sizeof out.storage;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&out.storage), &out.length);
    // The port stands at the same place in both families.
    sockaddr_in in{};
    std::memcpy(&in, &out.storage, sizeof in);
    return ntohs(in.sin_port);
}

/// Removes a unix socket's file that nobody answers on. @return what is in the way, or 0.
int remove_stale(endpoint const& at, native_address const& where)
{
    struct stat file{};
    if (::lstat(at.unix_path.c_str(), &file) != 0)
        return errno == ENOENT ? 0 : errno;
    if (!S_ISSOCK(file.st_mode))
        return EEXIST;
    open_file const probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (probe.get() < 0)
        return errno;
    if (::connect(probe.get(), where.get(), where.length) == 0 || errno != ECONNREFUSED)
        return EADDRINUSE;
    return ::unlink(at.unix_path.c_str()) == 0 ? 0 : errno;
}

} // namespace

std::optional<std::string> listener::taken(endpoint const& at)
{
    auto const where = native(at);
    if (!where || !at.unix_path.empty() || at.port == 0)
        return std::nullopt;
    open_file const probe{::socket(where->family(), SOCK_STREAM | SOCK_CLOEXEC, 0)};
    set_option(probe.get(), SOL_SOCKET, SO_REUSEADDR); // connections in TIME_WAIT are in nobody's way
    if (probe.get() < 0 || ::bind(probe.get(), where->get(), where->length) != 0)
        return refused(at, errno);
    return std::nullopt;
}

boost::system::result<listener, std::string> listener::open(boost::asio::io_context& loop, endpoint const& at)
{
    auto const where = native(at);
    if (!where)
        return refused(at, at.unix_path.empty() ? "not an IP address" : "the path is longer than 107 bytes");
    auto const is_unix = where->family() == AF_UNIX;
    if (auto const in_the_way = is_unix ? remove_stale(at, *where) : 0; in_the_way != 0)
        return refused(at, in_the_way);
    open_file socket{::socket(where->family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (socket.get() < 0)
        return refused(at, errno);
    if (!is_unix) {
        set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR);
        set_option(socket.get(), SOL_SOCKET, SO_REUSEPORT);
    }
    if (::bind(socket.get(), where->get(), where->length) != 0 || ::listen(socket.get(), backlog) != 0)
        return refused(at, errno);

    auto made = std::make_unique<impl>(loop);
    auto real = at;
    if (is_unix) {
        struct stat file{};
        ::lstat(at.unix_path.c_str(), &file);
        made->unix_path = at.unix_path;
        made->device = file.st_dev;
        made->inode = file.st_ino;
    } else {
        real.port = bound_port(socket.get());
    }
    made->address = text(real);
    made->descriptor.assign(socket.release());
    return listener{std::move(made)};
}

listener::impl::~impl()
{
    close();
}

void listener::impl::close()
{
    boost::system::error_code ignored;
    descriptor.close(ignored);
    struct stat file{};
    if (!unix_path.empty() && ::lstat(unix_path.c_str(), &file) == 0 && file.st_dev == device && file.st_ino == inode)
        ::unlink(unix_path.c_str());
    unix_path.clear();
}

listener::listener(std::unique_ptr<impl> made) : impl_{std::move(made)} {}

listener::listener(listener&&) noexcept = default;

listener& listener::operator=(listener&&) noexcept = default;

listener::~listener() = default;

std::string listener::address() const
{
    return impl_->address;
}

} // namespace bridgewatch::http
