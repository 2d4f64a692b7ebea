#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// What expressions of PromQL name, against what a program exports.
namespace bridgewatch::test::promql {

struct matcher {
    std::string label, operation, value;
};

struct selector {
    std::string metric;
    std::vector<matcher> matchers;
};

struct expression {
    std::vector<selector> selectors;
    std::set<std::string> labels; ///< of by, without, on and the like
};

/// Reads an expression that Prometheus takes. What it would not take is read somehow.
[[nodiscard]] expression read(std::string_view text);

/// The values that each label has, by label, by name of the sample.
using samples = std::map<std::string, std::map<std::string, std::set<std::string>>, std::less<>>;

/// What an answer of /metrics has, families without a sample as well. Source: Prometheus, "Exposition formats".
[[nodiscard]] samples exported(std::string_view text);

/// Metrics, labels and values that an expression names and that are not there, one a line. A matcher's value, or each
/// branch of its alternation, has to be one that the label has. Labels that Prometheus adds may have any value, and so
/// may `status`, whose values come with the answers.
[[nodiscard]] std::vector<std::string> unknown(std::string_view expression, samples const& known);

} // namespace bridgewatch::test::promql
