#include "app/completions.hpp"

#include <fmt/format.h>

#include <map>
#include <string_view>
#include <vector>

namespace bridgewatch::app {
namespace {

/// What stands between single quotes of bash and zsh.
std::string quoted(std::string_view text)
{
    std::string out;
    for (char const c : text)
        out += c == '\'' ? std::string{"'\\''"} : std::string{c};
    return out;
}

std::string joined(std::vector<std::string> const& words, std::string_view between = " ")
{
    return fmt::format("{}", fmt::join(words, between));
}

std::string names_of(std::span<command_description const> commands)
{
    std::vector<std::string> names;
    for (auto const& command : commands)
        names.push_back(command.name);
    return joined(names);
}

std::string options_of(command_description const& command)
{
    std::vector<std::string> names;
    for (auto const& option : command.options)
        names.push_back("--" + option.name);
    names.emplace_back("--help");
    return joined(names);
}

/// The arms of bash's `case "$command $before" in`: what may follow an option.
std::string bash_values(std::span<command_description const> commands)
{
    std::map<std::string, std::vector<std::string>> options_by_value;
    for (auto const& command : commands)
        for (auto const& option : command.options) {
            if (option.flag)
                continue;
            auto const value = option.takes_path()        ? std::string{"_bridgewatch_paths"}
                               : option.choices().empty() ? std::string{":"} // known, and not to be guessed
                                                          : "_bridgewatch_words '" + joined(option.choices()) + "'";
            options_by_value[value].push_back("'" + command.name + " --" + option.name + "'");
        }
    std::string out;
    for (auto const& [value, options] : options_by_value)
        out += "    " + joined(options, " |\\\n        ") + ")\n        " + value + "\n        return\n        ;;\n";
    return out;
}

constexpr std::string_view bash_head = R"(# Completion of bridgewatch for bash; made by `bridgewatch docs bash`.

_bridgewatch_words()
{
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word")
}

_bridgewatch_paths()
{
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
}

_bridgewatch()
{
    local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" command="${COMP_WORDS[1]}"
    COMPREPLY=()
    # --option=value are three words here.
    if [[ $word == = ]]; then
        word=
    elif [[ $before == = ]]; then
        before="${COMP_WORDS[COMP_CWORD-2]}"
    fi
)";

/// Quoted, and without what has a meaning in an option's specification. Source: zshcompsys(1), "_arguments".
std::string zsh_text(std::string_view text)
{
    std::string out;
    for (char const c : text) {
        if (c == '[' || c == ']' || c == ':' || c == '\\')
            out += '\\';
        out += c;
    }
    return quoted(out);
}

std::string zsh_option(option_description const& option)
{
    auto const* repeats = option.repeatable ? "*" : "";
    if (option.flag)
        return fmt::format("'--{}[{}]'", option.name, zsh_text(option.help));
    auto const action = option.takes_path()        ? std::string{"_files"}
                        : option.choices().empty() ? std::string{" "}
                                                   : "(" + joined(option.choices()) + ")";
    return fmt::format("'{}--{}=[{}]:{}:{}'", repeats, option.name, zsh_text(option.help), zsh_text(option.expected),
                       action);
}

constexpr std::string_view zsh_head = R"(#compdef bridgewatch
# Completion of bridgewatch for zsh; made by `bridgewatch docs zsh`.

_bridgewatch() {
    local curcontext="$curcontext" state state_descr line
    typeset -A opt_args
    _arguments -C '(- *)--help[show the commands]' '(- *)--version[show what this was built from]' \
        '1:command:->command' '*::argument:->argument'
    case $state in
    command)
        local -a commands=(
)";

/// What stands between single quotes of fish.
std::string fish_text(std::string_view text)
{
    std::string out;
    for (char const c : text) {
        if (c == '\'' || c == '\\')
            out += '\\';
        out += c;
    }
    return out;
}

std::string fish_option(std::string_view command, option_description const& option)
{
    std::string takes;
    if (option.takes_path())
        takes = " -r -F";
    else if (!option.choices().empty())
        takes = " -x -a '" + joined(option.choices()) + "'";
    else if (!option.flag)
        takes = " -x";
    return fmt::format("complete -c bridgewatch -n '__fish_seen_subcommand_from {}' -l {}{} -d '{}'\n", command,
                       option.name, takes, fish_text(option.help));
}

} // namespace

std::string bash_completion(std::span<command_description const> commands)
{
    std::string out{bash_head};
    out += fmt::format(
        "    if ((COMP_CWORD == 1)); then\n        _bridgewatch_words '{} --help --version'\n        return\n    fi\n",
        names_of(commands));
    out += "    case \"$command $before\" in\n" + bash_values(commands) + "    esac\n    case $command in\n";
    for (auto const& command : commands)
        out += fmt::format("    {}) _bridgewatch_words '{}' ;;\n", command.name, options_of(command));
    out += "    esac\n} && complete -F _bridgewatch bridgewatch\n";
    return out;
}

std::string zsh_completion(std::span<command_description const> commands)
{
    std::string out{zsh_head};
    for (auto const& command : commands)
        out += fmt::format("            '{}:{}'\n", command.name, zsh_text(command.summary));
    out += "        )\n        _describe -t commands command commands\n        ;;\n    argument)\n"
           "        case $words[1] in\n";
    for (auto const& command : commands) {
        out += "        " + command.name + ")\n            _arguments '(- *)--help[show the options]'";
        for (auto const& argument : command.arguments)
            out += " \\\n                ':" + zsh_text(argument.name) + ": '";
        for (auto const& option : command.options)
            out += " \\\n                " + zsh_option(option);
        out += "\n            ;;\n";
    }
    out += "        esac\n        ;;\n    esac\n}\n\n_bridgewatch \"$@\"\n";
    return out;
}

std::string fish_completion(std::span<command_description const> commands)
{
    std::string out = "# Completion of bridgewatch for fish; made by `bridgewatch docs fish`.\n\n"
                      "complete -c bridgewatch -f\n"
                      "complete -c bridgewatch -n __fish_use_subcommand -l version -d 'show what this was built from'\n"
                      "complete -c bridgewatch -l help -d 'show the commands, or the options of one'\n";
    for (auto const& command : commands) {
        out += fmt::format("\ncomplete -c bridgewatch -n __fish_use_subcommand -a {} -d '{}'\n", command.name,
                           fish_text(command.summary));
        for (auto const& option : command.options)
            out += fish_option(command.name, option);
    }
    return out;
}

} // namespace bridgewatch::app
