#include "app/documents.hpp"

#include "app/commands.hpp"
#include "app/completions.hpp"
#include "app/manual.hpp"
#include "app/sample_configuration.hpp"
#include "app/version.hpp"

#include <iostream>

namespace bridgewatch::app {

int run_docs(std::vector<std::string> const& arguments)
{
    std::vector<command_description> all;
    for (auto const& command : commands())
        all.push_back(command.describe());
    auto const kind = arguments.size() == 1 ? arguments.front() : std::string{};
    if (kind == "man")
        std::cout << manual(all, release());
    else if (kind == "bash")
        std::cout << bash_completion(all);
    else if (kind == "zsh")
        std::cout << zsh_completion(all);
    else if (kind == "fish")
        std::cout << fish_completion(all);
    else if (kind == "conf")
        std::cout << sample_configuration(all.front()); // serve
    else {
        std::cerr << "bridgewatch docs: expected man, bash, zsh, fish or conf\n";
        return 2;
    }
    std::cout.flush();
    return std::cout ? 0 : 1;
}

} // namespace bridgewatch::app
