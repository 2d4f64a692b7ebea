#include "test/system/pod_box.hpp"

#include "test/system/manifest_tools.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <fstream>
#include <stdexcept>

namespace bridgewatch::test {
namespace {

namespace json = boost::json;
using manifests::text;
using manifests::texts;

json::value const& named(json::value const& list, std::string const& name)
{
    for (auto const& each : list.as_array())
        if (text(each, "/name") == name)
            return each;
    throw std::runtime_error{"there is no " + name};
}

} // namespace

pod_box::pod_box(json::value const& objects, json::value const& pod, cluster_secrets const& secrets)
{
    auto const& container = pod.at("containers").at(0);
    command_ = texts(container, "/command");
    arguments_ = texts(container, "/args");
    for (auto const& mount : container.at("volumeMounts").as_array())
        add_volume(objects, named(pod.at("volumes"), text(mount, "/name")), text(mount, "/mountPath"), secrets);
    if (auto const* variables = container.as_object().if_contains("env"))
        for (auto const& each : variables->as_array())
            settings_.environment.emplace_back(text(each, "/name"), text(each, "/value"));
    // As an image of any program has it.
    settings_.environment.emplace_back("PATH", "/usr/local/bin:/usr/bin:/bin");
}

void pod_box::add_volume(json::value const& objects, json::value const& volume, std::string const& mount_path,
                         cluster_secrets const& secrets)
{
    auto const folder = directory_.path() / text(volume, "/name");
    std::filesystem::create_directory(folder);
    if (auto const map = text(volume, "/configMap/name"); !map.empty()) {
        for (auto const& [name, value] : manifests::find(objects, "ConfigMap", map).at("data").as_object())
            std::ofstream{folder / std::string{name}} << std::string_view{value.as_string()};
    } else {
        auto const& secret = secrets.at(text(volume, "/secret/secretName"));
        for (auto const& item : volume.at("secret").at("items").as_array()) {
            auto const file = folder / text(item, "/path");
            std::ofstream{file} << secret.at(text(item, "/key"));
            give_to_container(file);
        }
    }
    settings_.mounts.emplace_back(folder, mount_path);
}

std::vector<std::string> pod_box::of_image(std::vector<std::pair<std::string, std::string>> const& environment) const
{
    auto settings = settings_;
    settings.environment.insert(settings.environment.end(), environment.begin(), environment.end());
    std::vector<std::string> command{"/usr/bin/bridgewatch"};
    command.insert(command.end(), arguments_.begin(), arguments_.end());
    return image_root::shared().command_line(settings, command);
}

std::vector<std::string> pod_box::of_image_with(std::vector<std::string> const& arguments) const
{
    std::vector<std::string> command{"/usr/bin/bridgewatch"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return image_root::shared().command_line(settings_, command);
}

std::vector<std::string> pod_box::of_another_image() const
{
    return confined_command_line(settings_, command_);
}

} // namespace bridgewatch::test
