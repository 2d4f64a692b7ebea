// Are secrets compared in constant time, and nowhere in another way? The sources tell; a clock would not.
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace fs = std::filesystem;

namespace {

std::string text_of(fs::path const& file)
{
    std::ifstream in{file};
    return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(api_secret_comparison)

BOOST_AUTO_TEST_CASE(hashes_are_compared_by_openssl)
{
    auto const source = text_of(fs::path{BRIDGEWATCH_SOURCE_DIR} / "lib/api/session_token.cpp");
    auto const start = source.find("bool secret_matches(");
    BOOST_TEST_REQUIRE(start != std::string::npos);
    auto const body = source.substr(start, source.find("\n}", start) - start);
    BOOST_TEST(body.find("CRYPTO_memcmp(given.data(), expected.data(), given.size())") != std::string::npos, body);
    BOOST_TEST(body.find("return same && comparable;") != std::string::npos, body); // nothing returns before it
    BOOST_TEST(body.find("return") == body.find("return same"), body);
}

BOOST_AUTO_TEST_CASE(nobody_else_looks_at_a_hash)
{
    std::size_t seen = 0;
    for (auto const* room : {"app", "lib", "db"})
        for (auto const& entry : fs::recursive_directory_iterator{fs::path{BRIDGEWATCH_SOURCE_DIR} / room}) {
            if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp")
                continue;
            std::ifstream in{entry.path()};
            for (std::string line; std::getline(in, line);) {
                if (line.find("hashed_secret") == std::string::npos)
                    continue;
                ++seen;
                bool const asks_for_the_size = line.find("hashed_secret.size() == ") != std::string::npos;
                for (std::string_view const comparison : {"==", "!=", "memcmp", "equal", "compare", "<=>"})
                    BOOST_TEST((asks_for_the_size || line.find(comparison) == std::string::npos), entry.path()
                                                                                                      << ": " << line);
            }
        }
    BOOST_TEST(seen >= 4U);
}

BOOST_AUTO_TEST_SUITE_END()
