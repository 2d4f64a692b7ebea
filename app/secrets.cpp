#include "app/secrets.hpp"

#include <sys/prctl.h>

#include <algorithm>
#include <string_view>

namespace bridgewatch::app {

void hide_database_url(std::span<char*> arguments)
{
    constexpr std::string_view option = "--database-url";
    bool is_value = false;
    for (char* const argument : arguments) {
        std::string_view const text{argument};
        bool const holds_value = text.starts_with(option) && text.substr(option.size()).starts_with('=');
        if (is_value || holds_value)
            std::fill(argument + (holds_value ? option.size() + 1 : 0), argument + text.size(), 'x');
        is_value = text == option;
    }
}

void allow_core_dumps(bool allowed)
{
    ::prctl(PR_SET_DUMPABLE, allowed ? 1UL : 0UL, 0UL, 0UL, 0UL);
}

} // namespace bridgewatch::app
