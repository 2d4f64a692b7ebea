#include "test/support/markdown.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <regex>
#include <span>
#include <sstream>
#include <stdexcept>

namespace bridgewatch::test {
namespace {

constexpr std::string_view any = "…";

/// "## What it *costs*, `--all`" is #what-it-costs---all.
std::string anchor_of(std::string_view heading)
{
    std::string out;
    for (char const c : heading) {
        auto const byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || c == '-' || c == '_' || byte >= 0x80)
            out += static_cast<char>(std::tolower(byte));
        else if (c == ' ')
            out += '-';
    }
    return out;
}

void add_matches(std::string const& line, std::size_t number, std::regex const& what, std::vector<markdown::span>& to)
{
    for (std::sregex_iterator it{line.begin(), line.end(), what}, end; it != end; ++it)
        to.push_back({.text = (*it)[1], .line = number});
}

void read_prose(std::string const& line, std::size_t number, markdown& into)
{
    static std::regex const code{"`([^`]+)`"}, link{R"(\]\(([^)\s]+)\))"}, heading{"#{1,6} +(.*?) *#*"};
    into.prose.push_back(line);
    add_matches(line, number, code, into.code);
    add_matches(std::regex_replace(line, code, ""), number, link, into.links);
    if (std::smatch found; std::regex_match(line, found, heading)) {
        auto const first = anchor_of(found.str(1));
        auto anchor = first;
        for (int again = 1; std::ranges::find(into.anchors, anchor) != into.anchors.end(); ++again)
            anchor = first + "-" + std::to_string(again);
        into.anchors.push_back(anchor);
    }
}

std::vector<std::string> lines_of(std::string_view text)
{
    std::vector<std::string> out;
    std::istringstream lines{std::string{text}};
    for (std::string line; std::getline(lines, line);) {
        line.erase(line.find_last_not_of(" \t\r") + 1);
        out.push_back(line);
    }
    while (!out.empty() && out.back().empty())
        out.pop_back();
    return out;
}

bool shows_line(std::string_view shown, std::string_view line)
{
    auto const at = shown.find(any);
    if (at == std::string_view::npos)
        return shown == line;
    if (!line.starts_with(shown.substr(0, at)))
        return false;
    auto const rest = shown.substr(at + any.size());
    for (auto from = at; from <= line.size(); ++from)
        if (shows_line(rest, line.substr(from)))
            return true;
    return false;
}

bool shows_lines(std::span<std::string const> shown, std::span<std::string const> lines)
{
    if (shown.empty())
        return lines.empty();
    if (shown.front() == any) {
        for (std::size_t from = 0; from <= lines.size(); ++from)
            if (shows_lines(shown.subspan(1), lines.subspan(from)))
                return true;
        return false;
    }
    return !lines.empty() && shows_line(shown.front(), lines.front()) &&
           shows_lines(shown.subspan(1), lines.subspan(1));
}

} // namespace

markdown read_markdown(std::filesystem::path const& file)
{
    std::ifstream in{file};
    if (!in)
        throw std::runtime_error{"cannot read " + file.string()};
    markdown out{.file = file, .blocks = {}, .code = {}, .links = {}, .anchors = {}, .prose = {}};
    bool inside = false;
    std::size_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        auto const start = std::min(line.find_first_not_of(' '), line.size());
        bool const is_fence = std::string_view{line}.substr(start).starts_with("```");
        if (!is_fence && !inside) {
            read_prose(line, number, out);
            continue;
        }
        out.prose.emplace_back();
        if (!is_fence)
            out.blocks.back().text += line + "\n";
        else if (!inside)
            out.blocks.push_back({.info = line.substr(start + 3), .text = {}, .line = number});
        if (is_fence)
            inside = !inside;
    }
    if (inside)
        throw std::runtime_error{file.string() + ": the block of line " + std::to_string(out.blocks.back().line) +
                                 " has no end"};
    return out;
}

bool shows(std::string_view shown, std::string_view output)
{
    return shows_lines(lines_of(shown), lines_of(output));
}

} // namespace bridgewatch::test
