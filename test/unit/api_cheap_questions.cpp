#include "lib/api/cheap_questions.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace bridgewatch::api {
namespace {

using namespace std::chrono_literals;
constexpr cheap_questions::time_point t0{1h};

} // namespace

BOOST_AUTO_TEST_SUITE(api_cheap_questions)

BOOST_AUTO_TEST_CASE(a_question_is_cheap_once_it_has_shown_it_and_for_a_while)
{
    cheap_questions at{50ms, 60s};
    BOOST_TEST(!at.knows("a", t0));
    at.learn("a", 50ms, t0);
    BOOST_TEST(at.knows("a", t0));
    BOOST_TEST(!at.knows("b", t0));
    BOOST_TEST(at.knows("a", t0 + 59s));
    BOOST_TEST(!at.knows("a", t0 + 60s));
}

BOOST_AUTO_TEST_CASE(one_slow_answer_ends_it)
{
    cheap_questions at{50ms, 60s};
    at.learn("a", 1ms, t0);
    at.learn("a", 51ms, t0);
    BOOST_TEST(!at.knows("a", t0));
}

BOOST_AUTO_TEST_CASE(a_flood_of_new_questions_makes_none_of_them_cheap)
{
    cheap_questions at;
    for (int i = 0; i < 5000; ++i)
        at.learn("slow" + std::to_string(i), 1s, t0);
    for (int i = 0; i < 5000; ++i)
        BOOST_TEST_REQUIRE(!at.knows("slow" + std::to_string(i), t0));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bridgewatch::api
