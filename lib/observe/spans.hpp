#pragma once

#include "lib/http/message.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::observe {

/// A request that has ended and is to be exported: its own span and those of its stages.
struct traced_request {
    http::trace_context trace;
    std::string_view method, route, ended; ///< with static storage
    std::string request_id;
    int status = 0;
    std::chrono::system_clock::time_point begun, finished;
    std::chrono::system_clock::duration to_wall_clock{}; ///< what makes a stage's steady time one of the wall clock
    std::vector<http::stage> stages;
    std::vector<std::array<char, 16>> stage_ids; ///< one for each stage
    std::size_t stages_left_out = 0;

    [[nodiscard]] std::size_t spans() const { return 1 + stages.size(); }
};

/// What says who exports: attributes of the resource.
struct trace_resource {
    std::string version;
    std::string instance; ///< host name and process id
};

/// The body of one export. Source: OpenTelemetry protocol 1.x, "OTLP/HTTP", JSON encoding: ids in hexadecimal, 64-bit
/// numbers as texts; names of attributes from the semantic conventions for HTTP and databases.
[[nodiscard]] std::string otlp_json(std::vector<traced_request> const& requests, trace_resource const& from);

} // namespace bridgewatch::observe
