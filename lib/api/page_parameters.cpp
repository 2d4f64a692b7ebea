#include "lib/api/page_parameters.hpp"

#include "lib/api/parameter_values.hpp"

namespace bridgewatch::api {
namespace {

constexpr std::int64_t default_limit = 100, largest_limit = 1000;
constexpr std::string_view nil_uuid = "00000000-0000-0000-0000-000000000000";

api_error not_both(std::string_view cursor)
{
    return bad_request(invalid_values,
                       "Cannot use both " + std::string{cursor} + " and offset pagination in the same request.");
}

/// 0 means the default.
std::optional<api_error> settle_limit(std::int64_t& limit)
{
    if (limit == 0)
        limit = default_limit;
    if (limit > largest_limit)
        return bad_request("Invalid pagination limit value.",
                           std::string{"Pagination limit must be in range (0, 1000]"});
    return {};
}

/// limit, offset and count, in the contract's order of checks, and `q`.
/// @param found the faults of cursors, which come first
/// @param cursor the name of the one that is given; empty where there is none
std::optional<api_error> read_list(query_parameters const& given, parameter_faults found, std::string_view cursor,
                                   list_parameters& out)
{
    out.limit = read_number(given, "limit", found);
    out.offset = read_number(given, "offset", found);
    if (!found.empty())
        return bad_request(invalid_values, std::move(found));
    if (!cursor.empty() && out.offset != 0)
        return not_both(cursor);
    if (auto refused = settle_limit(out.limit))
        return refused;
    auto const count = read_count(given);
    if (!count)
        return bad_request(invalid_values, parameter_faults{parameter_fault(
                                               "count", "Query param \"count\" must be one of exact, capped, none")});
    out.count = *count;
    out.q = given.first("q").value_or("");
    return {};
}

} // namespace

boost::system::result<page_parameters, api_error> read_page_parameters(query_parameters const& given)
{
    parameter_faults found;
    page_parameters out;
    out.after_id = read_uuid(given, "after_id", found);
    if (auto refused = read_list(given, std::move(found), out.after_id ? "after_id" : "", out))
        return *std::move(refused);
    return out;
}

boost::system::result<sessions_parameters, api_error> read_sessions_parameters(query_parameters const& given)
{
    parameter_faults found;
    sessions_parameters out;
    auto const initiator = read_uuid(given, "after_initiator_id", found);
    auto const time = read_time(given, "after_last_active_at", found);
    auto session = given.first("after_session_id");
    // The empty text and the nil UUID are ids too. They stand for an absent one only where nothing else names the
    // session.
    if (session == nil_uuid && !(initiator && time))
        session.reset();
    if (session || (initiator && time))
        out.after = store::session_cursor{
            .session_id = std::string{session.value_or("")}, .initiator_id = initiator, .last_active_at = time};
    if (auto refused = read_list(given, std::move(found), out.after ? "after_session_id" : "", out))
        return *std::move(refused);
    return out;
}

boost::system::result<values_parameters, api_error> read_values_parameters(query_parameters const& given)
{
    parameter_faults found;
    values_parameters out;
    out.limit = read_number(given, "limit", found);
    out.offset = read_number(given, "offset", found);
    if (!found.empty())
        return bad_request(invalid_values, std::move(found));
    if (auto refused = settle_limit(out.limit))
        return *std::move(refused);
    out.q = given.first("q").value_or("");
    return out;
}

} // namespace bridgewatch::api
