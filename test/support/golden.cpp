#include "test/support/golden.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace bridgewatch::test {

namespace fs = std::filesystem;

golden_file::golden_file(fs::path path) : path_{std::move(path)}
{
    std::ifstream file{path_};
    if (!file)
        throw std::runtime_error{"no golden file " + path_.string()};
    constexpr std::string_view mark = "--- ";
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(mark))
            order_.push_back(line.substr(mark.size()));
        else if (!order_.empty())
            sections_[order_.back()] += line + '\n';
    }
}

std::string const& golden_file::operator[](std::string const& section) const
{
    return sections_.at(section);
}

void golden_file::expect(std::string const& section, std::string_view made)
{
    if (std::getenv("BRIDGEWATCH_REWRITE_GOLDEN") == nullptr) {
        BOOST_TEST_CONTEXT(path_.string() << ", section " << section)
        BOOST_TEST(sections_[section] == made);
        return;
    }
    if (std::ranges::find(order_, section) == order_.end())
        order_.push_back(section);
    sections_[section] = made;
    write();
}

void golden_file::write() const
{
    std::ofstream file{path_};
    for (auto const& name : order_)
        file << "--- " << name << '\n' << sections_.at(name);
}

std::vector<fs::path> golden_files(std::string_view folder)
{
    std::vector<fs::path> files;
    for (auto const& entry : fs::directory_iterator{fs::path{BRIDGEWATCH_SOURCE_DIR} / "test/unit/golden" / folder})
        files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

} // namespace bridgewatch::test
