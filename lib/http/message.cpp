#include "lib/http/message.hpp"

#include "lib/http/field_text.hpp"

namespace bridgewatch::http {

std::optional<std::string_view> request::header(std::string_view name) const
{
    for (auto const& [its_name, value] : headers)
        if (same_token(its_name, name))
            return value;
    return std::nullopt;
}

} // namespace bridgewatch::http
