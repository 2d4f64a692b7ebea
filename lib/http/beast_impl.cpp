// The one unit with Beast's code: BOOST_BEAST_SEPARATE_COMPILATION is on for the whole project.
#include <boost/beast/src.hpp>
