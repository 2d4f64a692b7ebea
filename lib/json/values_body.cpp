#include "lib/json/values_body.hpp"

#include "lib/json/escape.hpp"

namespace bridgewatch::json {

std::string values_body(std::span<std::string const> values)
{
    std::string out = "[";
    for (auto const& value : values) {
        if (&value != values.data())
            out += ',';
        append_string(out, value);
    }
    out += ']';
    return out;
}

} // namespace bridgewatch::json
