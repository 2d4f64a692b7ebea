#pragma once

#include "app/command_description.hpp"

#include <string>

namespace bridgewatch::app {

/// A file for --config with every option of a command, each as a comment: what it means, what it takes, its default.
[[nodiscard]] std::string sample_configuration(command_description const& command);

} // namespace bridgewatch::app
