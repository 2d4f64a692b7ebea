#include "test/support/process.hpp"

#include "test/support/waits.hpp"

#include <unistd.h>

#include <csignal>
#include <fstream>
#include <stdexcept>

namespace bridgewatch::test {
namespace {

using changes = std::vector<std::pair<std::string, std::string>>;

std::vector<std::string> changed_environment(changes const& wanted)
{
    std::vector<std::string> out;
    for (char** each = ::environ; *each != nullptr; ++each)
        out.emplace_back(*each);
    for (auto const& [name, value] : wanted) {
        std::erase_if(out, [prefix = name + "="](std::string const& entry) { return entry.starts_with(prefix); });
        if (!value.empty())
            out.push_back(std::string{name}.append("=").append(value));
    }
    return out;
}

app::child_process start(std::vector<std::string> const& arguments, changes const& environment,
                         std::optional<app::account> const& run_as, app::capture const& output,
                         app::capture const& errors)
{
    auto child = app::child_process::start({.arguments = arguments,
                                            .environment = changed_environment(environment),
                                            .run_as = run_as,
                                            .output = output.file(),
                                            .error_output = errors.file(),
                                            .signal_at_our_death = SIGKILL});
    if (!child)
        throw std::runtime_error{child.error()};
    return std::move(*child);
}

} // namespace

process::process(std::vector<std::string> const& arguments, changes const& environment,
                 std::optional<app::account> const& run_as)
    : child_{start(arguments, environment, run_as, output_, errors_)}
{
}

bool process::wait_for_text(std::string_view text, std::chrono::milliseconds limit)
{
    auto const said = [&] {
        return output().find(text) != std::string::npos || errors().find(text) != std::string::npos;
    };
    bool ended = false;
    // The end is looked at first: what it wrote before is then complete.
    bool const stopped_waiting = eventually(limit, [&] {
        ended = !is_running();
        return said() || ended;
    });
    return stopped_waiting && said();
}

finished run(std::vector<std::string> const& arguments, changes const& environment, std::chrono::milliseconds limit)
{
    process child{arguments, environment};
    auto const status = child.wait(limit);
    if (!status)
        throw std::runtime_error{arguments.front() + " has not ended in time; it wrote: " + child.output() +
                                 child.errors()};
    return {.status = *status, .output = child.output(), .errors = child.errors()};
}

std::string status_line(pid_t process, std::string_view name)
{
    std::ifstream lines{"/proc/" + std::to_string(process) + "/status"};
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(std::string{name} + ":"))
            return line.substr(line.find_first_not_of(" \t", name.size() + 1));
    return {};
}

} // namespace bridgewatch::test
