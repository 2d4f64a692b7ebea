// What counting costs a page: the events that one page of interceptions tells the metrics, over and over.

#include "lib/observe/metrics.hpp"
#include "db/sql/question.hpp"
#include "lib/api/routes.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

using namespace bridgewatch;

pg::step about(std::string_view question)
{
    return {.sql = {}, .parameters = {}, .about = question};
}

/// As a page of 25 with count=none and a cached key is told.
void count_page(observe::loop_metrics& to, http::access_event const& answered)
{
    namespace question = sql::question;
    static pg::step const steps[]{about(question::page), about(question::token_usages), about(question::user_prompts),
                                  about(question::tool_usages)};
    to.count(api::key_looked_up{true});
    to.count(api::authenticated{api::auth_outcome::ok});
    to.count(api::waited_for_connection{.took = std::chrono::microseconds{3}, .refused = nullptr});
    auto const begun = std::chrono::steady_clock::now();
    for (auto const& step : steps) {
        pg::statement_ended const told{.what = &step,
                                       .together = 0,
                                       .begun = begun,
                                       .ended = begun + std::chrono::microseconds{200},
                                       .rows = 50,
                                       .by = pg::statement_ended::plan::kept,
                                       .failed = nullptr};
        to.count(observe::pool_host::first, told);
    }
    to.count(answered);
}

double microseconds_a_page(observe::metrics& all, std::size_t threads)
{
    constexpr int pages = 300'000;
    http::request request;
    request.method = "GET";
    http::request_notes notes;
    notes.route = api::routes().front().pattern;
    http::access_event const answered{.what = &request,
                                      .notes = &notes,
                                      .remote = {},
                                      .request_id = {},
                                      .traceparent = {},
                                      .status = 200,
                                      .bytes_sent = 60'000,
                                      .took = std::chrono::microseconds{900},
                                      .ended = "ok"};
    auto const begun = std::chrono::steady_clock::now();
    {
        std::vector<std::jthread> running;
        for (std::size_t i = 0; i < threads; ++i)
            running.emplace_back([&, i] {
                for (int page = 0; page < pages; ++page)
                    count_page(all.loop(i), answered);
            });
    }
    std::chrono::duration<double, std::micro> const took = std::chrono::steady_clock::now() - begun;
    return took.count() / pages;
}

} // namespace

int main()
{
    constexpr std::size_t most_threads = 2;
    observe::metrics all{{}, most_threads};
    std::printf("| threads | metrics, us a page |\n| --- | --- |\n");
    for (std::size_t threads = 1; threads <= most_threads; ++threads)
        std::printf("| %zu | %.2f |\n", threads, microseconds_a_page(all, threads));
    auto const begun = std::chrono::steady_clock::now();
    auto const text = all.text(observe::exposition_form::text);
    std::chrono::duration<double, std::milli> const took = std::chrono::steady_clock::now() - begun;
    std::printf("\n/metrics: %zu bytes in %.1f ms\n", text.size(), took.count());
    return EXIT_SUCCESS;
}
