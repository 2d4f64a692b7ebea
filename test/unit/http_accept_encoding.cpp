// Does a client get the coding that it likes best, and none that it refuses?
#include "lib/http/accept_encoding.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string_view>
#include <utility>
#include <vector>

using namespace bridgewatch::http;
namespace bdata = boost::unit_test::data;

namespace {

using enum content_coding;
using fields = std::vector<std::pair<std::string_view, std::string_view>>;

struct negotiation {
    std::string_view field;
    content_coding coding;
    bool identity_refused = false;
};

std::ostream& operator<<(std::ostream& out, negotiation const& one)
{
    return out << '"' << one.field << '"';
}

negotiation const table[] = {
    {"", identity},
    {"gzip", gzip},
    {"zstd", zstd},
    {"x-gzip", gzip},
    {"GZip", gzip},
    {"ZSTD;Q=0.1", zstd},
    {"gzip, deflate, br, zstd", zstd},
    {"gzip,zstd", zstd},
    {"br, deflate", identity},
    {"gzip;q=0.9, zstd;q=0.8", gzip},
    {"gzip;q=0.8, zstd;q=0.800", zstd},
    {"gzip;q=0.001", gzip},
    {"gzip;q=0", identity},
    {"gzip;q=0.000, zstd;q=0", identity},
    {"identity", identity},
    {"identity, gzip", gzip},
    {"identity;q=1, gzip;q=0.5", identity},
    {"identity;q=0.5, gzip;q=1.0", gzip},
    {"*", zstd},
    {"*;q=0.5", zstd},
    {"zstd;q=0, *", gzip},
    {"gzip;q=0.5, zstd;q=0, *;q=1", identity},
    {"gzip, *;q=0", gzip, true},
    {"gzip, identity;q=0", gzip, true},
    {"identity;q=0", identity},
    {"*;q=0", identity},
    {"identity;q=0, *", zstd, true},
    {"identity;q=0.1, gzip;q=0.2, *;q=0", gzip},
    {" gzip ; q=0.5 ,\t zstd ; q=0.4 ", gzip},
    {",,gzip,,", gzip},
    {"gzip;q=1.001", identity},
    {"gzip;q=2", identity},
    {"gzip;q=-1", identity},
    {"gzip;q=0.5000", identity},
    {"gzip;q=", identity},
    {"gzip;q=.5", identity},
    {"gzip;q=0.", identity},
    {"gzip;q=1.", gzip},
    {"gzip;q=1x", identity},
    {"gzip;level=9", identity},
    {"gzip;", identity},
    {"gzip;q=0.5;q=1", identity},
    {"gzip q=1", identity},
    {"gzip;q=0, gzip", identity},
    {"gzipped", identity},
    {";q=1", identity},
    {";;;,=;q==", identity},
};

} // namespace

BOOST_AUTO_TEST_SUITE(http_accept_encoding)

BOOST_DATA_TEST_CASE(field_is_understood, bdata::make(table), one)
{
    auto const chosen = choose_coding(fields{{"Accept-Encoding", one.field}});
    BOOST_TEST(to_string(chosen.coding) == to_string(one.coding));
    BOOST_TEST(chosen.identity_refused == one.identity_refused);
}

BOOST_AUTO_TEST_CASE(without_the_field_there_is_no_coding)
{
    BOOST_TEST((choose_coding({}) == coding_choice{}));
    BOOST_TEST((choose_coding(fields{{"Accept", "gzip"}, {"Content-Encoding", "zstd"}}) == coding_choice{}));
}

BOOST_AUTO_TEST_CASE(several_fields_are_one_list)
{
    fields const headers{{"accept-encoding", "gzip;q=0.5"}, {"Accept", "*/*"}, {"ACCEPT-ENCODING", "zstd;q=0.4"}};
    BOOST_TEST(to_string(choose_coding(headers).coding) == "gzip");
}

BOOST_AUTO_TEST_SUITE_END()
