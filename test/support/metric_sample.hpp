#pragma once

#include <charconv>
#include <optional>
#include <string>

namespace bridgewatch::test {

/// The value of one sample of Prometheus's text, "name{labels}" as it is written; nothing where there is no such line.
[[nodiscard]] inline std::optional<double> sample(std::string const& text, std::string const& name)
{
    auto const at = text.find("\n" + name + " ");
    if (at == std::string::npos)
        return std::nullopt;
    auto const* const from = text.data() + at + name.size() + 2;
    double value = 0;
    std::from_chars(from, text.data() + text.size(), value);
    return value;
}

} // namespace bridgewatch::test
