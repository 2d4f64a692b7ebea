#include "app/commands.hpp"
#include "app/documents.hpp"
#include "app/secrets.hpp"
#include "app/version.hpp"

#include <exception>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace bridgewatch::app;

void print_help(std::ostream& out)
{
    out << "bridgewatch COMMAND [options]: searches the audit log of Coder's AI Bridge\n\n";
    for (auto const& command : commands())
        out << "  " << command.name << std::string(10 - command.name.size(), ' ') << command.summary << "\n";
    out << "\nbridgewatch COMMAND --help shows a command's options; --version shows what this was built from.\n";
}

std::string names_of_commands()
{
    std::string out;
    for (auto const& command : commands())
        out.append(out.empty() ? "" : ", ").append(command.name);
    return out;
}

int run(std::vector<std::string> const& arguments)
{
    auto const first = arguments.empty() ? std::string{} : arguments.front();
    if (first == "--version") {
        std::cout << version_report();
        return 0;
    }
    if (first == "docs") // for the build; no help names it
        return run_docs({arguments.begin() + 1, arguments.end()});
    if (first == "--help" || first == "-h" || first == "help") {
        print_help(std::cout);
        return 0;
    }
    for (auto const& command : commands())
        if (command.name == first)
            return command.run({arguments.begin() + 1, arguments.end()});
    if (first.empty())
        print_help(std::cerr);
    else
        std::cerr << "bridgewatch: expected a command (" << names_of_commands() << "), got \"" << first << "\"\n";
    return 2;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        std::span<char*> const given{argv, static_cast<std::size_t>(argc)};
        std::vector<std::string> const arguments{given.begin() + (given.empty() ? 0 : 1), given.end()};
        hide_database_url(given);
        allow_core_dumps(false);
        return run(arguments);
    } catch (std::exception const& error) {
        std::cerr << "bridgewatch: " << error.what() << "\n";
        return 1;
    }
}
