// Does the container image have all that the program needs, and nothing else that runs?
// With BRIDGEWATCH_LONG the image is built, on a Debian made from packages, since no registry is asked.
#include "test/support/audit_log.hpp"
#include "test/support/deploy_script.hpp"
#include "test/support/file_content.hpp"
#include "test/support/tls_cluster.hpp"
#include "test/support/waits.hpp"
#include "test/system/image_root.hpp"
#include "test/system/manifest_tools.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <set>
#include <sstream>

#include <sys/stat.h>

namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

fs::path const source{BRIDGEWATCH_SOURCE_DIR};

std::vector<std::string> lines_of(std::string const& text)
{
    std::vector<std::string> out;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);)
        out.push_back(line);
    return out;
}

/// The instructions of the Containerfile: {"keyword", "arguments", "text"}.
json::array const& instructions()
{
    static auto const read = manifests::check("containerfile", source / "deploy/container/Containerfile");
    BOOST_TEST_REQUIRE(read.faults.empty(), read.faults);
    return read.value.as_array();
}

/// What the second stage says with this keyword.
std::vector<json::value> last_stage(std::string_view keyword)
{
    std::vector<json::value> out;
    for (auto const& each : instructions()) {
        if (manifests::text(each, "/keyword") == "FROM")
            out.clear();
        if (manifests::text(each, "/keyword") == keyword)
            out.push_back(each);
    }
    return out;
}

/// An instruction in the form of a list: CMD, ENTRYPOINT.
std::vector<std::string> list(std::string_view keyword)
{
    auto const found = last_stage(keyword);
    BOOST_TEST_REQUIRE(found.size() == 1U);
    return manifests::texts(json::parse(manifests::text(found.front(), "/text")), "");
}

bool is_executable(fs::directory_entry const& entry)
{
    constexpr auto any = fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
    return !entry.is_symlink() && entry.is_regular_file() && (entry.status().permissions() & any) != fs::perms::none;
}

/// The address in the nth line of this event; empty where there is none.
std::string listening_at(std::string const& log, std::size_t which)
{
    for (auto const& line : lines_of(log))
        if (line.find("\"event\":\"listening\"") != std::string::npos && which-- == 0)
            return std::string{json::parse(line).at("address").as_string()};
    return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(container)

BOOST_AUTO_TEST_CASE(containerfile_ends_in_an_image_of_no_root_and_no_base)
{
    std::vector<std::string> stages;
    for (auto const& each : instructions()) {
        auto const keyword = manifests::text(each, "/keyword");
        if (keyword == "FROM")
            stages.push_back(manifests::texts(each, "/arguments").front());
        BOOST_TEST((keyword != "ADD" && keyword != "HEALTHCHECK"), keyword);
    }
    BOOST_TEST((stages == std::vector<std::string>{"${DEBIAN}", "scratch"}));
    BOOST_TEST(manifests::text(last_stage("USER").at(0), "/text") == "65532:65532");
    BOOST_TEST((list("ENTRYPOINT") == std::vector<std::string>{"/usr/bin/bridgewatch"}));
    BOOST_TEST((list("CMD") == std::vector<std::string>{"serve"}));
    BOOST_TEST(last_stage("RUN").empty()); // there is nothing to run it with
    BOOST_TEST((manifests::texts(last_stage("COPY").at(0), "/arguments") == std::vector<std::string>{"/image", "/"}));
    auto const labels = manifests::text(last_stage("LABEL").at(0), "/text");
    for (auto const* name : {"title", "description", "licenses", "version", "revision"})
        BOOST_TEST(labels.find("org.opencontainers.image." + std::string{name} + "=") != std::string::npos, name);
    BOOST_TEST(manifests::text(last_stage("ARG").at(0), "/text") == "VERSION=" + manifests::version_tag());
}

BOOST_AUTO_TEST_CASE(what_the_image_sets_and_exposes_is_what_the_program_takes)
{
    auto const options = manifests::options_of("serve");
    std::string ports;
    for (auto const& setting : manifests::texts(last_stage("ENV").at(0), "/arguments")) {
        auto const equals = setting.find('=');
        std::string option = "--" + setting.substr(std::string_view{"BRIDGEWATCH_"}.size(),
                                                   equals - std::string_view{"BRIDGEWATCH_"}.size());
        std::ranges::transform(option, option.begin(),
                               [](unsigned char c) { return c == '_' ? '-' : static_cast<char>(std::tolower(c)); });
        BOOST_TEST(options.contains(option), option);
        ports += setting.substr(setting.rfind(':') + 1) + " ";
    }
    BOOST_TEST(ports == manifests::text(last_stage("EXPOSE").at(0), "/text") + " ");
}

/// The packages are those of ./dev, so that what was tested is what is built; and the build sees all that it reads.
BOOST_AUTO_TEST_CASE(build_has_the_packages_and_sources_of_this_repository)
{
    auto const developers = content(source / "dev");
    auto const known = developers.substr(0, developers.find("lint_packages"));
    auto const installed = manifests::texts(instructions().at(2), "/arguments");
    auto const of_builds = known.find("packages=(") + std::string_view{"packages=("}.size();
    std::istringstream needed{known.substr(of_builds, known.find(')', of_builds) - of_builds)};
    std::set<std::string> const of_developers{"ccache", "libclang-rt-19-dev", "postgresql"};
    for (std::string name; needed >> name;)
        BOOST_TEST((of_developers.contains(name) || std::ranges::count(installed, name) == 1), name);
    for (auto const& word : installed) {
        bool const is_package = word.find_first_of("/=&") == std::string::npos && !word.starts_with('-') &&
                                word != "apt-get" && word != "update" && word != "install" && word != "rm";
        if (is_package)
            BOOST_TEST(known.find(word) != std::string::npos, word + " is not among the packages of ./dev");
    }
    for (auto const& line : lines_of(content(source / ".dockerignore")))
        if (line.starts_with('!'))
            BOOST_TEST(fs::exists(source / line.substr(1)), line);
    auto const seen = content(source / ".dockerignore");
    auto const top = content(source / "CMakeLists.txt");
    for (auto const* folder : {"grammar", "db", "lib", "app"}) {
        BOOST_TEST(top.find("add_subdirectory(" + std::string{folder} + ")") != std::string::npos);
        BOOST_TEST(seen.find("\n!" + std::string{folder} + "\n") != std::string::npos, folder);
    }
}

BOOST_AUTO_TEST_CASE(root_holds_one_program_and_libraries_of_known_packages)
{
    auto const root = image_root::shared().path();
    std::vector<std::string> programs;
    for (auto const& entry : fs::recursive_directory_iterator{root}) {
        auto const inside = "/" + fs::relative(entry.path(), root).string();
        struct stat about = {};
        BOOST_TEST_REQUIRE(::lstat(entry.path().c_str(), &about) == 0);
        BOOST_TEST((S_ISLNK(about.st_mode) || (about.st_mode & (S_ISUID | S_ISGID | S_IWOTH)) == 0U), inside);
        bool const is_library = inside.find("/lib") != std::string::npos && inside.find(".so") != std::string::npos;
        if (is_executable(entry) && !is_library)
            programs.push_back(inside);
    }
    BOOST_TEST((programs == std::vector<std::string>{"/usr/bin/bridgewatch"}));
    for (auto const& entry : fs::directory_iterator{root / "var/lib/dpkg/status.d"}) {
        auto const name = entry.path().filename().string();
        BOOST_TEST(fs::exists(root / "usr/share/doc" / name / "copyright"), name);
        BOOST_TEST(content(entry.path()).find("\nVersion: ") != std::string::npos, name);
    }
    for (auto const* name : {"libc6", "libpq5", "libssl3", "ca-certificates"})
        BOOST_TEST(fs::exists(root / "var/lib/dpkg/status.d" / name), name);
    BOOST_TEST(content(root / "etc/passwd").starts_with("bridgewatch:x:65532:65532:"));
    BOOST_TEST(fs::file_size(root / "etc/ssl/certs/ca-certificates.crt") > 100'000U);
}

BOOST_AUTO_TEST_CASE(script_says_what_it_refuses)
{
    scratch_directory const folder;
    auto const in = [&folder](char const* name) { return (folder.path() / name).string(); };
    auto const refused = [](std::vector<std::string> const& arguments, int code, std::string_view why) {
        auto const tried = try_deploy_script("container/make-root.sh", arguments);
        BOOST_TEST(tried.status.code == code);
        BOOST_TEST(tried.errors.find(why) != std::string::npos, tried.errors);
    };
    refused({}, 2, "usage:");
    refused({in("none"), in("root")}, 2, "is no program");
    refused({BRIDGEWATCH_BINARY, folder.path().string()}, 2, "is there already");
    refused({source / "dev", in("root")}, 1, "not linked dynamically");
    BOOST_TEST(try_deploy_script("container/make-root.sh", {"--help"}).output.starts_with("usage:"));
}

BOOST_AUTO_TEST_CASE(image_serves_pages_from_a_database_by_tls, *boost::unit_test::precondition(has_containers))
{
    tls_cluster database;
    audit_log const log{database.server()};
    container_settings settings{.mounts = {{database.authority().root(), "/run/ca.pem"}}, .environment = {}};
    auto const url = "dbname=" + cluster::keyword(log.conninfo(), "dbname") +
                     " user=" + std::string{cluster::superuser} + " host=db.test hostaddr=" + database.address() +
                     " sslmode=verify-full sslrootcert=/run/ca.pem";
    settings.environment = {{"BRIDGEWATCH_DATABASE_URL", url},
                            {"BRIDGEWATCH_LISTEN", "127.0.0.1:0"},
                            {"BRIDGEWATCH_ADMIN_LISTEN", "127.0.0.1:0"}};
    auto command = list("ENTRYPOINT");
    std::ranges::copy(list("CMD"), std::back_inserter(command));
    process server{image_root::shared().command_line(settings, command)};
    BOOST_TEST_REQUIRE(server.wait_for_text("\"event\":\"started\"", waits::limit), server.errors());
    auto const address = listening_at(server.errors(), 0);
    auto const admin = listening_at(server.errors(), 1);

    settings.environment = {{"BRIDGEWATCH_LISTEN", address}, {"BRIDGEWATCH_ADMIN_LISTEN", admin}};
    auto const health = image_root::shared().command_line(settings, {"/usr/bin/bridgewatch", "health"});
    BOOST_TEST(eventually(waits::limit, [&] { return run(health).status == exit_status{}; }));
    BOOST_TEST(fetch(admin, "/livez").status == 200);
    auto const page = fetch(address, interceptions_path, as_owner());
    BOOST_TEST(page.status == 200);
    BOOST_TEST(page.body.find("\"count\":60") != std::string::npos, page.body);
    BOOST_TEST(server.errors().find("running_as_root") == std::string::npos);

    auto const program = program_in_container(server);
    BOOST_TEST_REQUIRE(program != 0);
    BOOST_TEST(status_line(program, "CapEff") == "0000000000000000");
    ::kill(program, SIGTERM); // it is process 1 there, whose default would be to take no notice
    BOOST_TEST((server.wait(waits::limit) == exit_status{}));
    BOOST_TEST((run(health).status == exit_status{.code = 1}));
}

/// The sandbox of the case above is one.
BOOST_AUTO_TEST_CASE(there_is_no_shell_in_the_image, *boost::unit_test::precondition(has_containers))
{
    auto const& image = image_root::shared();
    for (auto const* program : {"/bin/sh", "/bin/bash", "/usr/bin/env", "/bin/ls"}) {
        auto const tried = run(image.command_line({}, {program}));
        BOOST_TEST((tried.status != exit_status{}), program);
        BOOST_TEST(tried.errors.find("No such file or directory") != std::string::npos, tried.errors);
    }
    auto const version = run(image.command_line({}, {"/usr/bin/bridgewatch", "--version"}));
    BOOST_TEST(version.output == run({BRIDGEWATCH_BINARY, "--version"}).output);
}

BOOST_AUTO_TEST_CASE(image_is_built_on_a_debian_made_from_packages)
{
    if (std::getenv("BRIDGEWATCH_LONG") == nullptr)
        return;
    constexpr std::chrono::minutes build_limit{40};
    scratch_directory const folder;
    auto const script = (source / "test/manifests/build-image.sh").string();
    auto const built = run({script, folder.path().string()}, {}, build_limit);
    BOOST_TEST_REQUIRE((built.status == exit_status{}), built.errors);
    auto const told = json::parse(built.output);
    BOOST_TEST(manifests::text(told, "/OCIv1/config/User") == "65532:65532");
    BOOST_TEST((manifests::texts(told, "/OCIv1/config/Entrypoint") == list("ENTRYPOINT")));
    BOOST_TEST(manifests::text(told, "/OCIv1/config/StopSignal") == "SIGTERM");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
