#include "test/support/certificates.hpp"

#include "test/support/process.hpp"

#include <fstream>
#include <initializer_list>
#include <stdexcept>
#include <vector>

namespace bridgewatch::test {
namespace {

void openssl(std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), "openssl");
    auto const done = run(arguments);
    if (done.status != exit_status{})
        throw std::runtime_error{"openssl " + arguments.at(1) + ": " + done.errors};
}

} // namespace

certificate_authority::certificate_authority()
{
    openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
             "/CN=authority of a test", "-keyout", (directory_.path() / "root.key").string(), "-out", root().string()});
}

certificate certificate_authority::issue(std::string const& name, std::string const& names, int days) const
{
    auto const file = [this, &name](std::string const& ending) { return directory_.path() / (name + ending); };
    auto const request = file(".csr").string();
    auto const extensions = file(".ext").string();
    std::ofstream{extensions} << "subjectAltName=" << names << "\n";
    openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name, "-keyout",
             file(".key").string(), "-out", request});
    openssl({"x509", "-req", "-in", request, "-CA", root().string(), "-CAkey",
             (directory_.path() / "root.key").string(), "-CAcreateserial", "-days", std::to_string(days), "-extfile",
             extensions, "-out", file(".pem").string()});
    return {.chain = file(".pem"), .key = file(".key")};
}

} // namespace bridgewatch::test
