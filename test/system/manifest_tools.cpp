#include "test/system/manifest_tools.hpp"

#include "test/support/process.hpp"
#include "test/support/scratch_directory.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace bridgewatch::test::manifests {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::string const tools = BRIDGEWATCH_SOURCE_DIR "/test/manifests";

json::value const* at(json::value const& from, std::string_view pointer)
{
    json::error_code missing;
    return from.find_pointer(pointer, missing);
}

} // namespace

checked check(std::string const& kind, fs::path const& file)
{
    BOOST_TEST_REQUIRE(fs::exists(tools + "/node_modules"), "npm's packages are missing: ./dev test installs them");
    auto const done = run({"node", tools + "/check.mjs", kind, file.string()});
    BOOST_TEST_REQUIRE((done.status == exit_status{} || done.status == exit_status{.code = 1}), done.errors);
    return {json::parse(done.output), done.errors};
}

checked rendered(std::string const& folder)
{
    scratch_directory const home; // kubectl looks there for a cluster, and has none to find
    auto const done = run({"kubectl", "kustomize", std::string{deploy} + "/kubernetes/" + folder},
                          {{"HOME", home.path().string()}, {"KUBECONFIG", ""}});
    BOOST_TEST_REQUIRE((done.status == exit_status{}), done.errors);
    auto const file = home.path() / "rendered.yaml";
    std::ofstream{file} << done.output;
    return check("kubernetes", file);
}

json::value const& find(json::value const& objects, std::string_view kind, std::string_view name)
{
    constexpr std::size_t hash = 11; // "-hbt6b9fd4k", where kustomize has made the object
    for (auto const& each : objects.as_array()) {
        auto const called = text(each, "/metadata/name");
        bool const is_hashed = kind == "ConfigMap" && called.size() == name.size() + hash && called.starts_with(name);
        if (text(each, "/kind") == kind && (called == name || is_hashed))
            return each;
    }
    throw std::runtime_error{"there is no " + std::string{kind} + " " + std::string{name}};
}

std::string text(json::value const& from, std::string_view pointer)
{
    auto const* found = at(from, pointer);
    if (found == nullptr)
        return {};
    return found->is_string() ? std::string{found->as_string()} : json::serialize(*found);
}

std::vector<std::string> texts(json::value const& from, std::string_view pointer)
{
    std::vector<std::string> out;
    if (auto const* found = at(from, pointer); found != nullptr && found->is_array())
        for (auto const& each : found->as_array())
            out.push_back(text(each, ""));
    return out;
}

std::set<std::string> options_of(std::string const& command)
{
    std::set<std::string> out;
    std::istringstream lines{run({BRIDGEWATCH_BINARY, command, "--help"}).output};
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("  --"))
            out.insert(line.substr(2, line.find(' ', 2) - 2));
    return out;
}

std::vector<std::string> unknown_options(std::vector<std::string> const& arguments)
{
    auto const known = options_of(arguments.at(0));
    std::vector<std::string> out;
    for (auto const& argument : arguments)
        if (argument.starts_with("--") && !known.contains(argument.substr(0, argument.find('='))))
            out.push_back(argument);
    return out;
}

std::string version_tag()
{
    std::istringstream words{run({BRIDGEWATCH_BINARY, "--version"}).output};
    std::string name;
    std::string version;
    words >> name >> version;
    return "v" + version;
}

} // namespace bridgewatch::test::manifests
