#include "test/integration/search_oracle.hpp"

#include "test/integration/search_subject.hpp"
#include "test/integration/search_text.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

namespace bridgewatch::test::search {
namespace {

using optional_text = std::optional<std::string>;

bool is_text(value const& wanted, optional_text const& text)
{
    if (!text)
        return false;
    if (auto const* pattern = std::get_if<wildcard>(&wanted.means))
        return fits(pattern->text, *text);
    return std::get<literal>(wanted.means).text == *text;
}

std::string const& needle_of(value const& wanted)
{
    return std::get<literal>(wanted.means).text;
}

bool is_held(value const& wanted, optional_text const& text)
{
    return text && holds_folded(*text, needle_of(wanted));
}

bool is_held_by_some(value const& wanted, std::vector<std::string> const& texts)
{
    return std::ranges::any_of(texts, [&](std::string const& text) { return is_held(wanted, text); });
}

bool is_within(value const& wanted, std::optional<wide> const& amount)
{
    if (!amount)
        return false;
    auto const [low, high] = std::get<interval>(wanted.means);
    return (!low || 2 * *amount >= *low) && (!high || 2 * *amount <= *high);
}

bool is_flag(value const& wanted, bool flag)
{
    return needle_of(wanted) == (flag ? "true" : "false");
}

bool has_error(tool_call const& call)
{
    return call.error && !call.error->empty();
}

bool is_at_path(value const& wanted, json const& in, std::vector<std::string> const& path)
{
    auto const* at = &in;
    for (auto const& name : path) {
        auto const found = std::ranges::find(at->names, name);
        if (at->is != json::kind::object || found == at->names.end())
            return false;
        at = &at->values[static_cast<std::size_t>(found - at->names.begin())];
    }
    auto const& text = needle_of(wanted);
    if (at->is == json::kind::number)
        return is_same_number(at->text, text);
    return (at->is == json::kind::string || at->is == json::kind::boolean) && at->text == text;
}

/// One term on one tool call. Precondition: a field of a tool call, a value that is not empty.
bool finds(field of, value const& wanted, tool_call const& call)
{
    switch (of) {
    case field::tool:
    case field::call_name:
        return is_text(wanted, call.name);
    case field::server_url:
    case field::call_server_url:
        return is_text(wanted, call.server_url);
    case field::tool_input:
    case field::call_input:
        return is_held(wanted, call.input);
    case field::tool_error:
    case field::call_error:
        return is_held(wanted, call.error);
    default:
        return is_flag(wanted, call.injected);
    }
}

class call_subject : public subject {
  public:
    explicit call_subject(tool_call const& call) : call_{call} {}

  private:
    [[nodiscard]] bool finds_one(field of, term const* /*whole*/, value const& wanted) const override
    {
        return finds(of, wanted, call_);
    }

    [[nodiscard]] bool has_call(parentheses const& /*group*/) const override { return false; }

    [[nodiscard]] field bare_field() const override { return field::call_name; }

    [[nodiscard]] bool merges(field /*of*/) const override { return false; }

    tool_call const& call_;
};

class row_subject : public subject {
  public:
    row_subject(dataset const& data, interception const& row) : data_{data}, row_{row} {}

  private:
    [[nodiscard]] bool has_call(parentheses const& group) const override
    {
        return std::ranges::any_of(row_.calls,
                                   [&](tool_call const& call) { return call_subject{call}.holds(group.any_of); });
    }

    [[nodiscard]] field bare_field() const override { return field::initiator; }

    [[nodiscard]] bool merges(field of) const override { return held_once(of); }

    [[nodiscard]] bool finds_one(field of, term const* whole, value const& wanted) const override
    {
        switch (of) {
        case field::initiator:
            return is_initiator(needle_of(wanted));
        case field::thread: // a follower is no root
            return needle_of(wanted) == grammar::to_string(row_.thread_root.value_or(row_.id));
        case field::has:
            return has(needle_of(wanted));
        case field::is:
            return is(needle_of(wanted));
        case field::metadata:
            return row_.metadata && is_at_path(wanted, *row_.metadata, whole->path);
        case field::annotation:
            return is_at_path(wanted, row_.annotations, whole->path);
        default:
            break;
        }
        if (held_once(of))
            return is_text(wanted, text_of_row(of));
        if (of >= field::started_after && of <= field::cost)
            return is_within(wanted, amount_of(of, row_));
        if (of >= field::tool && of <= field::injected)
            return is_of_some_call(of, wanted);
        return is_in_text(of, wanted);
    }

    [[nodiscard]] bool is_initiator(std::string const& who) const
    {
        if (who == "me")
            return row_.initiator == data_.me;
        return who == grammar::to_string(row_.initiator) || user_named(data_, who) == row_.initiator;
    }

    [[nodiscard]] optional_text text_of_row(field of) const
    {
        switch (of) {
        case field::provider:
            return row_.provider;
        case field::provider_name:
            return row_.provider_name;
        case field::model:
            return row_.model;
        case field::client:
            return row_.client.value_or("Unknown");
        case field::session_id:
            return row_.session_id();
        case field::id:
            return grammar::to_string(row_.id);
        case field::api_key_id:
            return row_.api_key_id;
        default:
            return row_.error_type;
        }
    }

    [[nodiscard]] bool is_of_some_call(field of, value const& wanted) const
    {
        return std::ranges::any_of(row_.calls, [&](tool_call const& call) { return finds(of, wanted, call); });
    }

    [[nodiscard]] bool is_in_text(field of, value const& wanted) const
    {
        if (of != field::text)
            return of == field::prompt     ? is_held_by_some(wanted, row_.prompts)
                   : of == field::thinking ? is_held_by_some(wanted, row_.thoughts)
                                           : is_held(wanted, row_.error_message);
        return is_held_by_some(wanted, row_.prompts) || is_held_by_some(wanted, row_.thoughts) ||
               is_of_some_call(field::tool_input, wanted) || is_of_some_call(field::tool_error, wanted) ||
               is_held(wanted, row_.error_message);
    }

    [[nodiscard]] bool has(std::string const& what) const
    {
        if (what == "error")
            return std::ranges::any_of(row_.calls, has_error);
        return what == "prompt"     ? !row_.prompts.empty()
               : what == "tool"     ? !row_.calls.empty()
               : what == "thinking" ? !row_.thoughts.empty()
                                    : row_.client_session_id.has_value();
    }

    [[nodiscard]] bool is(std::string const& state) const
    {
        return state == "inflight"    ? !row_.ended_at
               : state == "completed" ? row_.ended_at.has_value()
                                      : row_.error_type || row_.error_message;
    }

    dataset const& data_;
    interception const& row_;
};

/// In upstream's language all bare words are one value, also where terms stand between them.
query with_words_joined(query q)
{
    if (!is_flat(q))
        return q;
    auto& all = q.any_of.front().operands;
    std::string joined;
    for (auto const& each : all)
        if (auto const* run = std::get_if<words>(&each.what))
            joined += (joined.empty() ? "" : " ") + needle_of(run->name);
    std::erase_if(all, [](operand const& each) { return std::holds_alternative<words>(each.what); });
    if (!joined.empty())
        all.push_back({.what = words{{.spelling = {}, .means = literal{joined}}}});
    return q;
}

template <class Member>
wide sum(interception const& row, Member member)
{
    wide out = 0;
    for (auto const& each : row.usages)
        out += std::invoke(member, each);
    return out;
}

} // namespace

std::optional<uuid> user_named(dataset const& data, std::string_view name)
{
    for (auto const& each : data.users)
        if (!each.deleted && each.is_visible && folded(each.name) == folded(name))
            return each.id;
    return std::nullopt;
}

bool is_visible(dataset const& data, interception const& row, std::optional<uuid> const& only_initiator)
{
    auto const who = std::ranges::find(data.users, row.initiator, &user::id);
    return who != data.users.end() && who->is_visible && row.initiator == only_initiator.value_or(row.initiator);
}

std::vector<uuid> found_by(query const& q, dataset const& data, std::optional<uuid> const& only_initiator)
{
    auto const joined = with_words_joined(q);
    auto const with_inflight = asks_for_inflight(q);
    std::vector<interception const*> found;
    for (auto const& row : data.rows)
        if ((row.ended_at || with_inflight) && is_visible(data, row, only_initiator) &&
            row_subject{data, row}.holds(joined.any_of))
            found.push_back(&row);
    std::ranges::sort(found, std::ranges::greater{},
                      [](interception const* row) { return std::tuple{row->started_at, row->id}; });
    std::vector<uuid> out;
    out.reserve(found.size());
    for (auto const* row : found)
        out.push_back(row->id);
    return out;
}

bool asks_for_inflight(query const& q)
{
    bool out = false;
    for_each_term(q.any_of, [&](term const& each) {
        for (auto const& one : each.values)
            out |= each.of == field::is && std::holds_alternative<literal>(one.means) && needle_of(one) == "inflight";
    });
    return out;
}

std::optional<wide> amount_of(field of, interception const& row)
{
    auto const micros = [](sys_micro at) { return wide{at.time_since_epoch().count()}; };
    switch (of) {
    case field::ended:
        return row.ended_at ? std::optional{micros(*row.ended_at)} : std::nullopt;
    case field::duration:
        return row.ended_at ? std::optional{micros(*row.ended_at) - micros(row.started_at)} : std::nullopt;
    case field::input_tokens:
        return sum(row, &token_usage::input);
    case field::output_tokens:
        return sum(row, &token_usage::output);
    case field::total_tokens:
        return sum(row, &token_usage::input) + sum(row, &token_usage::output);
    case field::cache_read_tokens:
        return sum(row, &token_usage::cache_read);
    case field::cache_write_tokens:
        return sum(row, &token_usage::cache_write);
    case field::cost:
        return sum(row, [](token_usage const& each) { return each.cost_micros.value_or(0); });
    default:
        return micros(row.started_at);
    }
}

} // namespace bridgewatch::test::search
