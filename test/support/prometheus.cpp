#include "test/support/prometheus.hpp"

#include "test/support/http_client.hpp"
#include "test/support/waits.hpp"

#include <boost/json/array.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <stdexcept>

namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;

/// The files in `directory`, and the command that takes them.
std::vector<std::string> command_line(fs::path const& directory, std::vector<std::string> const& targets)
{
    fs::path const from{BRIDGEWATCH_SOURCE_DIR "/deploy/prometheus"};
    fs::copy_file(from / "alerts.yml", directory / "alerts.yml");
    std::ifstream file{from / "prometheus.yml"};
    std::string const usual{std::istreambuf_iterator<char>{file}, {}};
    std::ofstream{directory / "prometheus.yml"}
        << std::regex_replace(usual, std::regex{"_interval: 15s"}, "_interval: 500ms");
    std::ofstream list{directory / "targets.yml"};
    list << "- targets:\n";
    for (auto const& target : targets)
        list << "    - '" << target << "'\n";
    return {"prometheus", "--config.file=" + (directory / "prometheus.yml").string(),
            "--storage.tsdb.path=" + (directory / "data").string(), "--web.listen-address=127.0.0.1:0"};
}

} // namespace

prometheus::prometheus(std::vector<std::string> const& targets) : program_{command_line(directory_.path(), targets)}
{
    if (!program_.wait_for_text("Server is ready to receive web requests", waits::long_limit))
        throw std::runtime_error{"Prometheus did not start: " + program_.errors()};
    std::smatch found;
    auto const said = program_.errors();
    if (!std::regex_search(said, found, std::regex{R"re(msg="Listening on" address=(\S+))re"}))
        throw std::runtime_error{"Prometheus does not say where it listens: " + said};
    address_ = found[1];
}

boost::json::value prometheus::ask(std::string const& target) const
{
    auto const answer = fetch(address_, target).json().as_object();
    if (answer.at("status").as_string() != "success")
        throw std::runtime_error{"Prometheus: " + std::string{answer.at("error").as_string()}};
    return answer.at("data");
}

std::vector<boost::json::object> prometheus::rules() const
{
    std::vector<boost::json::object> out;
    auto const data = ask("/api/v1/rules");
    for (auto const& group : data.at("groups").as_array())
        for (auto const& rule : group.at("rules").as_array())
            out.push_back(rule.as_object());
    return out;
}

boost::json::array prometheus::query(std::string_view expression) const
{
    return ask("/api/v1/query?query=" + percent_encoded(expression)).at("result").as_array();
}

std::vector<std::string> prometheus::alerts() const
{
    std::set<std::string> names;
    auto const data = ask("/api/v1/alerts");
    for (auto const& alert : data.at("alerts").as_array())
        names.emplace(alert.at("labels").at("alertname").as_string());
    return {names.begin(), names.end()};
}

} // namespace bridgewatch::test
