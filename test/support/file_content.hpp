#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace bridgewatch::test {

/// All of a file; nothing where it cannot be read.
[[nodiscard]] inline std::string content(std::filesystem::path const& of)
{
    std::ifstream file{of};
    return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace bridgewatch::test
