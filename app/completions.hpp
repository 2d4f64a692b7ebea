#pragma once

#include "app/command_description.hpp"

#include <span>
#include <string>

namespace bridgewatch::app {

// Scripts that complete commands, options, and values where these are words or paths.

/// For /usr/share/bash-completion/completions/bridgewatch; needs nothing of the package bash-completion.
[[nodiscard]] std::string bash_completion(std::span<command_description const> commands);
/// For a file _bridgewatch in zsh's fpath.
[[nodiscard]] std::string zsh_completion(std::span<command_description const> commands);
/// For /usr/share/fish/vendor_completions.d/bridgewatch.fish.
[[nodiscard]] std::string fish_completion(std::span<command_description const> commands);

} // namespace bridgewatch::app
