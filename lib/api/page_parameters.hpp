#pragma once

#include "db/store/interceptions.hpp"
#include "lib/api/errors.hpp"
#include "lib/api/query_parameters.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace bridgewatch::api {

/// The parameters of GET …/interceptions, checked; `q` is still text.
struct page_parameters {
    std::int64_t limit = 100;
    std::int64_t offset = 0;
    std::optional<grammar::uuid> after_id; ///< never nil
    store::count_mode count = store::count_mode::exact;
    std::string q;
};

/// Checks in the contract's order; the first check that fails answers. Pure.
[[nodiscard]] boost::system::result<page_parameters, api_error> read_page_parameters(query_parameters const& given);

} // namespace bridgewatch::api
