#define BOOST_TEST_MODULE bridgewatch_integration
#include <boost/test/unit_test.hpp>
