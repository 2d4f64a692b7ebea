#include "test/integration/search_terms.hpp"

#include "test/integration/search_oracle.hpp"
#include "test/integration/search_text.hpp"

#include <algorithm>
#include <cctype>
#include <limits>

namespace bridgewatch::test::search {
namespace {

using std::string_view;

bool is_ordered(field of)
{
    return of >= field::started && of <= field::cost;
}

bool is_substring(field of)
{
    return of == field::tool_input || of == field::tool_error || (of >= field::prompt && of <= field::text) ||
           of == field::call_input || of == field::call_error;
}

bool has_path(field of)
{
    return of == field::metadata || of == field::annotation;
}

template <class List>
std::string some(dice& random, List const& from)
{
    return from.empty() ? std::string{"AKIA"} : std::string{random.pick(from)};
}

} // namespace

void term_maker::be_like(interception const& row)
{
    row_ = &row;
    auto const* with_calls = &row;
    while (with_calls->calls.empty())
        with_calls = &random_.pick(data_.rows);
    call_ = random_.pick(with_calls->calls);
}

void term_maker::part_after_from_before()
{
    parting_ = time_point(random_.pick(data_.rows).started_at).first;
}

term term_maker::about(field of)
{
    term out{.of = of, .spelling = key_spelled(field_names[static_cast<std::size_t>(of)])};
    if (has_path(of)) {
        path_ = any_path(of);
        out.path = path_;
        for (auto const& part : path_)
            out.spelling += '.' + part;
    }
    value const empty{"\"\"", nothing{}};
    bool const single = is_substring(of) || of == field::started_after || of == field::started_before;
    if (!is_substring(of) && random_.one_in(40))
        out.values = {empty};
    else if (single || !random_.one_in(5))
        out.values = {is_ordered(of) ? ordered_value(of) : any_value(of)};
    else
        for (auto count = 2 + random_.below(random_.one_in(20) ? 9 : 3); count > 0; --count)
            out.values.push_back(random_.one_in(12) ? empty : any_value(of));
    return out;
}

value term_maker::any_value(field of)
{
    if (is_ordered(of))
        return plain_value(of);
    if (is_substring(of))
        return text_value(text_of_row(of));
    switch (of) {
    case field::initiator:
        return initiator_value();
    case field::id:
        return id_value(random_.one_in(4) ? random_.pick(data_.rows).id : row_->id);
    case field::thread:
        return id_value(random_.one_in(3) ? row_->id : row_->thread_root.value_or(row_->id));
    case field::started_after:
    case field::started_before:
        return bound_value(of);
    case field::has:
        return listed_value(random_.pick({"prompt", "tool", "error", "thinking", "session"}));
    case field::is:
        return listed_value(random_.pick({"inflight", "completed", "failed", "failed"}));
    case field::injected:
    case field::call_injected:
        return listed_value(random_.pick({"true", "false"}));
    case field::error_type:
    case field::api_key_id:
        return listed_value(text_of_row(of));
    case field::metadata:
    case field::annotation:
        return listed_value(json_text(of));
    default:
        return pattern_value(text_of_row(of));
    }
}

std::string term_maker::text_of_row(field of)
{
    auto const& row = random_.one_in(5) ? random_.pick(data_.rows) : *row_;
    switch (of) {
    case field::provider:
        return row.provider;
    case field::provider_name:
        return row.provider_name;
    case field::model:
        return row.model;
    case field::client:
        return row.client.value_or("Unknown");
    case field::session_id:
        return row.session_id();
    case field::api_key_id:
        return row.api_key_id.value_or("key1");
    case field::error_type:
        return row.error_type.value_or(std::string{random_.pick(error_types)});
    case field::error_message:
        return row.error_message.value_or("timeout");
    case field::prompt:
        return some(random_, row.prompts);
    case field::thinking:
        return some(random_, row.thoughts);
    case field::tool:
    case field::call_name:
        return call_.name;
    case field::server_url:
    case field::call_server_url:
        return call_.server_url.value_or("stdio");
    case field::tool_error:
    case field::call_error:
        return call_.error.value_or("timeout");
    case field::text:
        return text_of_row(
            random_.pick({field::prompt, field::thinking, field::call_input, field::call_error, field::error_message}));
    default:
        return call_.input;
    }
}

value term_maker::text_value(std::string const& text)
{
    auto const needle = needle_in(text);
    return {spelled(needle, place::whole, random_), literal{needle}};
}

value term_maker::listed_value(std::string const& text)
{
    return {spelled(text, place::listed, random_), literal{text}};
}

value term_maker::pattern_value(std::string text)
{
    if (random_.one_in(12))
        text += 'x';
    else if (random_.one_in(12))
        text = folded(text);
    if (auto const pattern = with_stars(text); !pattern.empty() && (random_.one_in(3) || !can_be_written(text)))
        return {pattern, wildcard{pattern}};
    if (text.empty() || !can_be_written(text))
        text = "none";
    return {spelled(text, place::pattern, random_), literal{text}};
}

value term_maker::id_value(uuid const& id)
{
    auto const text = grammar::to_string(id);
    auto shown = text;
    if (random_.one_in(4))
        std::ranges::transform(shown, shown.begin(),
                               [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return {spelled(shown, place::listed, random_), literal{text}};
}

value term_maker::initiator_value()
{
    if (random_.one_in(3))
        return id_value(row_->initiator);
    return listed_value(user_name());
}

std::string term_maker::user_name()
{
    if (random_.one_in(8))
        return "me";
    auto const found = std::ranges::find(data_.users, row_->initiator, &user::id);
    auto const* who = &*found;
    while (!user_named(data_, who->name)) // deleted, or without a row
        who = &random_.pick(data_.users);
    return cases_mixed(who->name);
}

std::vector<words> term_maker::user_words(std::size_t runs)
{
    auto const name = user_name();
    auto const space = name.find(' ');
    if (space == std::string::npos || random_.one_in(4))
        return {{{spelled(name, place::bare, random_), literal{name}}}};
    auto const first = name.substr(0, space);
    auto const second = name.substr(space + 1);
    words one{{spelled(first, place::bare, random_), literal{first}}};
    words other{{spelled(second, place::bare, random_), literal{second}}};
    if (runs > 1)
        return {one, other};
    return {{{one.name.spelling + std::string(1 + random_.below(2), ' ') + other.name.spelling, literal{name}}}};
}

words term_maker::call_words()
{
    if (auto const pattern = with_stars(call_.name);
        !pattern.empty() && !needs_quotes(pattern, place::listed) && pattern.front() != '-' && random_.one_in(4))
        return {{pattern, wildcard{pattern}}};
    auto const space = call_.name.find(' ');
    if (space != std::string::npos && random_.one_in(2))
        return {{call_.name.substr(0, space) + "  " + call_.name.substr(space + 1), literal{call_.name}}};
    return {{spelled(call_.name, place::bare, random_), literal{call_.name}}};
}

std::string term_maker::needle_in(std::string_view text)
{
    auto const all = characters(text);
    std::string out;
    if (!all.empty()) {
        auto const from = random_.below(all.size());
        auto const to = std::min(all.size(), from + 1 + random_.below(9));
        for (auto i = from; i < to; ++i)
            out += all[i];
    }
    if (!out.empty() && random_.one_in(10) && static_cast<unsigned char>(out.back()) < 0x80)
        out.back() = random_.pick({'%', '_', '\\'}); // which stand for themselves
    if (!can_be_written(out))
        out.resize(out.find('"'));
    if (out.find_first_not_of(" *") == std::string::npos)
        out = "akia";
    return cases_mixed(out);
}

std::string term_maker::with_stars(std::string_view text)
{
    auto all = characters(text);
    if (all.size() < 2)
        return {};
    auto const from = random_.below(all.size());
    auto const to = std::min(all.size(), from + random_.below(4));
    for (auto i = from; i < to; ++i)
        all[i].clear();
    all[from] = "*" + all[from];
    auto const starred = [&all](std::string_view unwritable) {
        std::string out;
        for (auto const& each : all)
            out += each.find_first_of(unwritable) != std::string::npos ? "*" : each;
        return out;
    };
    auto out = starred(" :,\"");
    if (needs_quotes(out, place::listed)) // a parenthesis without its partner
        out = starred(" :,\"()");
    return out.find_first_not_of('*') == std::string::npos ? std::string{} : out;
}

std::string term_maker::key_spelled(std::string_view name)
{
    return random_.one_in(3) ? cases_mixed(std::string{name}) : std::string{name};
}

std::string term_maker::cases_mixed(std::string text)
{
    if (text == "me" || random_.one_in(2))
        return text;
    for (auto& c : text)
        if (auto const byte = static_cast<unsigned char>(c); byte < 0x80 && random_.one_in(3))
            c = static_cast<char>(std::isupper(byte) ? std::tolower(byte) : std::toupper(byte));
    return text;
}

} // namespace bridgewatch::test::search
