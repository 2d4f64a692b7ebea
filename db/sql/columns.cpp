#include "db/sql/columns.hpp"

#include <array>
#include <cstddef>

namespace bridgewatch::sql {

literal column_of(grammar::text_field field)
{
    static constexpr std::array<literal, 5> names{"i.provider", "i.provider_name", "i.model", "i.client",
                                                  "i.session_id"};
    static_assert(static_cast<std::size_t>(grammar::text_field::session_id) + 1 == names.size());
    return names[static_cast<std::size_t>(field)];
}

} // namespace bridgewatch::sql
