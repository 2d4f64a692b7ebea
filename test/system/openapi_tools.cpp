#include "test/system/openapi_tools.hpp"

#include "test/support/scratch_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <string_view>

namespace bridgewatch::test::openapi {
namespace {

namespace fs = std::filesystem;

std::string const tools = BRIDGEWATCH_SOURCE_DIR "/test/openapi";

std::string write(scratch_directory const& to, std::string const& name, std::string_view text)
{
    auto const file = to.path() / name;
    std::ofstream{file} << text;
    return file;
}

finished node(std::vector<std::string> arguments)
{
    BOOST_TEST_REQUIRE(fs::exists(tools + "/node_modules"), "npm's packages are missing: ./dev test installs them");
    arguments.insert(arguments.begin(), "node");
    return run(arguments, {{"REDOCLY_TELEMETRY", "off"}, {"REDOCLY_SUPPRESS_UPDATE_NOTICE", "true"}});
}

} // namespace

finished lint(std::string const& document)
{
    scratch_directory const folder;
    return node({tools + "/node_modules/.bin/redocly", "lint", "--config", tools + "/redocly.yaml", "--format",
                 "stylish", write(folder, "openapi.json", document)});
}

finished validate(std::string const& document, std::string const& answers, std::vector<std::string> const& not_seen)
{
    scratch_directory const folder;
    std::vector<std::string> command{tools + "/validate.mjs", write(folder, "openapi.json", document),
                                     write(folder, "answers.jsonl", answers)};
    command.insert(command.end(), not_seen.begin(), not_seen.end());
    return node(command);
}

} // namespace bridgewatch::test::openapi
