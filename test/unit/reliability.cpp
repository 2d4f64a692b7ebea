#include "test/support/file_content.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

// deploy/RELIABILITY.md names for each promise the test that proves it.
namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;

fs::path const root{BRIDGEWATCH_SOURCE_DIR};

/// Lines of the tables of promises.
std::vector<std::string> promises()
{
    std::vector<std::string> out;
    std::istringstream lines{content(root / "deploy" / "RELIABILITY.md")};
    bool promised = false;
    for (std::string line; std::getline(lines, line);) {
        bool const is_head = line.starts_with("| promise |");
        promised = is_head || (promised && line.starts_with("| "));
        if (promised && !is_head && !line.starts_with("| --- |"))
            out.push_back(line);
    }
    return out;
}

/// The last cell of a line.
std::string tests_of(std::string const& promise)
{
    auto const end = promise.rfind(" |");
    auto const start = promise.rfind("| ", end - 1) + 2;
    return promise.substr(start, end - start);
}

bool exists(std::string const& folder, std::string const& suite, std::string const& name)
{
    auto const source = content(root / "test" / folder / (suite + ".cpp"));
    if (source.find("BOOST_AUTO_TEST_SUITE(" + suite + ")") == std::string::npos)
        return false;
    return name.empty() || std::regex_search(source, std::regex{R"(_TEST_CASE(_F)?\(([a-z_:]+, )?)" + name + R"(\b)"});
}

} // namespace

BOOST_AUTO_TEST_SUITE(reliability)

BOOST_AUTO_TEST_CASE(each_promise_names_tests_that_exist)
{
    std::regex const whole{R"((`(unit|integration|system)\.[a-z_]+(/[a-z_0-9]+)?`)(, `[a-z_./0-9]+`)*)"};
    std::regex const one{R"(`(\w+)\.(\w+)/?(\w*)`)"};
    auto const all = promises();
    BOOST_TEST(all.size() > 20U);
    for (auto const& promise : all) {
        auto const tests = tests_of(promise);
        BOOST_TEST(std::regex_match(tests, whole), promise);
        for (std::sregex_iterator it{tests.begin(), tests.end(), one}, end; it != end; ++it)
            BOOST_TEST(exists((*it)[1], (*it)[2], (*it)[3]), it->str() << " does not exist");
    }
}

BOOST_AUTO_TEST_CASE(what_does_not_exist_is_seen)
{
    BOOST_TEST(exists("unit", "reliability", "what_does_not_exist_is_seen"));
    BOOST_TEST(exists("unit", "reliability", ""));
    BOOST_TEST(!exists("unit", "reliability", "what_does_not"));
    BOOST_TEST(!exists("system", "reliability", ""));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
