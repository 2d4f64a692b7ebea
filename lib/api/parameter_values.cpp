#include "lib/api/parameter_values.hpp"

#include <charconv>
#include <utility>

namespace bridgewatch::api {
namespace {

std::string about(std::string_view name)
{
    return "Query param \"" + std::string{name} + "\"";
}

} // namespace

grammar::fault parameter_fault(std::string_view name, std::string detail)
{
    return {.code = {}, .where = {}, .field = std::string{name}, .detail = std::move(detail)};
}

std::int64_t read_number(query_parameters const& given, std::string_view name, parameter_faults& found)
{
    auto text = given.first(name).value_or("0");
    if (text.front() == '+')
        text.remove_prefix(1);
    std::int32_t value = -1;
    auto const end = text.data() + text.size();
    bool const digit_first = !text.empty() && text.front() >= '0' && text.front() <= '9';
    auto const read = std::from_chars(text.data(), end, value);
    if (digit_first && read.ec == std::errc{} && read.ptr == end)
        return value;
    bool const out_of_range = digit_first && read.ptr == end;
    found.push_back(parameter_fault(name, about(name) + " must be a valid 32-bit positive integer: " +
                                              (out_of_range ? "value out of range" : "not a decimal number")));
    return 0;
}

std::optional<grammar::uuid> read_uuid(query_parameters const& given, std::string_view name, parameter_faults& found)
{
    auto const text = given.first(name);
    if (!text)
        return {};
    auto const id = grammar::parse_uuid(*text);
    if (!id) {
        found.push_back(parameter_fault(name, about(name) + " must be a valid uuid"));
        return {};
    }
    return id->is_nil() ? std::nullopt : id;
}

std::optional<grammar::sys_micro> read_time(query_parameters const& given, std::string_view name,
                                            parameter_faults& found)
{
    auto const text = given.first(name);
    if (!text)
        return {};
    auto const at = grammar::parse_rfc3339(*text);
    if (!at)
        found.push_back(parameter_fault(name, about(name) + " must be a valid date format"));
    return at ? std::optional{at->floor} : std::nullopt;
}

std::optional<store::count_mode> read_count(query_parameters const& given)
{
    auto const text = given.first("count").value_or("exact");
    if (text == "exact")
        return store::count_mode::exact;
    if (text == "capped")
        return store::count_mode::capped;
    if (text == "none")
        return store::count_mode::none;
    return {};
}

} // namespace bridgewatch::api
