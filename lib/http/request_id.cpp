#include "lib/http/request_id.hpp"

#include "grammar/uuid.hpp"
#include "lib/http/field_text.hpp"

#include <algorithm>

namespace bridgewatch::http {

bool is_request_id(std::string_view text)
{
    return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, is_visible_ascii);
}

std::string uuid_v4(std::uint64_t high, std::uint64_t low)
{
    high = (high & ~0xF000ULL) | 0x4000ULL;             // version
    low = (low & ~(0b11ULL << 62U)) | (0b10ULL << 62U); // variant
    grammar::uuid id;
    for (unsigned i = 0; i < 8; ++i) {
        id.bytes.at(i) = static_cast<std::uint8_t>(high >> (56U - 8U * i));
        id.bytes.at(8 + i) = static_cast<std::uint8_t>(low >> (56U - 8U * i));
    }
    return grammar::to_string(id);
}

std::string request_id_source::choose(std::optional<std::string_view> offered)
{
    if (offered && is_request_id(*offered))
        return std::string{*offered};
    auto const high = random_();
    auto const low = random_();
    return uuid_v4(high, low);
}

} // namespace bridgewatch::http
