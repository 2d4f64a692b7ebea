#pragma once

#include "lib/http/server.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <string>

#include <sys/types.h>

namespace bridgewatch::http {

/// A bound, listening, non-blocking socket. Kept as a descriptor: we accept ourselves, since accept4 gives the peer's
/// address without another system call and its errors one by one.
struct listener::impl {
    explicit impl(boost::asio::io_context& loop) : descriptor{loop} {}

    impl(impl const&) = delete;
    impl& operator=(impl const&) = delete;
    /// Removes the unix socket's file where it is still ours.
    ~impl();

    /// Closes the socket and removes its file; nothing on a second call.
    void close();

    boost::asio::posix::stream_descriptor descriptor;
    std::string address;
    std::string unix_path;
    dev_t device = 0; ///< of the unix socket's file: a later process may have replaced it
    ino_t inode = 0;
};

} // namespace bridgewatch::http
