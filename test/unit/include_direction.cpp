#include <boost/test/unit_test.hpp>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace fs = std::filesystem;

namespace {

/// A room and the rooms below it: app → lib → db → grammar.
constexpr std::array<std::string_view, 4> rooms{"app", "lib", "db", "grammar"};

std::size_t rank_of(std::string_view path)
{
    auto const room = path.substr(0, path.find('/'));
    std::size_t rank = 0;
    while (rank < rooms.size() && rooms[rank] != room)
        ++rank;
    return rank;
}

/// The project's own includes of one file ("db/pg/pool.hpp").
std::vector<std::string> includes_of(fs::path const& file)
{
    std::vector<std::string> found;
    std::ifstream in{file};
    constexpr std::string_view start = "#include \"";
    for (std::string line; std::getline(in, line);)
        if (line.starts_with(start))
            found.push_back(line.substr(start.size(), line.rfind('"') - start.size()));
    return found;
}

bool includes(fs::path const& file, std::string_view header)
{
    std::ifstream in{file};
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("#include <") && line.find(header) != std::string::npos)
            return true;
    return false;
}

template <class Visit>
void each_source(std::string_view room, Visit visit)
{
    for (auto const& entry : fs::recursive_directory_iterator{fs::path{BRIDGEWATCH_SOURCE_DIR} / room})
        if (entry.path().extension() == ".cpp" || entry.path().extension() == ".hpp")
            visit(entry.path());
}

} // namespace

BOOST_AUTO_TEST_SUITE(include_direction)

BOOST_AUTO_TEST_CASE(rooms_include_only_the_rooms_below)
{
    std::size_t seen = 0;
    for (auto const room : rooms) {
        each_source(room, [&](fs::path const& file) {
            for (auto const& included : includes_of(file)) {
                ++seen;
                BOOST_TEST(rank_of(included) < rooms.size(), file << " includes " << included << " from no room");
                BOOST_TEST(rank_of(included) >= rank_of(room),
                           file << " includes " << included << " from a room above");
            }
        });
    }
    BOOST_TEST(seen > 100U);
}

BOOST_AUTO_TEST_CASE(spirit_stays_in_one_unit)
{
    std::size_t units = 0;
    for (auto const room : rooms)
        each_source(room, [&units](fs::path const& file) { units += includes(file, "boost/spirit") ? 1U : 0U; });
    BOOST_TEST(units == 1U);
}

BOOST_AUTO_TEST_CASE(umbrella_headers_are_not_included)
{
    for (auto const room : rooms)
        each_source(room, [](fs::path const& file) {
            BOOST_TEST(!includes(file, "<boost/asio.hpp>"), file);
            BOOST_TEST(!includes(file, "<boost/beast.hpp>"), file);
        });
}

BOOST_AUTO_TEST_SUITE_END()
