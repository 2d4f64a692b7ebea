#pragma once

#include <boost/system/result.hpp>

#include <filesystem>
#include <string>

namespace bridgewatch::app {

/// The directory of `initdb` and `postgres`: the version that made `data` where that exists, else PATH, what
/// pg_config says, and the places of Debian's packages, the newest first. Error: one line that says what to install.
[[nodiscard]] boost::system::result<std::filesystem::path, std::string>
find_postgres_binaries(std::filesystem::path const& data);

} // namespace bridgewatch::app
