#pragma once

#include "test/support/cluster.hpp"
#include "test/support/contract_database.hpp"
#include "test/support/served.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::test {

/// A served contract database, and callers who ask it.
struct contract_server {
    std::string conninfo = contract_database::create();
    served server;
    http_client client{server.address()};

    explicit contract_server(std::vector<std::string> const& options = {}) : server{conninfo, options} {}

    void execute(std::string const& sql) const { cluster::execute(conninfo, sql); }

    [[nodiscard]] static http_headers as(std::string_view key)
    {
        return {{"Coder-Session-Token", contract_database::token(key)}};
    }

    [[nodiscard]] http_answer get(std::string_view target, std::string_view key = "keyowner00")
    {
        return client.get(target, as(key));
    }
};

/// One server for all cases that only ask: what it was made with stays. Ends with the program, before its cluster.
template <class Server>
[[nodiscard]] Server& shared_server()
{
    static Server once;
    return once;
}

} // namespace bridgewatch::test
