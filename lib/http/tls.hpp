#pragma once

#include <boost/system/result.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace boost::asio::ssl {
class context;
}

namespace bridgewatch::http {

/// Paths of PEM files: the certificate with its intermediates behind it, and its key without a passphrase.
struct tls_files {
    std::string certificate, key;
};

/// What the listeners of the process present as a TLS server: TLS 1.2 and 1.3 with forward secrecy and authenticated
/// ciphers only, HTTP/1.1 as the only protocol, sessions resumed by tickets whose key is new after each load.
/// Threads: any. Reads files: not to be called on a loop.
class tls_identity {
  public:
    /// What an operator wants to know of what was read.
    struct report {
        report() = default; // a result could not tell an aggregate that is made from a string from the string

        std::string expires;               ///< of the certificate, "2027-01-31T12:00:00Z"
        std::vector<std::string> warnings; ///< each one line
    };

    /// Nothing is read before reload().
    explicit tls_identity(tls_files from);

    /// Reads both files. Error: one line that names the file; what was there before stays in use.
    [[nodiscard]] boost::system::result<report, std::string> reload();

    /// For the next connection; what is open keeps what it began with. Null before the first good reload().
    [[nodiscard]] std::shared_ptr<boost::asio::ssl::context> current() const;

  private:
    tls_files const from_;
    mutable std::mutex mutex_;
    std::shared_ptr<boost::asio::ssl::context> current_;
};

} // namespace bridgewatch::http
