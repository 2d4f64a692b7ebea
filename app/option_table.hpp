#pragma once

#include "app/command_description.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bridgewatch::app {

/// Why a command cannot start: one line for stderr and the exit status (2: wrong usage, 1: a file that cannot be read).
struct usage_error {
    // A constructor: a result could not tell an aggregate that is made from a string from the string itself.
    usage_error() = default;

    usage_error(std::string text, int exit_status) : line{std::move(text)}, status{exit_status} {}

    std::string line;
    int status = 2;
};

/// The environment as the options see it: names and values.
using environment = std::map<std::string, std::string, std::less<>>;
[[nodiscard]] environment current_environment();

/// The options of one command. Each is also an environment variable (`--pool-size` is BRIDGEWATCH_POOL_SIZE) and a line
/// of the file that `--config` names; a flag beats the environment, the environment beats the file.
class option_table {
  public:
    /// Takes a value; false where it is not of the expected form.
    using setter = std::function<bool(std::string_view)>;

    option_table(std::string command, std::string summary);

    /// An option with a value. Text for --help: what it is, and the default as one would write it.
    void value(std::string name, std::string shown_default, std::string help, std::string expected, setter set);
    /// As value(), repeatable; in the environment and on one line, values are separated by commas.
    void list(std::string name, std::string shown_default, std::string help, std::string expected, setter add);
    /// An option without a value on the command line; elsewhere `true` or `false`.
    void flag(std::string name, std::string help, bool& target);
    /// Two options that say the same: where one is given in a stronger place, the other one's value is not taken.
    void alternatives(std::string one, std::string other);
    /// Options of other commands, which the file of --config may have too. Any other name there is an error.
    void let_pass(std::set<std::string, std::less<>> names);
    /// A required argument without a name.
    void positional(std::string name, std::string help, std::string& target);

    enum class outcome { run, help };
    /// Reads command line (without program and command), environment and config file into the targets.
    [[nodiscard]] boost::system::result<outcome, usage_error> read(std::span<std::string const> arguments,
                                                                   environment const& env);
    /// The text of --help.
    [[nodiscard]] std::string help() const;

    /// What manual and completions are made from; --config is among its options.
    [[nodiscard]] command_description description() const;

    /// The options' names, for completeness tests.
    [[nodiscard]] std::vector<std::string> names() const;

  private:
    struct option {
        std::string name, shown_default, help, expected;
        bool repeatable = false, flag = false;
        setter set;
    };

    struct argument {
        std::string name, help;
        std::string* target = nullptr;
    };

    enum class source : std::uint8_t { none, file, environment, line }; ///< the stronger, the later
    using file_values = std::map<std::string, std::vector<std::string>, std::less<>>;

    [[nodiscard]] boost::system::result<file_values, usage_error> read_file(std::string const& path) const;
    boost::system::result<void, usage_error> apply(option const& to, std::vector<std::string> const& values) const;
    [[nodiscard]] usage_error wrong(std::string const& what) const;

    std::string command_, summary_;
    std::vector<option> options_;
    std::vector<std::pair<std::string, std::string>> alternatives_;
    std::set<std::string, std::less<>> passed_;
    std::vector<argument> arguments_;
};

/// BRIDGEWATCH_POOL_SIZE for pool-size.
[[nodiscard]] std::string variable_name(std::string_view option);

[[noreturn]] void throw_exception_from_error(usage_error const& error, boost::source_location const& where);

} // namespace bridgewatch::app
