#include "test/support/made_rows.hpp"

#include <boost/endian/conversion.hpp>

#include <libpq-fe.h>

#include <array>
#include <stdexcept>

namespace bridgewatch::test {

pg::rows made_rows(std::size_t columns, std::vector<std::vector<made_cell>> rows)
{
    auto* const result = PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK);
    char name[] = "column";
    PGresAttDesc column{};
    column.name = name;
    column.format = 1;
    std::vector<PGresAttDesc> described(columns, column);
    bool good = PQsetResultAttrs(result, static_cast<int>(columns), described.data()) == 1;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        rows[row].resize(columns);
        for (std::size_t at = 0; at < columns; ++at) {
            auto& cell = rows[row][at];
            good = good && PQsetvalue(result, static_cast<int>(row), static_cast<int>(at),
                                      cell ? cell->data() : nullptr, cell ? static_cast<int>(cell->size()) : -1) == 1;
        }
    }
    pg::rows out{result};
    if (!good)
        throw std::runtime_error{"libpq has not taken the rows"};
    return out;
}

made_cell int8_cell(std::int64_t value)
{
    std::array<unsigned char, sizeof value> bytes{};
    boost::endian::store_big_s64(bytes.data(), value);
    return std::string{bytes.begin(), bytes.end()};
}

made_cell uuid_cell(char byte)
{
    return std::string(16, byte);
}

} // namespace bridgewatch::test
