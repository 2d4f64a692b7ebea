// Do the manual and the completions that the program prints work in the programs that read them?
#include "test/support/process.hpp"
#include "test/support/scratch_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;

bool has(std::string const& text, std::string_view what)
{
    return text.find(what) != std::string::npos;
}

/// One of the documents as a file of that name.
class document {
  public:
    document(std::string const& kind, std::string const& name) : path_{directory_.path() / name}
    {
        auto const printed = run({BRIDGEWATCH_BINARY, "docs", kind});
        BOOST_TEST_REQUIRE((printed.status == exit_status{}), printed.errors);
        std::ofstream{path_} << printed.output;
    }

    [[nodiscard]] std::string path() const { return path_.string(); }

    [[nodiscard]] std::string folder() const { return directory_.path().string(); }

  private:
    scratch_directory directory_;
    fs::path path_;
};

/// What bash offers where the cursor is behind the last word. Words are those that bash makes of a line.
std::string offered_by_bash(document const& script, std::vector<std::string> const& words)
{
    std::vector<std::string> line{"bash",
                                  "--norc",
                                  "-c",
                                  R"(cd "$2"; source "$1"; shift 2; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1));
                                     _bridgewatch; echo "${COMPREPLY[*]}")",
                                  "bash",
                                  script.path(),
                                  script.folder()};
    line.insert(line.end(), words.begin(), words.end());
    auto const done = run(line);
    BOOST_TEST((done.status == exit_status{}));
    BOOST_TEST(done.errors.empty(), done.errors);
    return done.output.substr(0, done.output.find('\n'));
}

std::string offered_by_fish(document const& script, std::string const& line)
{
    auto const done = run({"fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script.path(), line});
    BOOST_TEST((done.status == exit_status{}));
    BOOST_TEST(done.errors.empty(), done.errors);
    return done.output;
}

/// Types at the prompt of a zsh, and waits for what has to come; stuck where it does not, until run() ends it.
constexpr auto at_a_prompt_of_zsh = R"(
zmodload zsh/zpty
zpty -b shell zsh -f -i
zpty -w shell "fpath=($1 \$fpath); autoload -U compinit; compinit -u -D; echo rea''dy"
zpty -r -m shell out '*ready*'
zpty -w -n shell "$2"$'\t\t'
zpty -r -m shell out "$3"
zpty -d shell
)";

} // namespace

BOOST_AUTO_TEST_SUITE(documents)

BOOST_AUTO_TEST_CASE(manual_is_clean_roff)
{
    document const page{"man", "bridgewatch.1"};
    auto const made = run({"groff", "-man", "-ww", "-Tascii", page.path()});
    BOOST_TEST((made.status == exit_status{}));
    BOOST_TEST(made.errors.empty(), made.errors);
    BOOST_TEST(has(made.output, "search in the audit log"));
    // No date: the page is made from the program, and two builds of it are equal.
    auto const judged = run({"mandoc", "-T", "lint", "-W", "warning", page.path()});
    BOOST_TEST(judged.output == "mandoc: " + page.path() + ":1:19: WARNING: missing date, using \"\": TH\n");
}

BOOST_AUTO_TEST_CASE(bash_completes)
{
    document const script{"bash", "bridgewatch"};
    BOOST_TEST(offered_by_bash(script, {"bridgewatch", "s"}) == "serve seed");
    BOOST_TEST(offered_by_bash(script, {"bridgewatch", "migrate", "--d"}) ==
               "--database-url --database-url-file --dry-run --drop");
    BOOST_TEST(offered_by_bash(script, {"bridgewatch", "serve", "--log-level", ""}) == "debug info warn error off");
    BOOST_TEST(offered_by_bash(script, {"bridgewatch", "serve", "--log-level", "="}) == "debug info warn error off");
    BOOST_TEST(offered_by_bash(script, {"bridgewatch", "serve", "--log-level", "=", "w"}) == "warn");
    BOOST_TEST(offered_by_bash(script, {"bridgewatch", "serve", "--config", "bri"}) == "bridgewatch"); // the script
    BOOST_TEST(offered_by_bash(script, {"bridgewatch", "serve", "--pool-size", ""}).empty());
    BOOST_TEST(offered_by_bash(script, {"bridgewatch", "token", "--role", "owner", "--da"}) ==
               "--database-url --database-url-file --days");
}

BOOST_AUTO_TEST_CASE(fish_completes)
{
    document const script{"fish", "bridgewatch.fish"};
    BOOST_TEST(offered_by_fish(script, "bridgewatch tok").starts_with("token\t"));
    auto const options = offered_by_fish(script, "bridgewatch migrate --d");
    for (auto const* option : {"--database-url\t", "--dry-run\t", "--drop\t"})
        BOOST_TEST(has(options, option), options);
    BOOST_TEST(offered_by_fish(script, "bridgewatch serve --log-format ").starts_with("json\t"));
    BOOST_TEST(!has(offered_by_fish(script, "bridgewatch health --"), "--pool-size"));
}

BOOST_AUTO_TEST_CASE(zsh_completes)
{
    document const script{"zsh", "_bridgewatch"};
    auto const read = run({"zsh", "-f", "-n", script.path()});
    BOOST_TEST((read.status == exit_status{}), read.errors);
    scratch_directory const home;
    for (auto const& [line, offer] :
         {std::pair{"bridgewatch serve --log-level ", "*debug*error*info*off*warn*"},
          std::pair{"bridgewatch migrate --dr", "*--drop*--dry-run*"}, std::pair{"bridgewatch tok", "*token *"}}) {
        auto const typed = run({"zsh", "-f", "-c", at_a_prompt_of_zsh, "zsh", script.folder(), line, offer},
                               {{"HOME", home.path().string()}, {"TERM", "dumb"}});
        BOOST_TEST((typed.status == exit_status{}), line << typed.errors);
    }
}

BOOST_AUTO_TEST_CASE(unknown_document_is_wrong_usage)
{
    for (auto const& line :
         std::vector<std::vector<std::string>>{{BRIDGEWATCH_BINARY, "docs"}, {BRIDGEWATCH_BINARY, "docs", "tcsh"}})
        BOOST_TEST((run(line).status == exit_status{.code = 2}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::test
