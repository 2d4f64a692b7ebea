#pragma once

#include <string>
#include <vector>

namespace bridgewatch::app {

/// `bridgewatch docs man|bash|zsh|fish|conf`: prints what the build installs beside the program. Gives the exit status.
[[nodiscard]] int run_docs(std::vector<std::string> const& arguments);

} // namespace bridgewatch::app
