#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::test {

/// A file that holds input and expected answer together: sections `--- name`, each with the lines up to the next one.
/// With BRIDGEWATCH_REWRITE_GOLDEN=1 in the environment, expect() writes what it was given; review reads the diff.
class golden_file {
  public:
    explicit golden_file(std::filesystem::path path);

    [[nodiscard]] std::string const& operator[](std::string const& section) const;
    /// Compares (Boost.Test check) a section with what was made, or rewrites it.
    void expect(std::string const& section, std::string_view made);

  private:
    void write() const;
    std::filesystem::path path_;
    std::vector<std::string> order_;
    std::map<std::string, std::string> sections_;
};

/// The files of a folder below test/unit/golden, sorted by name.
[[nodiscard]] std::vector<std::filesystem::path> golden_files(std::string_view folder);

} // namespace bridgewatch::test
