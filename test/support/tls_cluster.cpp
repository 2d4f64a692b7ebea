#include "test/support/tls_cluster.hpp"

#include "app/child_process.hpp"

#include <atomic>
#include <fstream>
#include <stdexcept>

#include <unistd.h>

namespace bridgewatch::test {
namespace {

namespace fs = std::filesystem;

/// One for each cluster of each test program on this machine: all use the same port.
std::string own_address()
{
    static std::atomic<int> made = 0;
    auto const process = ::getpid();
    return "127." + std::to_string(64 + ++made) + "." + std::to_string(process / 250 % 250 + 1) + "." +
           std::to_string(process % 250 + 1);
}

/// PostgreSQL refuses a key that is not its own user's.
fs::path for_postgres(fs::path const& key)
{
    auto const account = ::geteuid() == 0 ? app::find_account("postgres") : std::nullopt;
    if (account && ::chown(key.c_str(), account->uid, account->gid) != 0)
        throw std::runtime_error{"cannot give " + key.string() + " to postgres"};
    return key;
}

cluster::parameters parameters_with(certificate_authority const& authority, fs::path const& directory,
                                    std::string const& address)
{
    auto const rules = directory / "pg_hba.conf";
    std::ofstream{rules} << "local all all trust\nhostssl all all 127.0.0.0/8 trust\n";
    auto const issued = authority.issue("database", "DNS:db.test");
    return {{"listen_addresses", address},
            {"hba_file", rules.string()},
            {"ssl", "on"},
            {"ssl_cert_file", issued.chain.string()},
            {"ssl_key_file", for_postgres(issued.key).string()}};
}

} // namespace

tls_cluster::tls_cluster() : address_{own_address()}, server_{parameters_with(authority_, directory_.path(), address_)}
{
}

std::string tls_cluster::by_tls(std::string const& conninfo) const
{
    return conninfo + " host=db.test hostaddr=" + address_ + " sslmode=verify-full sslrootcert='" +
           authority_.root().string() + "'";
}

} // namespace bridgewatch::test
