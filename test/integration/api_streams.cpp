// Is a page that is read and sent in slices the same, byte for byte, as one that is written at once?
#include "test/integration/contract_server.hpp"
#include "test/support/decoded.hpp"
#include "test/support/waits.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <future>
#include <string>
#include <string_view>
#include <vector>

namespace bdata = boost::unit_test::data;
using namespace bridgewatch::test;

namespace {

constexpr std::string_view path = "/api/v2/aibridge/interceptions";

/// Interceptions of every size: without children, with wide values in each column, with many children of one time.
constexpr char const* wide_rows = R"sql(
UPDATE aibridge_interceptions SET metadata = jsonb_build_object('wide', repeat('m', 30000), 'n', 1.10) WHERE id = '{0}000007';
UPDATE aibridge_interceptions SET metadata = '"bridgewatch: withheld"' WHERE id = '{0}000008';
UPDATE aibridge_interceptions SET metadata = '[]' WHERE id = '{0}000009';
UPDATE aibridge_user_prompts SET prompt = repeat(E'say "hi"\\\t\u0001 \u6570\u636e ', 2000) WHERE interception_id = '{0}000011';
UPDATE aibridge_user_prompts SET metadata = jsonb_build_object('wide', repeat('p', 20000)) WHERE interception_id = '{0}000012';
UPDATE aibridge_tool_usages SET input = repeat(md5('x'), 9000), invocation_error = repeat('error ', 3000) WHERE interception_id = '{0}000013';
UPDATE aibridge_tool_usages SET invocation_error = repeat('error ', 9000) WHERE interception_id = '{0}000014';
UPDATE aibridge_token_usages SET metadata = jsonb_build_object('wide', repeat('t', 70000)) WHERE interception_id = '{0}000015';
DELETE FROM aibridge_token_usages WHERE interception_id IN ('{0}000017', '{0}000018');
DELETE FROM aibridge_user_prompts WHERE interception_id IN ('{0}000017', '{0}000019');
DELETE FROM aibridge_tool_usages WHERE interception_id IN ('{0}000017', '{0}000020');
INSERT INTO aibridge_tool_usages (id, interception_id, provider_response_id, tool, input, injected, created_at)
SELECT gen_random_uuid(), '{0}000021', 'r' || n, 'bash', repeat(md5(n::text), n % 50), n % 2 = 0, timestamptz '2026-01-01Z' + make_interval(secs => n / 7)
FROM generate_series(1, 300) AS n;
INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at)
SELECT gen_random_uuid(), '{0}000021', 'r' || n, repeat('word ', n), 'infinity' FROM generate_series(1, 40) AS n;
INSERT INTO aibridge_token_usages (id, interception_id, provider_response_id, input_tokens, output_tokens, metadata, created_at)
SELECT gen_random_uuid(), '{0}000022', 'r' || n, n, n, '{"a": [1, 2]}', timestamptz '2026-01-01Z' + make_interval(secs => 0.000001 * (n / 3))
FROM generate_series(1, 200) AS n;
)sql";

std::string with_wide_rows()
{
    auto conninfo = contract_database::create();
    contract_database::add_interceptions(conninfo, 1, 60);
    std::string rows = wide_rows;
    for (auto at = rows.find("{0}"); at != std::string::npos; at = rows.find("{0}"))
        rows.replace(at, 3, contract_database::id(0).substr(0, 30));
    cluster::execute(conninfo, rows);
    return conninfo;
}

http_headers as_caller(http_headers more = {})
{
    more.emplace_back("Coder-Session-Token", contract_database::token("keyowner00"));
    return more;
}

/// The same database by servers that stream at sizes far apart; the last never does.
struct servers {
    std::string conninfo = with_wide_rows();
    served smallest{conninfo, {"--slice-bytes", "1KiB"}};
    served small{conninfo, {"--slice-bytes", "20KiB"}};
    served medium{conninfo, {"--slice-bytes", "300KiB"}};
    served whole{conninfo, {"--slice-bytes", "1GiB"}};
};

bool is_streamed(http_answer const& answer)
{
    return answer.headers.contains("transfer-encoding");
}

/// What a client of HTTP/1.0 gets.
std::string body_1_0(std::string const& address, std::string const& target)
{
    http_client client{address};
    client.send("GET " + target + " HTTP/1.0\r\nCoder-Session-Token: " + contract_database::token("keyowner00") +
                "\r\n\r\n");
    auto const all = client.receive_all();
    return all.substr(all.find("\r\n\r\n") + 4);
}

char const* const questions[] = {
    "",
    "?limit=60",
    "?limit=1000",
    "?limit=7&count=none",
    "?limit=20&offset=30&count=capped",
    "?limit=1&after_id=00000000-0000-4000-8000-000000000022",
    "?limit=5&after_id=00000000-0000-4000-8000-000000000023",
    "?limit=3&q=id%3A00000000-0000-4000-8000-000000000017",
    "?q=model%3Anothing",
    "/00000000-0000-4000-8000-000000000001",
    "/00000000-0000-4000-8000-000000000007",
    "/00000000-0000-4000-8000-000000000013",
    "/00000000-0000-4000-8000-000000000021",
    "/00000000-0000-4000-8000-000000000022",
};

} // namespace

BOOST_AUTO_TEST_SUITE(api_streams)

BOOST_DATA_TEST_CASE(streamed_answer_is_the_whole_one_to_the_byte, bdata::make(questions), question)
{
    auto const& all = shared_server<servers>();
    auto const target = std::string{path} + question;
    auto const whole = fetch(all.whole.address(), target, as_caller());
    BOOST_TEST_REQUIRE(whole.status == 200);
    BOOST_TEST(!is_streamed(whole));
    for (auto const* const one : {&all.smallest, &all.small, &all.medium}) {
        auto const got = fetch(one->address(), target, as_caller());
        BOOST_TEST(got.status == 200);
        BOOST_TEST((got.body == whole.body));
        BOOST_TEST((got.headers.contains("link") ? got.headers.at("link") : "") ==
                   (whole.headers.contains("link") ? whole.headers.at("link") : ""));
        BOOST_TEST((body_1_0(one->address(), target) == whole.body));
    }
}

BOOST_AUTO_TEST_CASE(size_decides_whether_an_answer_is_streamed)
{
    auto const& all = shared_server<servers>();
    auto const streamed = [](served const& by, std::string const& question) {
        return is_streamed(fetch(by.address(), std::string{path} + question, as_caller()));
    };
    BOOST_TEST(!streamed(all.smallest, "?limit=5")); // the newest are small
    BOOST_TEST(streamed(all.smallest, "?limit=60"));
    BOOST_TEST(streamed(all.small, ""));
    BOOST_TEST(streamed(all.medium, ""));
    constexpr auto const* wide = "/00000000-0000-4000-8000-000000000011";
    BOOST_TEST(!streamed(all.medium, wide)); // read anew, and small enough
    BOOST_TEST(streamed(all.small, wide));
}

BOOST_DATA_TEST_CASE(streamed_answer_is_compressed_too, bdata::make({"gzip", "zstd"}), coding)
{
    auto const& all = shared_server<servers>();
    auto const target = std::string{path};
    auto const whole = fetch(all.whole.address(), target, as_caller());
    for (auto const* const one : {&all.smallest, &all.medium, &all.whole}) {
        auto const got = fetch(one->address(), target, as_caller({{"Accept-Encoding", coding}}));
        BOOST_TEST(got.headers.at("content-encoding") == coding);
        BOOST_TEST(got.headers.at("vary") == "Accept-Encoding");
        BOOST_TEST(got.headers.at("cache-control") == "no-store");
        BOOST_TEST(got.body.size() < whole.body.size());
        BOOST_TEST((decoded(coding, got.body) == whole.body));
    }
}

BOOST_AUTO_TEST_CASE(connection_goes_on_behind_a_stream_and_its_head)
{
    auto const& all = shared_server<servers>();
    http_client client{all.small.address()};
    auto const target = std::string{path} + "?limit=55";
    auto const first = client.get(target, as_caller());
    auto const head = client.request("HEAD", target, as_caller());
    auto const second = client.get(target, as_caller());
    BOOST_TEST(is_streamed(first));
    BOOST_TEST(is_streamed(head));
    BOOST_TEST(head.headers.at("link").empty() == false);
    BOOST_TEST((first.body == second.body));
}

BOOST_AUTO_TEST_CASE(answers_wait_for_room_and_all_come)
{
    served server{with_wide_rows(),
                  {"--slice-bytes", "20KiB", "--max-buffered-bytes", "1KiB", "--pool-timeout", "30s"}};
    auto const whole = fetch(shared_server<servers>().whole.address(), "/api/v2/aibridge/interceptions", as_caller());
    std::vector<std::future<http_answer>> answers;
    for (auto i = 0; i < 8; ++i)
        answers.push_back(std::async(std::launch::async, [&] {
            return fetch(server.address(), "/api/v2/aibridge/interceptions", as_caller());
        }));
    for (auto& one : answers) {
        auto const got = one.get();
        BOOST_TEST(got.status == 200);
        BOOST_TEST(got.body.size() == whole.body.size());
    }
}

BOOST_AUTO_TEST_SUITE_END()
