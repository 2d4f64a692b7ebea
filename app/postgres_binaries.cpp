#include "app/postgres_binaries.hpp"

#include "app/child_process.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <ranges>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace bridgewatch::app {
namespace {

namespace fs = std::filesystem;

fs::path const debian_root = "/usr/lib/postgresql";
constexpr std::chrono::milliseconds pg_config_limit{5'000};

bool holds_server(fs::path const& directory)
{
    return ::access((directory / "initdb").c_str(), X_OK) == 0 && ::access((directory / "postgres").c_str(), X_OK) == 0;
}

void add_path(std::vector<fs::path>& out)
{
    auto const* path = std::getenv("PATH");
    if (path == nullptr)
        return;
    for (auto const part : std::views::split(std::string_view{path}, ':'))
        if (std::string const directory{part.begin(), part.end()}; !directory.empty())
            out.emplace_back(directory);
}

void add_pg_config(std::vector<fs::path>& out)
{
    child_settings pg_config;
    pg_config.arguments = {"pg_config", "--bindir"};
    auto const said = run_to_end(std::move(pg_config), pg_config_limit);
    if (said && said->status == exit_status{})
        out.emplace_back(said->output.substr(0, said->output.find('\n')));
}

void add_debian(std::vector<fs::path>& out)
{
    std::vector<std::pair<int, fs::path>> versions;
    std::error_code ignored;
    for (auto const& entry : fs::directory_iterator{debian_root, ignored}) {
        auto const name = entry.path().filename().string();
        int version = 0;
        std::from_chars(name.data(), name.data() + name.size(), version);
        versions.emplace_back(version, entry.path() / "bin");
    }
    std::ranges::sort(versions, std::greater{});
    for (auto& [version, directory] : versions)
        out.push_back(std::move(directory));
}

} // namespace

boost::system::result<fs::path, std::string> find_postgres_binaries(fs::path const& data)
{
    std::vector<fs::path> places;
    std::string version;
    if (std::ifstream{data / "PG_VERSION"} >> version)
        places.push_back(debian_root / version / "bin");
    add_path(places);
    add_pg_config(places);
    add_debian(places);
    auto const found = std::ranges::find_if(places, holds_server);
    if (found == places.end())
        return {boost::system::in_place_error,
                "no PostgreSQL server is installed on this machine: apt-get install postgresql"};
    return {boost::system::in_place_value, *found};
}

} // namespace bridgewatch::app
