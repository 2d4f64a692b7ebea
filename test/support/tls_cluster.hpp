#pragma once

#include "test/support/certificates.hpp"
#include "test/support/cluster.hpp"

#include <string>

namespace bridgewatch::test {

/// A PostgreSQL that takes TCP with TLS only, on an address of its own in 127.0.0.0/8, with a certificate for
/// `db.test`. Its unix socket takes everybody, as any test cluster's.
class tls_cluster {
  public:
    tls_cluster();

    [[nodiscard]] cluster& server() { return server_; }

    [[nodiscard]] certificate_authority const& authority() const { return authority_; }

    /// The same database by TCP, with sslmode=verify-full. Later keywords win: append to break something.
    [[nodiscard]] std::string by_tls(std::string const& conninfo) const;

    [[nodiscard]] std::string const& address() const { return address_; } ///< port 5432

  private:
    certificate_authority authority_;
    scratch_directory directory_;
    std::string address_;
    cluster server_;
};

} // namespace bridgewatch::test
