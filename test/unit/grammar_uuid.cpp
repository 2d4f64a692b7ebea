#include "grammar/uuid.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

namespace bdata = boost::unit_test::data;

namespace bridgewatch::grammar {
namespace {

constexpr std::string_view canonical = "0123abcd-ef45-6789-abcd-ef0123456789";

struct uuid_case {
    std::string_view name, text;
    bool good;
};

std::ostream& operator<<(std::ostream& out, uuid_case const& c)
{
    return out << c.name;
}

uuid_case const uuid_cases[] = {
    {"canonical", "0123abcd-ef45-6789-abcd-ef0123456789", true},
    {"upper case", "0123ABCD-EF45-6789-ABCD-EF0123456789", true},
    {"mixed case", "0123aBcD-eF45-6789-AbCd-Ef0123456789", true},
    {"no hyphens", "0123abcdef456789abcdef0123456789", true},
    {"braces", "{0123abcd-ef45-6789-abcd-ef0123456789}", true},
    {"braces, no hyphens", "{0123abcdef456789abcdef0123456789}", true},
    {"urn", "urn:uuid:0123abcd-ef45-6789-abcd-ef0123456789", true},
    {"urn in upper case", "URN:UUID:0123abcd-ef45-6789-abcd-ef0123456789", true},
    {"urn, no hyphens", "urn:uuid:0123abcdef456789abcdef0123456789", true},
    {"urn and braces", "urn:uuid:{0123abcd-ef45-6789-abcd-ef0123456789}", true},
    {"empty", "", false},
    {"braces around nothing", "{}", false},
    {"urn alone", "urn:uuid:", false},
    {"one brace", "{0123abcd-ef45-6789-abcd-ef0123456789", false},
    {"other brace", "0123abcd-ef45-6789-abcd-ef0123456789}", false},
    {"two pairs of braces", "{{0123abcd-ef45-6789-abcd-ef0123456789}}", false},
    {"parentheses", "(0123abcd-ef45-6789-abcd-ef0123456789)", false},
    {"one hyphen too few", "0123abcd-ef45-6789-abcdef0123456789", false},
    {"hyphen at another place", "0123abc-def45-6789-abcd-ef0123456789", false},
    {"36 characters without hyphens", "0123abcdef456789abcdef01234567890123", false},
    {"not a digit, first of a byte", "0123abgd-ef45-6789-abcd-ef0123456789", false},
    {"not a digit, second of a byte", "0123abcg-ef45-6789-abcd-ef0123456789", false},
    {"character before '0'", "0123abc/-ef45-6789-abcd-ef0123456789", false},
    {"character after '9'", "0123abc:-ef45-6789-abcd-ef0123456789", false},
    {"character before 'a'", "0123abc`-ef45-6789-abcd-ef0123456789", false},
    {"character after 'F'", "0123abcG-ef45-6789-abcd-ef0123456789", false},
    {"one digit too few", "0123abcd-ef45-6789-abcd-ef012345678", false},
    {"one digit too many", "0123abcd-ef45-6789-abcd-ef01234567890", false},
    {"space before", " 0123abcd-ef45-6789-abcd-ef0123456789", false},
    {"space after", "0123abcd-ef45-6789-abcd-ef0123456789 ", false},
    {"line end after", "0123abcd-ef45-6789-abcd-ef0123456789\n", false},
    {"wrong urn", "urn:guid:0123abcd-ef45-6789-abcd-ef0123456789", false},
};

} // namespace

BOOST_AUTO_TEST_SUITE(grammar_uuid)

BOOST_DATA_TEST_CASE(reads_each_spelling_and_nothing_else, bdata::make(uuid_cases), c)
{
    auto const got = parse_uuid(c.text);
    BOOST_TEST_REQUIRE(got.has_value() == c.good);
    if (got)
        BOOST_TEST(to_string(*got) == canonical);
}

BOOST_AUTO_TEST_CASE(bytes_are_in_network_order)
{
    auto const got = parse_uuid("00010203-0405-0607-0809-0a0b0c0d0e0f");
    BOOST_TEST_REQUIRE(got.has_value());
    for (std::size_t i = 0; i < got->bytes.size(); ++i)
        BOOST_TEST(unsigned{got->bytes[i]} == i);
}

BOOST_AUTO_TEST_CASE(every_byte_value_is_written_and_read_back)
{
    for (unsigned value = 0; value < 256; ++value) {
        uuid id;
        id.bytes.fill(static_cast<std::uint8_t>(value));
        BOOST_TEST((parse_uuid(to_string(id)) == id), value);
    }
}

BOOST_AUTO_TEST_CASE(only_zeros_are_nil)
{
    BOOST_TEST(parse_uuid("00000000-0000-0000-0000-000000000000")->is_nil());
    BOOST_TEST(!parse_uuid("00000000-0000-0000-0000-000000000001")->is_nil());
}

BOOST_AUTO_TEST_CASE(writes_36_characters_and_no_more)
{
    std::string room(38, '#');
    write_uuid(uuid{}.bytes, room.data() + 1);
    BOOST_TEST(room == "#00000000-0000-0000-0000-000000000000#");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::grammar
