#pragma once

#include "db/sql/threads.hpp"
#include "lib/api/errors.hpp"
#include "lib/api/query_parameters.hpp"

#include <boost/system/result.hpp>

#include <optional>

namespace bridgewatch::api {

/// The parameters of GET …/sessions/{session_id}, checked.
struct session_parameters {
    sql::thread_bounds threads;
    std::optional<grammar::uuid> initiator_id;
};

/// The first check that fails is the error; here each parameter has a message of its own, as upstream has it.
[[nodiscard]] boost::system::result<session_parameters, api_error>
read_session_parameters(query_parameters const& given);

} // namespace bridgewatch::api
