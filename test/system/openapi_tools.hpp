#pragma once

#include "test/support/process.hpp"

#include <string>
#include <vector>

/// The tools of test/openapi, which come from npm. The test fails where they are not installed.
namespace bridgewatch::test::openapi {

/// What it finds is in `errors`, one a line.
[[nodiscard]] finished lint(std::string const& document);

/// What does not agree is in `errors`, what was seen in `output`.
/// @param answers as answer_log has them
/// @param not_seen described answers that need not be among them, as "GET /readyz 504"
[[nodiscard]] finished validate(std::string const& document, std::string const& answers,
                                std::vector<std::string> const& not_seen);

} // namespace bridgewatch::test::openapi
