#pragma once

#include "test/support/cluster.hpp"
#include "test/system/soak_ledger.hpp"

#include <span>
#include <string>
#include <string_view>

namespace bridgewatch::test::soak {

/// What a fault may touch.
struct scene {
    cluster& database;
    std::string conninfo; ///< of the superuser, for the log's database
    std::string address;  ///< of the server under test
};

struct fault {
    std::string_view name;
    weather bearable; ///< what clients may see meanwhile
    void (*happen)(scene& at);
};

/// Each is over when its function returns, but for what the server needs to find out.
[[nodiscard]] std::span<fault const> faults();

} // namespace bridgewatch::test::soak
