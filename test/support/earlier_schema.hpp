#pragma once

#include <string>

namespace bridgewatch::test {

/// Makes the schema of a database of our own as it was at an earlier version, in an empty database: what the migrator
/// of that time made. Throws std::runtime_error.
void make_earlier_schema(std::string const& conninfo, int version);

} // namespace bridgewatch::test
