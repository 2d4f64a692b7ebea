#include "lib/http/tls.hpp"

#include <boost/asio/ssl/context.hpp>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>
#include <utility>

#include <sys/stat.h>

namespace bridgewatch::http {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;
using boost::system::result;

namespace {

/// What Mozilla's "intermediate" profile has for TLS 1.2, without DHE; TLS 1.3 has no weak ones.
constexpr char const* ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr char const* groups = "X25519:P-256:P-384";

/// As in a ClientHello (RFC 7301): each with its length in front.
constexpr std::string_view protocols = "\x08http/1.1";

/// A client that offers protocols, and not ours, is refused with an alert: it would not understand our answers, and
/// bytes of another protocol are what cross-protocol attacks are made of. One that offers none may go on.
int choose_protocol(SSL*, unsigned char const** chosen, unsigned char* length, unsigned char const* offered,
                    unsigned offered_length, void*)
{
    unsigned char* found = nullptr;
    auto const* ours = reinterpret_cast<unsigned char const*>(protocols.data());
    if (SSL_select_next_proto(&found, length, ours, protocols.size(), offered, offered_length) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

std::string cannot_use(std::string_view option, std::string const& path, error_code const& why)
{
    return std::string{option}.append(": cannot use ").append(path).append(": ").append(why.message());
}

void restrict_to_sound_tls(SSL_CTX* context)
{
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context, ciphers);
    SSL_CTX_set1_groups_list(context, groups);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); // tickets hold what would be kept
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

result<std::shared_ptr<ssl::context>, std::string> read(tls_files const& from)
{
    auto made = std::make_shared<ssl::context>(ssl::context::tls_server);
    restrict_to_sound_tls(made->native_handle());
    error_code failed;
    // OpenSSL would ask for a passphrase on the terminal.
    made->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string{}; }, failed);
    made->use_certificate_chain_file(from.certificate, failed);
    if (failed)
        return cannot_use("--tls-certificate", from.certificate, failed);
    made->use_private_key_file(from.key, ssl::context::pem, failed); // compares it with the certificate
    if (failed)
        return cannot_use("--tls-key", from.key, failed);
    return made;
}

tls_identity::report describe(SSL_CTX* context, tls_files const& from)
{
    tls_identity::report out;
    std::tm utc{};
    std::array<char, sizeof "2027-01-31T12:00:00Z"> text{};
    ASN1_TIME const* const end = X509_get0_notAfter(SSL_CTX_get0_certificate(context));
    if (ASN1_TIME_to_tm(end, &utc) == 1 && std::strftime(text.data(), text.size(), "%FT%TZ", &utc) != 0)
        out.expires = text.data();
    if (X509_cmp_current_time(end) < 0)
        out.warnings.emplace_back("the certificate has expired");
    struct stat key{};
    constexpr mode_t too_open = S_IWGRP | S_IRWXO;
    if (::stat(from.key.c_str(), &key) == 0 && (key.st_mode & too_open) != 0)
        out.warnings.push_back("other users can read or change " + from.key);
    return out;
}

} // namespace

tls_identity::tls_identity(tls_files from) : from_{std::move(from)} {}

result<tls_identity::report, std::string> tls_identity::reload()
{
    auto made = read(from_);
    if (made.has_error())
        return made.error();
    auto said = describe((*made)->native_handle(), from_);
    std::lock_guard const lock{mutex_};
    current_ = std::move(*made);
    return said;
}

std::shared_ptr<ssl::context> tls_identity::current() const
{
    std::lock_guard const lock{mutex_};
    return current_;
}

} // namespace bridgewatch::http
