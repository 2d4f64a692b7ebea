#include "app/manual.hpp"

#include "grammar/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

namespace bridgewatch::app {
namespace {

struct escape {
    char32_t code;
    std::string_view text;
};

// What roff would read as its own, or show as another character than the one that can be copied; an ellipsis, which few
// devices have. Source: groff_char(7), man(7).
constexpr escape escapes[] = {{'\\', "\\e"},  {'-', "\\-"},   {'\'', "\\(aq"}, {'`', "\\(ga"},
                              {'^', "\\(ha"}, {'~', "\\(ti"}, {U'…', "..."}};

std::string roff(std::string_view text)
{
    std::string out;
    if (text.starts_with('.'))
        out += "\\&";
    while (!text.empty()) {
        auto const next = grammar::utf8::first(text);
        auto const* known = std::ranges::find(escapes, next.code, &escape::code);
        if (known != std::end(escapes))
            out += known->text;
        else if (next.code < 0x80)
            out += text.front();
        else
            out += fmt::format("\\[u{:04X}]", static_cast<unsigned>(next.code));
        text.remove_prefix(std::max<std::size_t>(next.bytes, 1));
    }
    return out;
}

std::string bold(std::string_view text)
{
    return "\\fB" + roff(text) + "\\fR";
}

std::string italic(std::string_view text)
{
    return "\\fI" + roff(text) + "\\fR";
}

std::string synopsis(command_description const& command)
{
    auto out = "bridgewatch " + command.name;
    for (auto const& argument : command.arguments)
        out += " " + argument.name;
    return out;
}

std::string describe(option_description const& option)
{
    auto out = ".TP\n" + bold("--" + option.name) + (option.flag ? "" : " " + italic("VALUE")) + "\n";
    out += roff(option.help) + ".\n";
    if (!option.flag)
        out += "Takes " + roff(option.expected) + (option.repeatable ? "; may be repeated" : "") + ".\n";
    return out + "Default: " + roff(option.shown_default) + ".\n";
}

/// One command. An option that an earlier command has too, and that means the same, is only named.
std::string describe(command_description const& command, std::vector<option_description>& known)
{
    auto out = ".SS " + roff(synopsis(command)) + "\n" + roff(command.summary) + "\n";
    for (auto const& argument : command.arguments)
        out += ".TP\n" + italic(argument.name) + "\n" + roff(argument.help) + ".\n";
    std::string as_above;
    for (auto const& option : command.options) {
        if (std::ranges::find(known, option) != known.end()) {
            as_above += (as_above.empty() ? "" : ",\n") + bold("--" + option.name);
        } else {
            out += describe(option);
            known.push_back(option);
        }
    }
    if (!as_above.empty())
        out += ".PP\nOptions as above:\n" + as_above + ".\n";
    return out;
}

constexpr std::string_view introduction = R"(.SH DESCRIPTION
Searches the audit log of Coder's AI Bridge and serves its API from PostgreSQL.
It reads Coder's own tables by a role that may select and do nothing else, or makes the same tables in a database of its own.
Every command takes
.B \-\-help
and shows its options.
)";

constexpr std::string_view rest = R"(.SH CONFIGURATION
Each option is also an environment variable, in upper case with BRIDGEWATCH_ before it and underscores for hyphens
.RB ( \-\-pool\-size
is BRIDGEWATCH_POOL_SIZE), and a line
.RI \(lq option " = " value \(rq
of the file that
.B \-\-config
names.
A flag beats the environment, the environment beats the file.
What may be repeated takes commas on one line.
An option without a value is
.B true
or
.B false
there.
.SH ENVIRONMENT
.TP
.B BRIDGEWATCH_CONFIG
As
.BR \-\-config .
.TP
.BR PGHOST ", " PGPORT ", " PGDATABASE ", " PGUSER ", " PGPASSFILE " and others"
How to reach the database where no URL is given; see the manual of libpq.
.SH SIGNALS
.TP
.BR SIGTERM ", " SIGINT
The server answers what it has begun, takes no more, and ends.
.TP
.B SIGHUP
The server reads again what can change while it runs: in the file of
.B \-\-config
the log's level and the limit of slow statements, with TLS the certificate and its key.
.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
Failed at run time.
.TP
.B 2
Wrong usage: one line on stderr names the option and what was expected.
.SH FILES
.TP
.I /etc/bridgewatch/bridgewatch.conf
What the service of the Debian package reads.
.TP
.I /etc/bridgewatch/database\-url
Where that file and its comments expect the database's URL.
.SH EXAMPLES
.EX
bridgewatch demo
bridgewatch serve \-\-listen 127.0.0.1:8080 \-\-database\-url\-file /etc/bridgewatch/database\-url
bridgewatch health \-\-listen 127.0.0.1:8080
bridgewatch explain \(aqmodel:gpt\-* input_tokens:>1000\(aq
.EE
.SH SEE ALSO
.BR psql (1),
.BR systemctl (1)
)";

} // namespace

std::string manual(std::span<command_description const> commands, std::string_view version)
{
    auto out = fmt::format(".TH BRIDGEWATCH 1 \"\" \"bridgewatch {}\" \"User Commands\"\n", roff(version));
    out += ".SH NAME\nbridgewatch \\- search in the audit log of Coder's AI Bridge\n.SH SYNOPSIS\n";
    std::string_view between;
    for (auto const& command : commands) {
        out += std::string{between} + bold(synopsis(command)) + " [" + italic("options") + "]\n";
        between = ".br\n";
    }
    out += std::string{between} + bold("bridgewatch --help") + " | " + bold("--version") + "\n";
    out += introduction;
    out += ".SH COMMANDS\n";
    std::vector<option_description> known;
    for (auto const& command : commands)
        out += describe(command, known);
    out += rest;
    return out;
}

} // namespace bridgewatch::app
