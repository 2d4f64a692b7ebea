#pragma once

#include <boost/json/value.hpp>

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// What deploy/ has for containers, as tools of others read it. A test fails where such a tool is not installed.
namespace bridgewatch::test::manifests {

inline constexpr std::string_view deploy = BRIDGEWATCH_SOURCE_DIR "/deploy";

struct checked {
    boost::json::value value; ///< what the file holds
    std::string faults;       ///< what is wrong with its form, one a line; empty where nothing is
};

/// Asks test/manifests/check.mjs. @param kind "kubernetes", "compose", "containerfile" or "yaml"
[[nodiscard]] checked check(std::string const& kind, std::filesystem::path const& file);

/// The objects of a folder of deploy/kubernetes as kubectl renders them, held against their schemas.
[[nodiscard]] checked rendered(std::string const& folder);

/// The one object of this kind and name; to that of a ConfigMap kustomize may have put a hash. Throws
/// std::runtime_error where there is none.
[[nodiscard]] boost::json::value const& find(boost::json::value const& objects, std::string_view kind,
                                             std::string_view name);

/// What is at a JSON pointer, as text: "5", "true", "10s". Empty where there is nothing.
[[nodiscard]] std::string text(boost::json::value const& from, std::string_view pointer);

/// The strings of an array at a JSON pointer; none where there is no array.
[[nodiscard]] std::vector<std::string> texts(boost::json::value const& from, std::string_view pointer);

/// "--listen", …: what a command of the program says it takes.
[[nodiscard]] std::set<std::string> options_of(std::string const& command);

/// Options in a command line that its command does not take: the first argument is the command, an option is written
/// with its value or before it.
[[nodiscard]] std::vector<std::string> unknown_options(std::vector<std::string> const& arguments);

/// "v0.1.0", as images of this build are tagged.
[[nodiscard]] std::string version_tag();

} // namespace bridgewatch::test::manifests
