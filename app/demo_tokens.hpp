#pragma once

#include "app/demo.hpp"

#include <boost/system/result.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace bridgewatch::app {

/// The tokens of a demo, kept in a file that only its owner may read. It is written when all else is done: where it
/// is missing, the last start did not get to its end.
[[nodiscard]] std::vector<demo_token> read_demo_tokens(std::filesystem::path const& file);

/// Replaces the file in one step. Error: one line.
[[nodiscard]] boost::system::result<void, std::string> write_demo_tokens(std::filesystem::path const& file,
                                                                         std::vector<demo_token> const& tokens);

} // namespace bridgewatch::app
