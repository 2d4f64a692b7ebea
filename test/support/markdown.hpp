#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::test {

/// A document as its tests see it. Source of the rules: GitHub Flavored Markdown, as far as our documents use it.
struct markdown {
    struct block {
        std::string info; ///< behind the opening fence: "sh test"
        std::string text; ///< with line feeds
        std::size_t line; ///< of the fence, from 1
    };

    struct span {
        std::string text; ///< between backticks, or the target of a link
        std::size_t line;
    };

    std::filesystem::path file;
    std::vector<block> blocks;
    std::vector<span> code;           ///< inline, outside of blocks
    std::vector<span> links;          ///< targets of [text](target) and ![text](target)
    std::vector<std::string> anchors; ///< of the headings, as GitHub makes them
    std::vector<std::string> prose;   ///< every line outside of blocks; an empty one for each inside
};

/// Throws std::runtime_error where the file cannot be read or a fence is not closed.
[[nodiscard]] markdown read_markdown(std::filesystem::path const& file);

/// Whether `output` is what a document shows: in a line, … is any text; a line of … alone is any number of lines.
/// Spaces at the ends of lines, and empty lines at the end, do not count.
[[nodiscard]] bool shows(std::string_view shown, std::string_view output);

} // namespace bridgewatch::test
