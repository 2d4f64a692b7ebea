#pragma once

#include <span>
#include <string_view>
#include <utility>

namespace bridgewatch::http {

/// How a body may be coded on its way (RFC 9110, "Content Codings"; RFC 8878 for zstd).
enum class content_coding { identity, gzip, zstd };

/// The coding's registered name, as Content-Encoding has it.
[[nodiscard]] std::string_view to_string(content_coding coding);

/// What a client's Accept-Encoding comes to.
struct coding_choice {
    content_coding coding = content_coding::identity;
    bool identity_refused = false; ///< then small bodies are coded too
    friend bool operator==(coding_choice const&, coding_choice const&) = default;
};

/// The coding that the client likes best among ours; where it likes several alike zstd comes before gzip, and either
/// before none. Without the field there is none. An element that is not well-formed is left out, of a coding that is
/// named twice the first counts. Who refuses everything that we have is answered without a coding all the same.
/// @param headers of the request; several Accept-Encoding fields are one list
/// Source: RFC 9110, "Accept-Encoding" and "Quality Values".
[[nodiscard]] coding_choice choose_coding(std::span<std::pair<std::string_view, std::string_view> const> headers);

} // namespace bridgewatch::http
