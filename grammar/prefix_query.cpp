#include "grammar/prefix_query.hpp"

#include "grammar/ascii.hpp"
#include "grammar/check.hpp"
#include "grammar/conditions.hpp"
#include "grammar/keys.hpp"
#include "grammar/limits.hpp"
#include "grammar/parse.hpp"

#include <array>
#include <utility>

namespace bridgewatch::grammar {
namespace {

class prefix_reader {
  public:
    prefix_reader(std::string_view key, bool is_recorded, prefix_query& out)
        : key_{key}, is_recorded_{is_recorded}, out_{out}
    {
    }

    void read(ast::expression const& e)
    {
        std::visit([this, &e](auto const& one) { read(one, e); }, e.node);
    }

  private:
    void read(ast::sequence const& terms, ast::expression const& /*whole*/)
    {
        for (auto const& operand : terms.operands)
            read(operand);
    }

    void read(ast::bare_words const& bare, ast::expression const& /*whole*/)
    {
        auto const prefix = bare.joined();
        if (!is_recorded_)
            return out_.faults.push_back(not_recorded(key_, prefix.where));
        add(prefix);
    }

    void read(ast::term const& term, ast::expression const& whole)
    {
        if (!ascii::same_word(key_, term.key.value))
            return out_.faults.push_back(unknown_key(term.key, nearest(std::array{key_}, term.key.value)));
        if (!is_recorded_)
            return out_.faults.push_back(not_recorded(key_, term.key.where));
        auto const* const list = std::get_if<ast::value_list>(&term.value);
        if (list == nullptr)
            return add_not_a_prefix(whole);
        for (auto const& value : list->values)
            add(value);
    }

    template <class Node>
    void read(Node const& /*other*/, ast::expression const& whole)
    {
        add_not_a_prefix(whole);
    }

    void add(ast::text const& prefix)
    {
        if (prefix.value.empty() || ++values_ > limits::values + 1)
            return;
        if (values_ > limits::values) // told once
            return out_.faults.push_back(too_many_values(key_, prefix.where));
        add_once(out_.any_of, prefix.value);
    }

    void add_not_a_prefix(ast::expression const& whole)
    {
        out_.faults.push_back({.code = fault_code::not_a_prefix,
                               .where = ast::place_of(whole),
                               .field = "q",
                               .detail = "Only a prefix of a " + std::string{key_} + " can be searched here"});
    }

    std::string_view key_;
    bool is_recorded_;
    prefix_query& out_;
    std::size_t values_ = 0; ///< that were given, repeats too
};

} // namespace

prefix_query read_prefixes(std::string_view query, std::string_view key, bool is_recorded)
{
    auto [tree, faults] = parse(query);
    prefix_query out{.any_of = {}, .faults = std::move(faults)};
    if (tree.root)
        prefix_reader{key, is_recorded, out}.read(*tree.root);
    sort_faults(out.faults);
    return out;
}

} // namespace bridgewatch::grammar
