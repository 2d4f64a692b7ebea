#include "lib/api/page_parameters.hpp"

#include <charconv>
#include <limits>

namespace bridgewatch::api {
namespace {

constexpr std::int64_t default_limit = 100, largest_limit = 1000;
constexpr char const* invalid_values = "Query parameters have invalid values.";

using faults = std::vector<grammar::fault>;

grammar::fault fault_of(std::string field, std::string detail)
{
    return {.code = {}, .where = {}, .field = std::move(field), .detail = std::move(detail)};
}

/// A decimal integer in 0..2147483647; a leading `+` is good. Absent is 0.
std::int64_t read_number(query_parameters const& given, std::string const& name, faults& found)
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
    found.push_back(fault_of(name, "Query param \"" + name + "\" must be a valid 32-bit positive integer: " +
                                       (out_of_range ? "value out of range" : "not a decimal number")));
    return 0;
}

std::optional<grammar::uuid> read_after_id(query_parameters const& given, faults& found)
{
    auto const text = given.first("after_id");
    if (!text)
        return {};
    auto const id = grammar::parse_uuid(*text);
    if (!id) {
        found.push_back(fault_of("after_id", "Query param \"after_id\" must be a valid uuid"));
        return {};
    }
    return id->is_nil() ? std::nullopt : id;
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

} // namespace

boost::system::result<page_parameters, api_error> read_page_parameters(query_parameters const& given)
{
    faults found;
    page_parameters out;
    out.after_id = read_after_id(given, found);
    out.limit = read_number(given, "limit", found);
    out.offset = read_number(given, "offset", found);
    if (!found.empty())
        return bad_request(invalid_values, std::move(found));
    if (out.after_id && out.offset != 0)
        return bad_request(invalid_values,
                           std::string{"Cannot use both after_id and offset pagination in the same request."});
    if (out.limit == 0)
        out.limit = default_limit;
    if (out.limit > largest_limit)
        return bad_request("Invalid pagination limit value.",
                           std::string{"Pagination limit must be in range (0, 1000]"});
    auto const count = read_count(given);
    if (!count)
        return bad_request(invalid_values,
                           faults{fault_of("count", "Query param \"count\" must be one of exact, capped, none")});
    out.count = *count;
    out.q = given.first("q").value_or("");
    return out;
}

} // namespace bridgewatch::api
