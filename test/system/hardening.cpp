// Is the program built so that a memory fault is hard to use? Asked of the file itself.
#include "test/support/process.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;

std::string readelf(std::vector<std::string> options)
{
    options.insert(options.begin(), {"readelf", "--wide"});
    auto const said = run(options, {{"LC_ALL", "C"}});
    BOOST_TEST_REQUIRE((said.status == exit_status{}), said.errors);
    return said.output;
}

bool has(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

std::size_t count(std::string_view text, std::string_view part)
{
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
        ++found;
    return found;
}

/// The lines that hold a word.
std::vector<std::string> lines_with(std::string const& text, std::string_view word)
{
    std::vector<std::string> out;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);)
        if (has(line, word))
            out.push_back(line);
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(hardening)

BOOST_AUTO_TEST_CASE(program_can_be_loaded_anywhere)
{
    BOOST_TEST(has(readelf({"--file-header", BRIDGEWATCH_BINARY}), "DYN (Position-Independent Executable file)"));
    auto const dynamic = readelf({"--dynamic", BRIDGEWATCH_BINARY});
    BOOST_TEST(!has(dynamic, "TEXTREL"));
    BOOST_TEST(!has(dynamic, "RPATH"));
    BOOST_TEST(!has(dynamic, "RUNPATH"));
}

/// Full RELRO: all symbols are bound at the start, and the table of their addresses is read-only from then on.
BOOST_AUTO_TEST_CASE(table_of_addresses_is_read_only)
{
    BOOST_TEST(has(readelf({"--program-headers", BRIDGEWATCH_BINARY}), "GNU_RELRO"));
    auto const flags = lines_with(readelf({"--dynamic", BRIDGEWATCH_BINARY}), "FLAGS");
    BOOST_TEST(std::ranges::any_of(flags, [](auto const& line) { return has(line, "NOW"); }));
}

BOOST_AUTO_TEST_CASE(nothing_is_writable_and_executable)
{
    auto const segments = readelf({"--program-headers", BRIDGEWATCH_BINARY});
    BOOST_TEST(!has(segments, "RWE"));
    auto const stack = lines_with(segments, "GNU_STACK");
    BOOST_TEST_REQUIRE(stack.size() == 1U);
    BOOST_TEST(has(stack.front(), " RW "), stack.front());
}

BOOST_AUTO_TEST_CASE(stack_and_buffers_are_checked)
{
    auto const symbols = readelf({"--dyn-syms", BRIDGEWATCH_BINARY});
    BOOST_TEST(has(symbols, "__stack_chk_fail"));
#ifdef _FORTIFY_SOURCE // with optimisation only
    BOOST_TEST(_FORTIFY_SOURCE >= 2);
    BOOST_TEST(has(symbols, "__memcpy_chk"));
#endif
#ifdef _GLIBCXX_ASSERTIONS
    BOOST_TEST(has(symbols, "_ZSt21__glibcxx_assert_failPKciS0_S0_"));
#else
    BOOST_ERROR("the standard library's assertions are off");
#endif
}

#ifdef __x86_64__
/// The notes of the whole program are off, since Debian's start files have none; those of our own objects are on.
BOOST_AUTO_TEST_CASE(jumps_and_returns_can_be_checked)
{
    std::ifstream file{BRIDGEWATCH_BINARY, std::ios::binary};
    std::string const program{std::istreambuf_iterator<char>{file}, {}};
    constexpr std::string_view landing_place = "\xF3\x0F\x1E\xFA"; // endbr64
    BOOST_TEST(count(program, landing_place) > 1000U);
    auto const build = fs::path{BRIDGEWATCH_BINARY}.parent_path().parent_path();
    std::size_t libraries = 0;
    for (auto const* room : {"app", "lib", "db", "grammar"})
        for (auto const& entry : fs::recursive_directory_iterator{build / room})
            if (entry.path().extension() == ".a") {
                auto const notes = readelf({"--notes", entry.path().string()});
                BOOST_TEST(count(notes, "File: ") == count(notes, "x86 feature: IBT, SHSTK"), entry.path());
                ++libraries;
            }
    BOOST_TEST(libraries > 5U);
}
#endif

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
