#pragma once

#include "app/child_process.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

/// What has to be true of the directories of a private cluster. Errors are one line for the person at the terminal.
namespace bridgewatch::app {

/// Makes the directories of `path` that are missing; with `open_for_all`, so that any account can enter them.
[[nodiscard]] boost::system::result<void, std::string> make_directories(std::filesystem::path const& path,
                                                                        bool open_for_all);

/// Makes a directory that only one account (we, where `owner` is empty) may enter. Fine where it exists.
[[nodiscard]] boost::system::result<void, std::string> make_private_directory(std::filesystem::path const& path,
                                                                              std::optional<account> const& owner);

/// Error where fewer than `needed` bytes are free there. 0: not checked.
[[nodiscard]] boost::system::result<void, std::string> check_space(std::filesystem::path const& directory,
                                                                   std::uint64_t needed);

/// The first directory above (or at) `path` that this account cannot enter; empty where it can enter all of them.
/// What does not exist yet is not looked at. Needs root.
[[nodiscard]] std::filesystem::path first_closed_directory(std::filesystem::path const& path, account const& who);

} // namespace bridgewatch::app
