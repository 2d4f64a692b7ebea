#pragma once

#include <string>
#include <string_view>

namespace bridgewatch::grammar {

/// How the value of a key is written so that it is read back as it is: bare, or with a quote at either end or both.
[[nodiscard]] std::string spell_value(std::string_view value);

/// How bare words are written so that they are read back joined as they are: each piece as a value is, and no piece
/// reads as an operator.
[[nodiscard]] std::string spell_words(std::string_view words);

} // namespace bridgewatch::grammar
