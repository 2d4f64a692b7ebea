#include "app/seed_data/texts.hpp"

#include <algorithm>
#include <cstddef>

namespace bridgewatch::app::seed_data {
namespace {

/// %f is a file, %s a symbol, %n a number.
constexpr std::string_view sentences[] = {
    "Please refactor %s in %f so that every query has a time limit, and add tests for it.",
    "The build fails on main with \"undefined reference to `%s'\" since this morning; find out why.",
    "Rename the column everywhere, the migration included, and keep the old name readable for one release.",
    "Why does %f take %n ms to load? I expected about a tenth of that.",
    "Write a table-driven test for %s: empty input, one element, %n elements, and a value that is not UTF-8.",
    "Explain the race between %s and the shutdown path; a diagram in ASCII is fine.",
    "Don't touch the public interface. If you think it has to change, say so first.",
    "It worked until we upgraded the driver to 1.%n; since then every retry waits for the full backoff.",
    "Look at the log below and tell me which of the two deadlocks came first.",
    "Can you make the error message say which option was wrong, and what was expected instead?",
    "Use the helper in %f instead of writing the same loop again.",
    "The cursor skips a row when two events have the same timestamp. Reproduce it with a test before you fix it.",
    "In %f the regex \"^\\w+\\s*=\\s*(.*)$\" also matches comments; it should not.",
    "Summarise what changed in %f during the last week, for the release notes.",
    "Remove the feature flag; it has been on for everybody since May.",
    "The customer in Zürich says that names like \"Müller-Lüdenscheidt\" are cut off after %n characters.",
    "Проверь, пожалуйста, что сообщения об ошибках переведены полностью.",
    "数据导入在第 %n 行失败了，请检查编码。",
    "Le café ferme à %n h: vérifie que l'horaire d'été est pris en compte dans %s.",
    "Add a dashboard panel for the p99 of %s, and an alert when it stays above %n ms for ten minutes.",
    "Is there any place where a secret or a password could end up in the log? Check %f first.",
    "Drop the index that nobody uses, but show me the plan of the slowest query before and after.",
    "Kubernetes restarts the pod every %n minutes because the memory limit is reached; find the leak.",
    "Keep the commit small: one change, one reason.",
    "The path is C:\\Users\\dev\\%f on the Windows runner, so don't split it at '/'.",
    "LGTM mostly 👍 but %s should return a value instead of throwing.",
    "Make %s idempotent: running it twice must not create a second row.",
    "Parse the JSON without losing digits: 1.10 has to stay 1.10.",
    "What happens to the sessions of a user who is suspended while a request is running?",
    "Generate the client for our OpenAPI file, and put it under third_party with its licence.",
};

constexpr std::string_view code_blocks[] = {
    "\n```cpp\nauto const found = cache_.find(key);\nif (found == cache_.end())\n\treturn load(key);  // miss\n```\n",
    "\n```sql\nSELECT id, name\nFROM customers\nWHERE name LIKE '100\\%%' AND note <> \"\"\nORDER BY id DESC;\n```\n",
    "\n```go\nif err := db.Ping(ctx); err != nil {\n\treturn fmt.Errorf(\"ping: %w\", err)\n}\n```\n",
    "\n```\nERROR: deadlock detected\nDETAIL: Process 41 waits for ShareLock on transaction 905.\n```\n",
    "\n```python\nprint(f\"{name!r}\\t{total:.2f}\")\n```\n",
};

constexpr std::string_view thoughts[] = {
    "The user wants the smallest change that fixes it, so I should read the failing test first.",
    "There are two callers of %s; only one of them holds the lock.",
    "I am not sure that %f is even compiled on this platform. Let me check the build files.",
    "The number %n looks like a limit that somebody copied, not one that was measured.",
    "If the connection is closed here, the retry would use a dead socket.",
    "Better to add the test now and to change the code afterwards.",
    "This is about encoding: the column is text, and the file is Latin-1 («naïve»).",
};

constexpr std::string_view files[] = {
    "src/server/session.cpp",
    "internal/auth/token.go",
    "web/src/pages/Audit.tsx",
    "db/migrations/0042_tenants.sql",
    "lib/cache/lru.rs",
    "tools/release.py",
    "README.md",
    "charts/api/values.yaml",
    "test/fixtures/naïve.json",
    "cmd/worker/main.go",
    "src/parser/lexer.cc",
    "app/models/invoice.rb",
};

constexpr std::string_view symbols[] = {
    "parse_header", "RetryPolicy",  "Session::drain", "load_config", "useDebounce", "invoice_total",
    "acquireLease", "normalise_id", "TokenBucket",    "flushAll",    "renderDiff",  "compare_keys",
};

constexpr std::string_view commands[] = {
    "git log --oneline -20 -- %f",
    "rg -n \"%s\" src | head -%n",
    "cmake --build build --target %s && ctest --test-dir build -R '%s'",
    "sed -i 's/%s/%s_v2/g' %f",
    "kubectl logs deploy/api --since=%nm | grep -c 'level\":\"error'",
    "psql -c \"EXPLAIN ANALYZE SELECT count(*) FROM events WHERE kind = 'login'\"",
    "find . -name '*.tmp' -mtime +%n -print0 | xargs -0 rm -f",
};

constexpr tool_call tools[] = {
    {"bash", {}},      {"read_file", {}},
    {"edit_file", {}}, {"grep", {}},
    {"glob", {}},      {"write_file", {}},
    {"todo", {}},      {"task", {}},
    {"web_fetch", {}}, {"list_issues", "https://mcp.example.com/github"},
};

/// Appends a sentence with its places filled in.
void append_filled(std::string& out, std::string_view pattern, random& from)
{
    constexpr std::uint32_t numbers = 900;
    for (std::size_t at = pattern.find('%'); at != std::string_view::npos; at = pattern.find('%')) {
        out += pattern.substr(0, at);
        char const what = at + 1 < pattern.size() ? pattern[at + 1] : '%';
        if (what == 'f')
            out += from.pick(files);
        else if (what == 's')
            out += from.pick(symbols);
        else if (what == 'n')
            out += std::to_string(from.between(2, numbers));
        else
            out += '%';
        pattern.remove_prefix(std::min(at + 2, pattern.size()));
    }
    out += pattern;
}

void append_sentences(std::string& out, std::uint32_t count, random& from)
{
    for (std::uint32_t i = 0; i < count; ++i) {
        if (i > 0)
            out += from.chance(200) ? "\n" : " ";
        append_filled(out, from.pick(sentences), from);
    }
}

/// Appends text as the inside of a JSON string.
void append_json(std::string& out, std::string_view text)
{
    for (char const c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        if (c == '\n')
            out += "\\n";
        else if (c == '\t')
            out += "\\t";
        else
            out += c;
    }
}

void append_member(std::string& out, std::string_view name, std::string_view value)
{
    out += out.size() > 1 ? ", \"" : "\"";
    out.append(name).append("\": \"");
    append_json(out, value);
    out += '"';
}

std::string filled(std::string_view pattern, random& from)
{
    std::string out;
    append_filled(out, pattern, from);
    return out;
}

/// Sentences with a piece of code here and there: what is long in a tool's arguments.
std::string body(std::uint32_t low, std::uint32_t high, random& from)
{
    std::string out;
    append_sentences(out, from.between(low, high), from);
    out += from.pick(code_blocks);
    return out;
}

} // namespace

void make_prompt(std::string& out, random& from)
{
    out.clear();
    constexpr std::uint32_t most_sentences = 9;
    append_sentences(out, from.between(1, most_sentences), from);
    if (from.chance(250))
        out += from.pick(code_blocks);
}

void make_thought(std::string& out, random& from)
{
    out.clear();
    auto const count = from.between(2, 6);
    for (std::uint32_t i = 0; i < count; ++i) {
        out += i == 0 ? "" : " ";
        append_filled(out, from.pick(thoughts), from);
    }
}

tool_call pick_tool(random& from)
{
    return from.pick(tools);
}

void make_tool_input(std::string& out, std::string_view tool, random& from)
{
    out = "{";
    if (tool == "bash") {
        append_member(out, "command", filled(from.pick(commands), from));
        append_member(out, "description", body(2, 6, from));
        out += ", \"timeout\": " + std::to_string(from.between(1, 120) * 1000);
    } else if (tool == "edit_file") {
        append_member(out, "path", from.pick(files));
        append_member(out, "old_string", from.pick(code_blocks));
        append_member(out, "new_string", body(2, 8, from));
    } else if (tool == "write_file" || tool == "task") {
        append_member(out, tool == "task" ? "description" : "path", from.pick(files));
        append_member(out, tool == "task" ? "prompt" : "content", body(4, 10, from));
    } else if (tool == "read_file") {
        append_member(out, "path", from.pick(files));
        append_member(out, "why", body(2, 6, from));
        out += ", \"offset\": " + std::to_string(from.below(2000)) + ", \"limit\": 200";
    } else if (tool == "grep" || tool == "glob") {
        append_member(out, "pattern", filled(tool == "grep" ? "\\b%s\\(" : "**/*%s*", from));
        append_member(out, "note", body(2, 6, from));
    } else if (tool == "web_fetch") {
        append_member(out, "url", filled("https://docs.example.com/%s?page=%n", from));
        append_member(out, "prompt", body(2, 6, from));
    } else {
        append_member(out, tool == "todo" ? "content" : "query", body(2, 8, from));
        append_member(out, "state", from.chance(500) ? "open" : "done");
    }
    out += '}';
}

} // namespace bridgewatch::app::seed_data
