#pragma once

#include "lib/observe/otlp_exporter.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <string>

/// Internal to this folder.
namespace bridgewatch::observe {

/// Why spans were not taken.
struct export_failure {
    std::string why;
    bool may_pass = false; ///< it is worth another attempt
};

[[noreturn]] void throw_exception_from_error(export_failure const& error, boost::source_location const& where);

/// One POST on a connection of its own. Source: OpenTelemetry protocol, "OTLP/HTTP response": 429, 502, 503 and 504 may
/// be asked again.
[[nodiscard]] boost::asio::awaitable<boost::system::result<void, export_failure>>
post_otlp(otlp_target const& to, std::string const& body, std::chrono::steady_clock::time_point deadline);

} // namespace bridgewatch::observe
