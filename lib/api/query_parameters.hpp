#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bridgewatch::api {

/// The parameters of a request's query string, decoded once. Owns its text.
///
/// Split at `&` and `=` by ourselves: Boost.URL refuses characters that callers do send (`curl '…?q=input_tokens:>5'`).
/// `+` is a space; a `%` without two hex digits stays as it is.
class query_parameters {
  public:
    explicit query_parameters(std::string_view query);

    /// The first value of that name; nothing where it is absent or empty (an empty first one hides a later one).
    [[nodiscard]] std::optional<std::string_view> first(std::string_view name) const;

  private:
    std::vector<std::pair<std::string, std::string>> parameters_;
};

/// `%41` → `A`, and `+` → space where `plus_is_space`.
[[nodiscard]] std::string percent_decoded(std::string_view text, bool plus_is_space);

/// The parts of an origin-form target: before and after the first `?`. A fragment, which no client may send, counts as
/// query.
[[nodiscard]] std::pair<std::string_view, std::string_view> split_target(std::string_view target);

} // namespace bridgewatch::api
