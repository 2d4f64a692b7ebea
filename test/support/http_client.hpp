#pragma once

#include <boost/json/value.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bridgewatch::test {

struct http_answer {
    int status = 0;
    std::map<std::string, std::string> headers; ///< names in lower case
    std::string body;
    [[nodiscard]] boost::json::value json() const;
};

using http_headers = std::vector<std::pair<std::string, std::string>>;

/// A blocking client of one keep-alive connection to a server under test. Throws std::runtime_error or a system_error
/// where there is no answer within the limit.
class http_client {
  public:
    /// @param address as the server's log names it: "127.0.0.1:1234" or "unix:/path"; "tls:127.0.0.1:1234" for TLS,
    /// where
    ///                the server is not verified
    explicit http_client(std::string const& address);
    ~http_client();
    http_client(http_client&&) noexcept;
    http_client& operator=(http_client&&) = delete;

    [[nodiscard]] http_answer get(std::string_view target, http_headers const& headers = {});
    [[nodiscard]] http_answer request(std::string_view method, std::string_view target,
                                      http_headers const& headers = {});

    /// Sends bytes as they are.
    void send(std::string_view bytes);
    /// Reads one answer (to a HEAD: without its body).
    [[nodiscard]] http_answer receive(bool head = false);
    /// Everything until the server closes; by TLS that has to be said, a cut is an exception.
    [[nodiscard]] std::string receive_all();
    void close();

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

/// One request on a connection of its own.
[[nodiscard]] http_answer fetch(std::string const& address, std::string_view target, http_headers const& headers = {});

/// Whether that is answered with 200. False also where nobody listens, or not yet.
[[nodiscard]] bool is_served(std::string const& address, std::string_view target);

/// `text` with everything percent-encoded that is not unreserved.
[[nodiscard]] std::string percent_encoded(std::string_view text);

} // namespace bridgewatch::test
