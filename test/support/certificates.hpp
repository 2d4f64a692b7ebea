#pragma once

#include "test/support/scratch_directory.hpp"

#include <filesystem>
#include <string>

namespace bridgewatch::test {

/// PEM files.
struct certificate {
    std::filesystem::path chain, key;
};

/// An authority of a test's own, made by the `openssl` command. Its files go with it. Faults are exceptions
/// (std::runtime_error).
class certificate_authority {
  public:
    certificate_authority();

    /// What a client has to trust.
    [[nodiscard]] std::filesystem::path root() const { return directory_.path() / "root.pem"; }

    /// @param name   of the files; one that is there already is replaced
    /// @param names  subjectAltName: "DNS:localhost,IP:127.0.0.1"
    /// @param days   for which it is good; 0: has ended already
    [[nodiscard]] certificate issue(std::string const& name, std::string const& names, int days = 30) const;

  private:
    scratch_directory directory_;
};

} // namespace bridgewatch::test
