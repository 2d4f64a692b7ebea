#include "grammar/check.hpp"
#include "grammar/limits.hpp"
#include "grammar/parse.hpp"
#include "grammar/print.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

namespace bridgewatch::grammar {
namespace {

constexpr unsigned seed = 19910806;

/// Makes trees, and the texts that hostile callers send, from a fixed seed.
class generator {
  public:
    generator() { BOOST_TEST_MESSAGE("seed " << seed); }

    std::size_t below(std::size_t bound) { return random_() % bound; }

    /// A tree of those that a flat query can make, its values as odd as they can be.
    ast::query tree()
    {
        ast::query out;
        auto const terms = below(6);
        auto const words_at = below(8); // mostly there, not always
        for (std::size_t i = 0; i <= terms; ++i) {
            if (i == words_at)
                out.root.operands.push_back({ast::bare_words{{words(), {}}}});
            if (i < terms)
                out.root.operands.push_back(
                    {ast::term{{key(), {}}, ast::value_list{{{below(10) == 0 ? "" : value(), {}}}}, {}}});
        }
        return out;
    }

    std::string bytes()
    {
        std::string out(below(80), '\0');
        for (auto& c : out)
            c = static_cast<char>(random_());
        return out;
    }

    /// What the grammar gives meaning to, in no order.
    std::string soup()
    {
        constexpr std::string_view parts[] = {
            "\"",
            "\"",
            ":",
            ":",
            " ",
            " ",
            "a",
            "-",
            "*",
            ",",
            "(",
            ")",
            "OR",
            "NOT",
            "\\",
            "\t",
            "é",
            "🦊",
            "model:",
            "initiator:",
            "started_after:",
            "started_before:",
            "modle:",
            "me",
            "2025-01-01T00:00:00Z",
            "\"2025-01-01T00:00:00.0000001Z\"",
        };
        std::string out;
        for (auto count = below(40); count > 0; --count)
            out += parts[below(std::size(parts))];
        return out;
    }

  private:
    /// A piece's value: spaces and colons only where the quotes before them are odd in number.
    std::string value(bool is_word = false)
    {
        constexpr std::string_view plain[] = {"a", "b",  "Z", "0",  "-",  ",",  "(",   ")",  "*",   "<",
                                              ">", "\\", "é", "🦊", "\t", "\n", "AND", "OR", "NOT", ".."};
        bool in_quotes = below(2) == 0;
        std::string out;
        for (auto count = below(12) + 1; count > 0; --count) {
            auto const kind = below(8);
            if (kind == 0 && !out.empty() && count > 1) { // a quote at an end would be dropped
                out += '"';
                in_quotes = !in_quotes;
            } else if (kind < 3 && in_quotes) {
                out += kind == 1 ? ' ' : ':';
            } else {
                out += plain[below(std::size(plain))];
            }
        }
        // A word that is text alone is the common case.
        return is_word && below(3) == 0 ? "alice" : out;
    }

    std::string words()
    {
        if (below(10) == 0)
            return {};
        std::string out = value(true);
        for (auto count = below(4); count > 0; --count)
            out += ' ' + value(true);
        return out;
    }

    std::string key()
    {
        constexpr std::string_view keys[] = {"model", "Provider", "-client", "\"q k\"", "a\":\"",
                                             "(x",    "é",        "*",       "k,l"};
        return std::string{keys[below(std::size(keys))]};
    }

    std::mt19937_64 random_{seed};
};

void require_sound(std::string const& query)
{
    auto const got = check(query, {});
    auto last = std::int64_t{-1};
    for (auto const& f : got.faults) {
        auto const offset = f.where ? std::int64_t{f.where->offset} : -1;
        BOOST_TEST_REQUIRE(offset >= last, query);
        last = offset;
        if (f.where)
            BOOST_TEST_REQUIRE(std::size_t{f.where->offset} + f.where->length <= query.size(), query);
        BOOST_TEST_REQUIRE((!f.field.empty() && !f.detail.empty()), query);
    }
    auto const printed = print(got.tree);
    if (printed.size() > limits::query_bytes)
        return; // quotes that were added do not fit
    BOOST_TEST_REQUIRE((parse(printed).tree == got.tree), query << " was printed as " << printed);
    BOOST_TEST_REQUIRE(print(parse(printed).tree) == printed, query);
}

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_properties)

BOOST_AUTO_TEST_CASE(a_printed_tree_is_read_back)
{
    generator make;
    for (int i = 0; i < 20'000; ++i) {
        auto const tree = make.tree();
        auto const printed = print(tree);
        auto const back = parse(printed);
        BOOST_TEST_REQUIRE(back.faults.empty(), printed);
        BOOST_TEST_REQUIRE((back.tree == tree), printed);
        BOOST_TEST_REQUIRE(print(back.tree) == printed);
    }
}

BOOST_AUTO_TEST_CASE(any_bytes_are_survived)
{
    generator make;
    for (int i = 0; i < 10'000; ++i)
        require_sound(make.bytes());
}

BOOST_AUTO_TEST_CASE(any_soup_of_the_language_is_survived)
{
    generator make;
    for (int i = 0; i < 20'000; ++i)
        require_sound(make.soup());
}

BOOST_AUTO_TEST_CASE(full_length_of_one_byte_is_survived)
{
    for (int byte = 0; byte < 256; ++byte)
        require_sound(std::string(limits::query_bytes, static_cast<char>(byte)));
    for (auto const* pair : {": ", "a ", "\" ", "\"a", "a:", "\":", "- ", "a\"", ":\" "}) {
        std::string query;
        while (query.size() + 3 <= limits::query_bytes)
            query += pair;
        require_sound(query);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
