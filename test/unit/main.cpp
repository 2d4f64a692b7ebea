#define BOOST_TEST_MODULE bridgewatch_unit
#include <boost/test/unit_test.hpp>
