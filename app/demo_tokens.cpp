#include "app/demo_tokens.hpp"

#include "app/descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace bridgewatch::app {

std::vector<demo_token> read_demo_tokens(std::filesystem::path const& file)
{
    std::vector<demo_token> out;
    std::ifstream in{file};
    for (demo_token each; in >> each.role >> each.username >> each.token;)
        out.push_back(each);
    return out;
}

boost::system::result<void, std::string> write_demo_tokens(std::filesystem::path const& file,
                                                           std::vector<demo_token> const& tokens)
{
    std::string text;
    for (auto const& each : tokens)
        text += each.role + " " + each.username + " " + each.token + "\n";
    auto const unfinished = file.string() + ".unfinished";
    descriptor const out{::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    bool const written = out && ::write(out.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (!written || ::rename(unfinished.c_str(), file.c_str()) != 0)
        return "cannot write " + file.string() + ": " + std::strerror(errno);
    return {};
}

} // namespace bridgewatch::app
