#pragma once

#include <string>
#include <string_view>

/// A database whose every row is known: what the tests of answers ask for.
namespace bridgewatch::test::contract_database {

/// ID-SECRET of a key. Ids have 10 characters; every secret is 22 times 's'.
[[nodiscard]] std::string token(std::string_view key);

/// A database with the newest schema, the callers below and no interceptions. Its connection string.
///
/// Users (id ends in the number): 1 alice (owner), 2 Bob (auditor), 3 carol (member), 4 dave (suspended), 5 erin
/// (dormant), 6 frank (deleted). Keys: keyowner00, keyauditor, keymember0, keysuspend, keydormant, keydeleted,
/// keyexpired (alice's), keynoscope (alice's, for workspaces only), keyreadone (alice's, aibridge_interception:read).
[[nodiscard]] std::string create();

/// Adds these users and keys to a database that has none, of any version of the schema from the first on.
void add_callers(std::string const& conninfo);

/// "00000000-0000-4000-8000-00000000000n": ids of users and interceptions.
[[nodiscard]] std::string id(unsigned number);

/// Adds interceptions `first`…`last` by user 3, one second apart in order of number, all finished, one child of each
/// kind.
void add_interceptions(std::string const& conninfo, unsigned first, unsigned last);

} // namespace bridgewatch::test::contract_database
