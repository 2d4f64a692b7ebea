#include "test/system/openapi_tools.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace bridgewatch::test::openapi {
namespace {

namespace fs = std::filesystem;

std::string const tools = BRIDGEWATCH_SOURCE_DIR "/test/openapi";

/// A folder of this test, gone with this object.
class scratch_folder {
  public:
    scratch_folder()
    {
        std::string name = "/tmp/bw-openapi-XXXXXX";
        BOOST_TEST_REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }

    scratch_folder(scratch_folder const&) = delete;
    scratch_folder& operator=(scratch_folder const&) = delete;

    ~scratch_folder()
    {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }

    [[nodiscard]] std::string write(std::string const& name, std::string_view text) const
    {
        auto const file = path_ / name;
        std::ofstream{file} << text;
        return file;
    }

  private:
    fs::path path_;
};

finished node(std::vector<std::string> arguments)
{
    BOOST_TEST_REQUIRE(fs::exists(tools + "/node_modules"), "npm's packages are missing: ./dev test installs them");
    arguments.insert(arguments.begin(), "node");
    return run(arguments, {{"REDOCLY_TELEMETRY", "off"}, {"REDOCLY_SUPPRESS_UPDATE_NOTICE", "true"}});
}

} // namespace

finished lint(std::string const& document)
{
    scratch_folder const folder;
    return node({tools + "/node_modules/.bin/redocly", "lint", "--config", tools + "/redocly.yaml", "--format",
                 "stylish", folder.write("openapi.json", document)});
}

finished validate(std::string const& document, std::string const& answers, std::vector<std::string> const& not_seen)
{
    scratch_folder const folder;
    std::vector<std::string> command{tools + "/validate.mjs", folder.write("openapi.json", document),
                                     folder.write("answers.jsonl", answers)};
    command.insert(command.end(), not_seen.begin(), not_seen.end());
    return node(command);
}

} // namespace bridgewatch::test::openapi
