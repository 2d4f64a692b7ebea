#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

#include <sys/stat.h>

namespace bridgewatch::test {

/// A directory of a test, gone with this object. Its path is short, since that of a unix socket has 107 bytes at most,
/// and everybody may enter it, since PostgreSQL may run as another user.
class scratch_directory {
  public:
    scratch_directory()
    {
        std::string name = "/tmp/bw-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error{"cannot make a directory in /tmp"};
        ::chmod(name.c_str(), 0755);
        path_ = name;
    }

    scratch_directory(scratch_directory const&) = delete;
    scratch_directory& operator=(scratch_directory const&) = delete;

    ~scratch_directory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] std::filesystem::path const& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

} // namespace bridgewatch::test
