#include "test/integration/search_tree.hpp"

#include <algorithm>

namespace bridgewatch::test::search {
namespace {

/// Writes a tree.
class writer {
  public:
    explicit writer(dice& random) : random_{random} {}

    std::string written(std::vector<conjunction> const& any_of)
    {
        std::string out;
        for (auto const& each : any_of)
            out += (out.empty() ? "" : gap() + "OR" + gap()) + written(each);
        return out;
    }

    std::string maybe_gap() { return random_.one_in(4) ? gap() : ""; }

  private:
    std::string gap() { return std::string(random_.one_in(5) ? 2 + random_.below(2) : 1, ' '); }

    std::string written(conjunction const& all_of)
    {
        std::string out;
        bool closed = false;
        for (auto const& each : all_of.operands) {
            if (!out.empty())
                out += closed && !each.after_and ? maybe_gap() : gap();
            if (each.after_and)
                out += "AND" + gap();
            for (auto const by : each.negations)
                out += by == sign::minus ? "-" : "NOT" + gap();
            out += std::visit([this](auto const& what) { return this->written(what); }, each.what);
            closed = std::holds_alternative<parentheses>(each.what); // and so needs no space after it
        }
        return out;
    }

    static std::string written(term const& single)
    {
        std::string out = single.spelling;
        char before = ':';
        for (auto const& each : single.values) {
            out += before + each.spelling;
            before = ',';
        }
        return out;
    }

    static std::string written(words const& run) { return run.name.spelling; }

    std::string written(parentheses const& group)
    {
        return group.before + "(" + maybe_gap() + written(group.any_of) + maybe_gap() + ")";
    }

    dice& random_;
};

} // namespace

bool is_flat(query const& q)
{
    return q.any_of.size() == 1 && std::ranges::all_of(q.any_of.front().operands, [](operand const& each) {
               return !each.after_and && each.negations.empty() && !std::holds_alternative<parentheses>(each.what);
           });
}

std::string text_of(query const& q, dice& random)
{
    writer out{random};
    return out.maybe_gap() + out.written(q.any_of) + out.maybe_gap();
}

} // namespace bridgewatch::test::search
