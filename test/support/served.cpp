#include "test/support/served.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

namespace bridgewatch::test {
namespace {

std::string usual_threads()
{
    auto const* wanted = std::getenv("BRIDGEWATCH_TEST_THREADS");
    return wanted == nullptr ? "2" : wanted;
}

std::vector<std::string> command_line(std::string const& conninfo, detour const* way,
                                      std::vector<std::string> const& options, std::vector<std::string> line)
{
    line.insert(line.end(), {BRIDGEWATCH_BINARY, "serve", "--database-url", way ? way->conninfo() : conninfo});
    bool listens = false;
    bool has_threads = false;
    bool says_how_to_prepare = false;
    for (auto const& option : options) {
        listens = listens || option.starts_with("--listen");
        has_threads = has_threads || option.starts_with("--threads");
        says_how_to_prepare = says_how_to_prepare || option.starts_with("--prepared-statements");
        line.push_back(option);
    }
    if (way && !way->keeps_sessions() && !says_how_to_prepare)
        line.insert(line.end(), {"--prepared-statements", "off"});
    if (!has_threads)
        line.insert(line.end(), {"--threads", usual_threads()});
    if (!listens)
        line.insert(line.end(), {"--listen", "127.0.0.1:0"});
    return line;
}

} // namespace

served::served(std::string const& conninfo, std::vector<std::string> const& options, surroundings const& in)
    : way_{detour::chosen(conninfo)}, program_{command_line(conninfo, way_.get(), options, in.launcher), in.environment}
{
    if (!program_.wait_for_text("\"event\":\"started\"", waits::long_limit))
        throw std::runtime_error{"the server did not start: " + program_.errors()};
    address_ = std::string{log_lines("listening").front().at("address").as_string()};
    if (std::ranges::find(options, "--tls-certificate") != options.end() && !address_.starts_with("unix:"))
        address_ = "tls:" + address_;
}

served::~served()
{
    program_.send(SIGTERM);
    static_cast<void>(program_.wait(waits::long_limit));
}

bool served::ready() const
{
    return eventually(waits::limit, [this] { return fetch(address_, "/readyz").status == 200; });
}

std::vector<boost::json::object> served::log_lines(std::string_view event) const
{
    std::vector<boost::json::object> found;
    std::istringstream lines{program_.errors()};
    for (std::string line; std::getline(lines, line);) {
        boost::system::error_code failed;
        auto value = boost::json::parse(line, failed);
        if (!failed && value.is_object() && value.as_object().contains("event") &&
            value.at("event").as_string() == event)
            found.push_back(std::move(value.as_object()));
    }
    return found;
}

boost::json::object served::request_line(std::string_view request_id, std::chrono::milliseconds limit) const
{
    boost::json::object found;
    bool const is_written = eventually(limit, [&] {
        for (auto& line : log_lines("request"))
            if (line.at("request_id").as_string() == request_id)
                found = std::move(line);
        return !found.empty();
    });
    if (!is_written)
        throw std::runtime_error{"no line of the request " + std::string{request_id} + " in: " + log()};
    return found;
}

} // namespace bridgewatch::test
