#pragma once

#include "grammar/filter.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bridgewatch::test {

/// A filter on one line, so that a table can say what a query means: `model=a|~b*`, `initiator=alice|{id}`,
/// `started[from..before)`, `cost>1<=2`, `prompt~text`, `metadata/team=a`, `call(…)`, `!x`, `(x & y)`, `(x | y)`.
/// Nothing is asked: an empty text at the root, `true` elsewhere. In-flight rows are candidates: `+inflight` at the
/// end.
class filter_outline {
  public:
    std::string operator()(grammar::filter const& whole) const
    {
        return joined(whole.root.nodes, " & ") + (whole.includes_inflight ? " +inflight" : "");
    }

    std::string operator()(grammar::node const& one) const { return std::visit(*this, one.value); }

    std::string operator()(grammar::all_of const& all) const
    {
        return all.nodes.empty() ? "true" : "(" + joined(all.nodes, " & ") + ")";
    }

    std::string operator()(grammar::any_of const& any) const { return "(" + joined(any.nodes, " | ") + ")"; }

    std::string operator()(grammar::complement const& other) const { return "!" + joined(other.of, " AND "); }

    std::string operator()(grammar::text_is const& is) const
    {
        constexpr std::string_view names[] = {"provider",   "provider_name", "model",     "client",
                                              "session_id", "api_key_id",    "error_type"};
        return name(names, is.field) + "=" + values(is.any_of, is.like);
    }

    std::string operator()(grammar::initiator_is const& is) const
    {
        std::vector<std::string> users;
        users.reserve(is.any_of.size());
        for (auto const& user : is.any_of)
            users.push_back(user.id ? user.name + "{" + to_string(*user.id) + "}" : user.name);
        return "initiator=" + values(users, {});
    }

    std::string operator()(grammar::id_is const& is) const
    {
        std::vector<std::string> ids;
        ids.reserve(is.any_of.size());
        for (auto const& id : is.any_of)
            ids.push_back("{" + to_string(id) + "}");
        return (is.field == grammar::id_field::thread ? "thread=" : "id=") + values(ids, {});
    }

    std::string operator()(grammar::time_within const& within) const
    {
        auto const end = [](auto const& at) { return at ? grammar::to_rfc3339(*at) : "*"; };
        return (within.field == grammar::time_field::ended ? "ended[" : "started[") + end(within.from) + ".." +
               end(within.before) + ")";
    }

    std::string operator()(grammar::amount_is const& is) const
    {
        constexpr std::string_view names[] = {"input_tokens",      "output_tokens",      "total_tokens",
                                              "cache_read_tokens", "cache_write_tokens", "cost",
                                              "duration"};
        auto out = name(names, is.of);
        for (auto const& value : is.any_of)
            out += (&value == is.any_of.data() ? "=" : "|") + std::to_string(value);
        if (is.low)
            out += (is.low->inclusive ? ">=" : ">") + std::to_string(is.low->value);
        if (is.high)
            out += (is.high->inclusive ? "<=" : "<") + std::to_string(is.high->value);
        return out;
    }

    std::string operator()(grammar::text_holds const& holds) const
    {
        constexpr std::string_view names[] = {"prompt", "thinking", "error_message", "anywhere"};
        return name(names, holds.in) + "~" + holds.needle;
    }

    std::string operator()(grammar::has_some const& has) const
    {
        return "has:" + name(grammar::presence_names(), has.what);
    }

    std::string operator()(grammar::is_in_state const& is) const
    {
        return "is:" + name(grammar::state_names(), is.what);
    }

    std::string operator()(grammar::json_is const& is) const
    {
        std::string out = is.field == grammar::json_field::annotations ? "annotations" : "metadata";
        for (auto const& part : is.path)
            out += "/" + part;
        return out + "=" + values(is.any_of, {});
    }

    std::string operator()(grammar::some_tool_call const& call) const
    {
        return "call(" + joined(call.that, " AND ") + ")";
    }

    std::string operator()(grammar::call_is const& is) const
    {
        return (is.field == grammar::call_field::server_url ? "server_url=" : "name=") + values(is.any_of, is.like);
    }

    std::string operator()(grammar::call_holds const& holds) const
    {
        return (holds.in == grammar::call_text::error ? "error~" : "input~") + holds.needle;
    }

    std::string operator()(grammar::call_injected const& injected) const
    {
        std::string out = "injected=";
        for (bool const yes : injected.any_of)
            out += yes ? "t" : "f";
        return out;
    }

  private:
    template <class Names, class Enum>
    static std::string name(Names const& names, Enum which)
    {
        return std::string{names[static_cast<std::size_t>(which)]};
    }

    static std::string values(std::vector<std::string> const& plain, std::vector<std::string> const& patterns)
    {
        std::string out;
        for (auto const& value : plain)
            out.append(out.empty() ? "" : "|").append(value);
        for (auto const& pattern : patterns)
            out.append(out.empty() ? "~" : "|~").append(pattern);
        return out;
    }

    [[nodiscard]] std::string joined(std::vector<grammar::node> const& nodes, std::string_view by) const
    {
        std::string out;
        for (auto const& one : nodes)
            out.append(&one == nodes.data() ? "" : by).append((*this)(one));
        return out;
    }
};

} // namespace bridgewatch::test
