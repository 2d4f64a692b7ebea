#define BOOST_TEST_MODULE bridgewatch_system
#include <boost/test/unit_test.hpp>
