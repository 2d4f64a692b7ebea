#pragma once

#include "db/store/counting.hpp"
#include "db/store/sessions.hpp"
#include "lib/api/errors.hpp"
#include "lib/api/query_parameters.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace bridgewatch::api {

/// What lists that are counted have in common; `q` is still text.
struct list_parameters {
    std::string q;
    std::int64_t limit = 0, offset = 0;
    store::count_mode count = store::count_mode::exact;
};

/// The parameters of GET …/interceptions, checked.
struct page_parameters : list_parameters {
    std::optional<grammar::uuid> after_id;
};

/// Checks them in the contract's order; the first check that fails is the error. Unknown parameters are ignored, of
/// a repeated one the first counts, an empty value counts as absent.
[[nodiscard]] boost::system::result<page_parameters, api_error> read_page_parameters(query_parameters const& given);

/// The parameters of GET …/sessions. The cursor may be named in full: with `after_initiator_id`, and with
/// `after_last_active_at`, which is where it stood when it was listed.
struct sessions_parameters : list_parameters {
    std::optional<store::session_cursor> after;
};

[[nodiscard]] boost::system::result<sessions_parameters, api_error>
read_sessions_parameters(query_parameters const& given);

/// The parameters of GET …/models and …/clients.
struct values_parameters {
    std::string q;
    std::int64_t limit = 0, offset = 0;
};

[[nodiscard]] boost::system::result<values_parameters, api_error> read_values_parameters(query_parameters const& given);

} // namespace bridgewatch::api
