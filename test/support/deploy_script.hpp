#pragma once

#include "test/support/process.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace bridgewatch::test {

/// Runs a script of deploy/, as an operator does, to its end. @param script "pgbouncer/configure.sh"
[[nodiscard]] inline finished try_deploy_script(std::string const& script, std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), BRIDGEWATCH_SOURCE_DIR "/deploy/" + script);
    return run(arguments);
}

/// Likewise. @return what it wrote to stdout. Throws std::runtime_error with its errors where it fails.
inline std::string deploy_script(std::string const& script, std::vector<std::string> arguments)
{
    auto done = try_deploy_script(script, std::move(arguments));
    if (done.status != exit_status{})
        throw std::runtime_error{script + " failed: " + done.errors};
    return std::move(done.output);
}

} // namespace bridgewatch::test
