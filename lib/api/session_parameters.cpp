#include "lib/api/session_parameters.hpp"

#include "lib/api/parameter_values.hpp"

#include <string>
#include <utility>

namespace bridgewatch::api {
namespace {

constexpr std::int64_t largest_limit = 200;

boost::system::result<std::optional<grammar::uuid>, api_error> read_id(query_parameters const& given,
                                                                       std::string_view name)
{
    parameter_faults found;
    auto const id = read_uuid(given, name, found);
    if (!found.empty())
        return bad_request("Invalid " + std::string{name} + " query parameter.", std::move(found.front().detail));
    return id;
}

} // namespace

boost::system::result<session_parameters, api_error> read_session_parameters(query_parameters const& given)
{
    session_parameters out;
    auto const after = read_id(given, "after_id");
    if (after.has_error())
        return after.error();
    auto const before = read_id(given, "before_id");
    if (before.has_error())
        return before.error();
    out.threads.after = *after;
    out.threads.before = *before;
    if (*after && *before)
        return bad_request("Cannot use both after_id and before_id in the same request.", std::string{});
    if (given.first("limit")) {
        parameter_faults found;
        out.threads.limit = read_number(given, "limit", found);
        if (!found.empty() || out.threads.limit < 1 || out.threads.limit > largest_limit)
            return bad_request("Invalid limit query parameter.", std::string{"Limit must be between 1 and 200."});
    }
    auto const initiator = read_id(given, "initiator_id");
    if (initiator.has_error())
        return initiator.error();
    out.initiator_id = *initiator;
    return out;
}

} // namespace bridgewatch::api
