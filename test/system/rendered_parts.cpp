#include "test/system/rendered_parts.hpp"

#include "test/system/manifest_tools.hpp"

#include <boost/json/array.hpp>

#include <sstream>

namespace bridgewatch::test::manifests {
namespace {

constexpr std::string_view blanks = " \t";

std::string trimmed(std::string const& text)
{
    auto const from = text.find_first_not_of(blanks);
    return from == std::string::npos ? std::string{} : text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

} // namespace

rendered_parts const& rendered_parts::of(std::string const& folder)
{
    static std::map<std::string, rendered_parts> known;
    auto found = known.find(folder);
    if (found == known.end())
        found = known.emplace(folder, rendered_parts{folder}).first;
    return found->second;
}

rendered_parts::rendered_parts(std::string const& folder) : objects_(rendered(folder).value)
{
    auto const map = find(objects_, "ConfigMap", "bridgewatch");
    std::istringstream lines{text(map, "/data/bridgewatch.conf")};
    for (std::string line; std::getline(lines, line);) {
        auto const equals = line.find('=');
        if (!line.starts_with('#') && equals != std::string::npos)
            options_[trimmed(line.substr(0, equals))] = trimmed(line.substr(equals + 1));
    }
}

std::vector<boost::json::value> rendered_parts::pods() const
{
    std::vector<boost::json::value> out;
    for (auto const& each : objects_.as_array())
        if (auto const kind = text(each, "/kind"); kind == "Deployment" || kind == "Job")
            out.push_back(each.at("spec").at("template").at("spec"));
    return out;
}

} // namespace bridgewatch::test::manifests
