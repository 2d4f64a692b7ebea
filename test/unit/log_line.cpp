// Is each event one line that a machine can read, does it hold what it should, and are losses counted?
#include "lib/observe/access_line.hpp"
#include "lib/observe/log.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

using namespace bridgewatch;
using namespace bridgewatch::observe;

namespace {

grammar::sys_micro at(std::int64_t micros)
{
    return grammar::sys_micro{std::chrono::microseconds{micros}};
}

/// A pipe that the log writes to.
class log_pipe {
  public:
    log_pipe() { BOOST_REQUIRE(::pipe2(ends_.data(), O_CLOEXEC) == 0); }

    log_pipe(log_pipe const&) = delete;
    log_pipe& operator=(log_pipe const&) = delete;

    ~log_pipe()
    {
        ::close(ends_[0]);
        close_writer();
    }

    [[nodiscard]] int writer() const { return ends_[1]; }

    /// All that was written; the writing end is closed.
    std::string text()
    {
        close_writer();
        return read_to_end();
    }

    [[nodiscard]] std::string read_to_end() const
    {
        std::string out;
        std::array<char, 4096> piece{};
        for (auto count = ::read(ends_[0], piece.data(), piece.size()); count > 0;
             count = ::read(ends_[0], piece.data(), piece.size()))
            out.append(piece.data(), static_cast<std::size_t>(count));
        return out;
    }

    void close_writer()
    {
        if (ends_[1] >= 0)
            ::close(ends_[1]);
        ends_[1] = -1;
    }

  private:
    std::array<int, 2> ends_{-1, -1};
};

} // namespace

BOOST_AUTO_TEST_SUITE(log_line)

BOOST_AUTO_TEST_CASE(json_line_keeps_order_and_types)
{
    std::array const fields{field{"text", "a\n\"b\""}, field{"count", 42}, field{"ratio", 0.5}, field{"on", true},
                            field{"least", std::numeric_limits<std::int64_t>::min()}};
    BOOST_TEST(observe::log_line(log_format::json, at(1'700'000'000'000'001), log_level::warn, "it_happened", fields) ==
               R"({"time":"2023-11-14T22:13:20.000001Z","level":"warn","event":"it_happened","text":"a\n\"b\"",)"
               R"("count":42,"ratio":0.5,"on":true,"least":-9223372036854775808})");
}

BOOST_AUTO_TEST_CASE(time_always_has_six_digits)
{
    for (std::int64_t const micros : {0, 100'000, 120'000, 999'990, 123'456}) {
        auto const line =
            observe::log_line(log_format::text, at(1'700'000'000'000'000 + micros), log_level::info, "x", {});
        BOOST_TEST(line.find("Z INFO x") == std::string_view{"2023-11-14T22:13:20.000000"}.size(), line);
    }
}

BOOST_AUTO_TEST_CASE(text_line_is_quoted_where_needed)
{
    std::array const fields{field{"plain", "a/b"}, field{"spaced", "a b"}, field{"empty", ""}, field{"equal", "a=b"},
                            field{"feed", "a\nb"}};
    BOOST_TEST(
        observe::log_line(log_format::text, at(1), log_level::error, "it_happened", fields) ==
        R"(1970-01-01T00:00:00.000001Z ERROR it_happened plain=a/b spaced="a b" empty="" equal="a=b" feed="a\nb")");
}

BOOST_AUTO_TEST_CASE(any_bytes_give_valid_json)
{
    std::string bytes;
    for (auto byte = 0; byte < 256; ++byte)
        bytes += static_cast<char>(byte);
    std::array const fields{field{"bytes", bytes}, field{"nan", std::nan("")}};
    auto const line = observe::log_line(log_format::json, at(0), log_level::info, "x", fields);
    boost::system::error_code error;
    auto const read = boost::json::parse(line, error);
    BOOST_TEST(!error, line);
    BOOST_TEST(line.find('\n') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(words_of_the_options)
{
    BOOST_TEST((parse_log_level("warn") == log_level::warn));
    BOOST_TEST(!parse_log_level("Warn").has_value());
    BOOST_TEST((parse_log_format("text") == log_format::text));
    BOOST_TEST(!parse_log_format("").has_value());
}

BOOST_AUTO_TEST_CASE(all_lines_are_out_when_the_logger_is_gone)
{
    log_pipe pipe;
    {
        logger log{{.format = log_format::text, .level = log_level::info, .output = pipe.writer()}};
        log.write(log_level::debug, "hidden");
        for (auto i = 0; i < 200; ++i)
            log.write(log_level::info, "shown", {{"number", i}});
        BOOST_TEST(!log.enabled(log_level::debug));
        BOOST_TEST(!log.enabled(log_level::off));
    }
    auto const text = pipe.text();
    BOOST_TEST(std::ranges::count(text, '\n') == 200);
    BOOST_TEST(text.find("number=199\n") != std::string::npos);
    BOOST_TEST(text.find("hidden") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_stuck_output_loses_lines_and_says_so)
{
    log_pipe pipe;
    BOOST_REQUIRE(::fcntl(pipe.writer(), F_SETPIPE_SZ, 4096) > 0);
    std::string const long_text(1000, 'x');
    std::string text;
    std::thread reader;
    {
        logger log{{.format = log_format::text, .queue_lines = 16, .output = pipe.writer()}};
        for (auto i = 0; i < 100; ++i) // nobody reads: it would not end if a full queue were waited for
            log.write(log_level::info, "shown", {{"text", long_text}});
        BOOST_TEST(log.lost_lines() > 0U);
        reader = std::thread{[&] { text = pipe.read_to_end(); }};
    }
    pipe.close_writer();
    reader.join();
    BOOST_TEST(text.find("log_lines_lost lines=") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(access_line_has_the_request_but_never_its_target)
{
    http::request what;
    what.method = "GET";
    what.target = "/api/v2/aibridge/interceptions?coder_session_token=secret";
    what.headers = {{"Coder-Session-Token", "secret"}};
    http::request_notes notes;
    notes.route = "/api/v2/aibridge/interceptions";
    notes.pool_wait = std::chrono::microseconds{7};
    notes.database = std::chrono::microseconds{8};
    notes.caller = "somebody";
    notes.query = "model:o3";
    http::access_event const event{.what = &what,
                                   .notes = &notes,
                                   .remote = "1.2.3.4",
                                   .request_id = "id",
                                   .traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                   .status = 200,
                                   .bytes_sent = 9,
                                   .took = std::chrono::microseconds{10},
                                   .ended = "ok"};
    log_pipe pipe;
    {
        logger log{{.output = pipe.writer()}};
        write_access_line(log, event, false);
    }
    auto const text = pipe.text();
    BOOST_TEST(
        text.substr(text.find(",\"level\"")) ==
        R"(,"level":"info","event":"request","method":"GET","route":"/api/v2/aibridge/interceptions","status":200,)"
        R"("bytes":9,"duration_us":10,"pool_wait_us":7,"database_us":8,"request_id":"id","remote":"1.2.3.4",)"
        R"("trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","parent_id":"00f067aa0ba902b7","caller":"somebody","ended":"ok"})"
        "\n");

    log_pipe with_query;
    {
        logger log{{.output = with_query.writer()}};
        write_access_line(log, event, true);
    }
    BOOST_TEST(with_query.text().find(R"("q":"model:o3")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(access_line_of_what_was_no_request)
{
    http::request_notes const notes;
    http::access_event refused{};
    refused.notes = &notes;
    refused.status = 400;
    log_pipe pipe;
    {
        logger log{{.output = pipe.writer()}};
        write_access_line(log, refused, false);
    }
    BOOST_TEST(pipe.text().find(R"("method":"-","route":"-","status":400)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(colours_stand_around_words_and_nothing_else_changes)
{
    field const fields[] = {{"key", "a value"}};
    auto line = observe::log_line(log_format::coloured_text, at(0), log_level::warn, "event", fields);
    BOOST_TEST(line.find("\033[33mWARN\033[0m") != std::string::npos);
    for (auto from = line.find('\033'); from != std::string::npos; from = line.find('\033'))
        line.erase(from, line.find('m', from) - from + 1);
    BOOST_TEST(line == observe::log_line(log_format::text, at(0), log_level::warn, "event", fields));
}

BOOST_AUTO_TEST_CASE(level_can_be_set_while_it_is_written)
{
    log_pipe pipe;
    {
        logger log{{.level = log_level::warn, .output = pipe.writer()}};
        log.write(log_level::info, "before");
        log.set_level(log_level::debug);
        log.write(log_level::debug, "after");
    }
    auto const text = pipe.text();
    BOOST_TEST(text.find("before") == std::string::npos);
    BOOST_TEST(text.find("after") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
