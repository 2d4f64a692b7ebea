#include "grammar/conditions.hpp"

#include "grammar/ascii.hpp"
#include "grammar/escape.hpp"
#include "grammar/limits.hpp"
#include "grammar/utf8.hpp"

#include <algorithm>
#include <utility>

namespace bridgewatch::grammar {
namespace {

text_field field_of(key k)
{
    switch (k) {
    case key::provider_name:
        return text_field::provider_name;
    case key::model:
        return text_field::model;
    case key::client:
        return text_field::client;
    case key::session_id:
        return text_field::session_id;
    case key::api_key_id:
        return text_field::api_key_id;
    case key::error_type:
        return text_field::error_type;
    default:
        return text_field::provider;
    }
}

text_place place_of(key k)
{
    switch (k) {
    case key::prompt:
        return text_place::prompt;
    case key::thinking:
        return text_place::thinking;
    case key::error_message:
        return text_place::error_message;
    default:
        return text_place::anywhere;
    }
}

node some_call(node that)
{
    some_tool_call out;
    out.that.push_back(std::move(that));
    return {std::move(out)};
}

} // namespace

std::string about(std::string_view key)
{
    return "Query param " + quoted(key);
}

fault unknown_key(ast::text const& key, std::string_view meant)
{
    auto name = utf8::lower(key.value);
    auto detail = about(name) + " is not a valid query param";
    if (!meant.empty())
        detail += "; did you mean " + quoted(meant) + "?";
    return {.code = fault_code::unknown_key, .where = key.where, .field = std::move(name), .detail = std::move(detail)};
}

fault not_recorded(std::string_view key, span where)
{
    return {.code = fault_code::not_recorded,
            .where = where,
            .field = std::string{key},
            .detail = about(key) + " is not recorded by this database"};
}

fault too_many_values(std::string_view key, span where)
{
    return {.code = fault_code::too_many_values,
            .where = where,
            .field = std::string{key},
            .detail = about(key) + " has more than " + std::to_string(limits::values) + " values"};
}

void add_once(std::vector<std::string>& to, std::string value)
{
    if (std::ranges::find(to, value) == to.end())
        to.push_back(std::move(value));
}

std::optional<node> condition_reader::any_one(std::vector<node> nodes)
{
    if (nodes.empty())
        return std::nullopt;
    if (nodes.size() == 1)
        return std::move(nodes.front());
    return node{any_of{std::move(nodes)}};
}

void condition_reader::add_fault(fault_code code, key_traits const& known, span where, std::string_view what)
{
    faults_.push_back(
        {.code = code, .where = where, .field = std::string{known.name}, .detail = about(known.name).append(what)});
}

std::optional<node> condition_reader::any_of_values(key_traits const& known, std::string_view path,
                                                    std::span<ast::text const> values, time_bounds& bounds)
{
    switch (known.id) {
    case key::initiator:
        return read_users(values);
    case key::provider:
    case key::provider_name:
    case key::model:
    case key::client:
    case key::session_id:
    case key::api_key_id:
    case key::error_type: {
        auto [plain, patterns] = read_texts(known, values);
        if (plain.empty() && patterns.empty())
            return std::nullopt;
        return node{text_is{.field = field_of(known.id), .any_of = std::move(plain), .like = std::move(patterns)}};
    }
    case key::tool:
    case key::server_url:
    case key::call_name:
    case key::call_server_url: {
        auto [plain, patterns] = read_texts(known, values);
        if (plain.empty() && patterns.empty())
            return std::nullopt;
        bool const is_url = known.id == key::server_url || known.id == key::call_server_url;
        node out{call_is{.field = is_url ? call_field::server_url : call_field::name,
                         .any_of = std::move(plain),
                         .like = std::move(patterns)}};
        bool const in_call = known.id == key::call_name || known.id == key::call_server_url;
        return in_call ? std::move(out) : some_call(std::move(out));
    }
    case key::id:
    case key::thread:
        return read_ids(known, values);
    case key::started_after:
    case key::started_before:
        return read_bound(known, values, bounds);
    case key::started:
    case key::ended:
        return read_times(known, values);
    case key::duration:
    case key::input_tokens:
    case key::output_tokens:
    case key::total_tokens:
    case key::cache_read_tokens:
    case key::cache_write_tokens:
    case key::cost:
        return read_amounts(known, values);
    case key::tool_input:
    case key::tool_error:
    case key::call_input:
    case key::call_error: {
        auto needle = read_needle(known, values);
        if (!needle)
            return std::nullopt;
        bool const is_input = known.id == key::tool_input || known.id == key::call_input;
        node out{call_holds{.in = is_input ? call_text::input : call_text::error, .needle = *std::move(needle)}};
        bool const in_call = known.id == key::call_input || known.id == key::call_error;
        return in_call ? std::move(out) : some_call(std::move(out));
    }
    case key::prompt:
    case key::thinking:
    case key::error_message:
    case key::text: {
        auto needle = read_needle(known, values);
        if (!needle)
            return std::nullopt;
        return node{text_holds{.in = place_of(known.id), .needle = *std::move(needle)}};
    }
    case key::injected:
    case key::call_injected:
        return read_injected(known, values);
    case key::has:
        return read_presences(known, values);
    case key::is:
        return read_states(known, values);
    case key::metadata:
    case key::annotation:
        return read_json(known, path, values);
    }
    return std::nullopt;
}

condition_reader::text_values condition_reader::read_texts(key_traits const& known, std::span<ast::text const> values)
{
    text_values out;
    for (auto const& value : given(values)) {
        if (!value.wildcard)
            add_once(out.plain, value.value);
        else if (value.value.find_first_not_of('*') != std::string::npos)
            add_once(out.patterns, value.value);
        else
            add_fault(fault_code::too_short, known, value.where, R"( needs at least 1 other character beside "*")");
    }
    return out;
}

/// Equal users are kept apart: each place of an unknown name is a fault of its own.
std::optional<node> condition_reader::read_users(std::span<ast::text const> values) const
{
    initiator_is out;
    for (auto const& value : given(values)) {
        if (auto const id = parse_uuid(value.value))
            out.any_of.push_back({.name = {}, .id = id, .where = value.where});
        else if (value.value == "me" && !context_.me.is_nil())
            out.any_of.push_back({.name = {}, .id = context_.me, .where = value.where});
        else
            out.any_of.push_back({.name = value.value, .id = std::nullopt, .where = value.where});
    }
    return unless_empty(std::move(out));
}

std::optional<node> condition_reader::read_ids(key_traits const& known, std::span<ast::text const> values)
{
    id_is out{.field = known.id == key::thread ? id_field::thread : id_field::id, .any_of = {}};
    for (auto const& value : given(values)) {
        if (auto const id = parse_uuid(value.value))
            out.any_of.push_back(*id);
        else
            add_fault(fault_code::bad_id, known, value.where, " must be a valid uuid");
    }
    return unless_empty(std::move(out));
}

std::optional<std::string> condition_reader::read_needle(key_traits const& known, std::span<ast::text const> values)
{
    auto const& value = values.front();
    if (!value.value.empty())
        return value.value;
    add_fault(fault_code::too_short, known, value.where, " needs at least 1 character to search for");
    return std::nullopt;
}

template <class Enum>
std::optional<Enum> condition_reader::read_name(key_traits const& known, ast::text const& value,
                                                std::span<std::string_view const> names, enum_set<Enum> const& recorded)
{
    auto const found =
        std::ranges::find_if(names, [&value](std::string_view name) { return ascii::same_word(name, value.value); });
    if (found == names.end()) {
        std::string what = " has invalid value: " + quoted(value.value) + " is not one of ";
        for (auto const name : names)
            what.append(name == names.front() ? "" : ", ").append(name);
        if (auto const meant = nearest(names, value.value); !meant.empty())
            what += "; did you mean " + quoted(meant) + "?";
        add_fault(fault_code::bad_name, known, value.where, what);
        return std::nullopt;
    }
    auto const out = static_cast<Enum>(found - names.begin());
    if (recorded.contains(out))
        return out;
    add_fault(fault_code::not_recorded, known, value.where,
              " value " + quoted(*found) + " is not recorded by this database");
    return std::nullopt;
}

std::optional<node> condition_reader::read_presences(key_traits const& known, std::span<ast::text const> values)
{
    std::vector<node> out;
    for (auto const& value : given(values))
        if (auto const what = read_name(known, value, presence_names(), context_.recorded.presences))
            out.push_back({has_some{*what}});
    return any_one(std::move(out));
}

std::optional<node> condition_reader::read_states(key_traits const& known, std::span<ast::text const> values)
{
    std::vector<node> out;
    for (auto const& value : given(values))
        if (auto const what = read_name(known, value, state_names(), context_.recorded.states)) {
            met_inflight_ = met_inflight_ || *what == state::inflight;
            out.push_back({is_in_state{*what}});
        }
    return any_one(std::move(out));
}

std::optional<node> condition_reader::read_injected(key_traits const& known, std::span<ast::text const> values)
{
    call_injected out;
    for (auto const& value : given(values)) {
        bool const yes = ascii::same_word(value.value, "true");
        if (yes || ascii::same_word(value.value, "false"))
            out.any_of.push_back(yes);
        else
            add_fault(fault_code::bad_name, known, value.where,
                      " has invalid value: " + quoted(value.value) + " is neither true nor false");
    }
    if (out.any_of.empty())
        return std::nullopt;
    return known.id == key::injected ? some_call({std::move(out)}) : node{std::move(out)};
}

std::optional<node> condition_reader::read_json(key_traits const& known, std::string_view path,
                                                std::span<ast::text const> values)
{
    json_is out{
        .field = known.id == key::metadata ? json_field::metadata : json_field::annotations, .path = {}, .any_of = {}};
    for (std::size_t at = 0; at <= path.size();) {
        auto const end = std::min(path.find('.', at), path.size());
        out.path.emplace_back(path.substr(at, end - at));
        at = end + 1;
    }
    for (auto const& value : given(values))
        add_once(out.any_of, value.value);
    return unless_empty(std::move(out));
}

} // namespace bridgewatch::grammar
