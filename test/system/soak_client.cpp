#include "test/system/soak_client.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <span>
#include <utility>

namespace bridgewatch::test::soak {
namespace {

namespace json = boost::json;

constexpr std::string_view interceptions = "/api/v2/aibridge/interceptions";
constexpr std::string_view sessions = "/api/v2/aibridge/sessions";
constexpr std::size_t page = 20;

std::string in_the_past(std::string_view query = {})
{
    return percent_encoded(fmt::format("{} started_before:\"{}\"", query, end_of_the_past));
}

/// Whether everything expected is there; what stands beside it in objects does not matter.
bool holds(json::value const& answer, json::value const& expected)
{
    if (!expected.is_object())
        return answer == expected;
    return answer.is_object() && std::ranges::all_of(expected.as_object(), [&](auto const& field) {
               auto const* found = answer.as_object().if_contains(field.key());
               return found != nullptr && holds(*found, field.value());
           });
}

/// Compares as time does: the API drops zeros from a fraction.
std::string comparable(json::value const& time)
{
    constexpr std::size_t length = std::string_view{"2026-01-01T00:00:00.000000"}.size();
    std::string out{time.as_string()};
    out.pop_back();
    if (out.find('.') == std::string::npos)
        out += '.';
    out.resize(length, '0');
    return out;
}

/// @return what is wrong with a list's order
std::string wrong_order(json::array const& list, std::string_view time)
{
    for (std::size_t i = 1; i < list.size(); ++i) {
        auto const key = [&](json::value const& row) {
            return std::pair{comparable(row.at(time)), std::string{row.at("id").as_string()}};
        };
        if (key(list[i - 1]) <= key(list[i]))
            return fmt::format("{} does not come before {}", key(list[i - 1]).second, key(list[i]).second);
    }
    return {};
}

std::string wrong_page(json::array const& got, std::span<json::object const> expected)
{
    if (got.size() != expected.size())
        return fmt::format("{} rows for {}", got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i)
        if (!holds(got[i], expected[i]))
            return "not what plain SQL says: " + json::serialize(got[i]);
    return {};
}

/// The target of rel="next"; empty where there is none.
std::string next_page(http_answer const& answer)
{
    auto const found = answer.headers.find("link");
    if (found == answer.headers.end())
        return {};
    auto const& link = found->second;
    return link.substr(1, link.find('>') - 1);
}

template <class Row>
std::span<Row const> part(std::vector<Row> const& of, std::size_t first)
{
    return std::span{of}.subspan(first, std::min(page, of.size() - first));
}

struct bad_request {
    std::string_view target, method;
    int status;
    bool with_token = true;
};

constexpr bad_request bad_requests[] = {
    {"/api/v2/aibridge/interceptions?limit=-1", "GET", 400},
    {"/api/v2/aibridge/interceptions?limit=1001", "GET", 400},
    {"/api/v2/aibridge/interceptions?after_id=nobody", "GET", 400},
    {"/api/v2/aibridge/interceptions?q=modle:o3", "GET", 400},
    {"/api/v2/aibridge/interceptions?q=%28provider:openai", "GET", 400},
    {"/api/v2/aibridge/interceptions?after_id=11111111-1111-4111-8111-111111111111", "GET", 400},
    {"/api/v2/aibridge/interceptions/11111111-1111-4111-8111-111111111111", "GET", 404},
    {"/api/v2/aibridge/sessions?q=nokey", "GET", 400},
    {"/api/v2/aibridge/sessions/no-such-session", "GET", 404},
    {"/api/v2/aibridge/nothing", "GET", 404},
    {"/api/v2/aibridge/interceptions", "POST", 405},
    {"/api/v2/aibridge/interceptions", "GET", 401, false},
};

} // namespace

client::client(known const& about, unsigned number) : about_{about}, number_{number}, random_{number} {}

std::size_t client::any(std::size_t below)
{
    return std::uniform_int_distribution<std::size_t>{0, below - 1}(random_);
}

void client::ask_something()
{
    using way = void (client::*)();
    static constexpr std::pair<way, unsigned> ways[] = {
        {&client::walk_past, 20},           {&client::walk_past_sessions, 10},     {&client::search_past, 12},
        {&client::look_at_newest, 10},      {&client::look_at_newest_sessions, 6}, {&client::look_at_one, 12},
        {&client::look_at_one_session, 10}, {&client::look_at_values, 6},          {&client::ask_badly, 8},
        {&client::send_no_request, 2},      {&client::ask_for_health, 4},
    };
    static constexpr unsigned weights = 100;
    auto left = any(weights);
    for (auto const& [how, weight] : ways) {
        if (left < weight)
            return (this->*how)();
        left -= weight;
    }
}

http_headers client::headers(question const& q)
{
    http_headers out{{"X-Request-Id", fmt::format("soak-{}-{}", number_, ++asked_)}};
    if (q.with_token)
        out.emplace_back("Coder-Session-Token", about_.token);
    return out;
}

http_answer client::exchange(question const& q, http_headers const& with)
{
    if (!connection_)
        connection_.emplace(about_.address);
    auto answer = connection_->request(q.method, q.target, with);
    if (auto const said = answer.headers.find("connection"); said != answer.headers.end() && said->second == "close")
        connection_.reset();
    return answer;
}

std::optional<http_answer> client::ask(question const& q, judge const& right)
{
    auto const since = about_.book.begin();
    auto const with = headers(q);
    try {
        auto answer = exchange(q, with);
        bool const is_ours = answer.headers["x-request-id"] == with.front().second;
        if (is_ours) // a connection too many is turned away before its request is read
            answered_.emplace(with.front().second, answer.status);
        if (answer.status != q.status) {
            about_.book.other(since, q.what, answer);
            return std::nullopt;
        }
        auto const why = is_ours ? right(answer) : "the answer to another request";
        if (why.empty()) {
            about_.book.right(since, q.what, answer);
            return answer;
        }
        about_.book.wrong(q.what, q.target + ": " + why);
    } catch (std::exception const& failure) {
        about_.book.lost(since, q.what, failure.what());
        connection_.reset();
    }
    return std::nullopt;
}

void client::walk_past()
{
    if (next_.empty()) {
        next_ = fmt::format("{}?limit={}&count=none&q={}", interceptions, page, in_the_past());
        seen_ = 0;
    }
    auto const expected = part(about_.past.rows(), seen_);
    auto const got = ask({.what = "walk", .target = next_}, [&](http_answer const& answer) {
        auto const body = answer.json();
        bool const is_last = seen_ + expected.size() == about_.past.rows().size();
        if (next_page(answer).empty() != is_last)
            return std::string{"a link where there is no next page, or none"};
        return wrong_page(body.at("results").as_array(), expected);
    });
    if (got) {
        next_ = next_page(*got);
        seen_ += expected.size();
    }
}

void client::walk_past_sessions()
{
    if (next_sessions_.empty()) {
        next_sessions_ = fmt::format("{}?limit={}&count=none&q={}", sessions, page, in_the_past());
        seen_sessions_ = 0;
    }
    auto const expected = part(about_.past.sessions(), seen_sessions_);
    auto const got = ask({.what = "walk sessions", .target = next_sessions_}, [&](http_answer const& answer) {
        return wrong_page(answer.json().at("sessions").as_array(), expected);
    });
    if (got) {
        next_sessions_ = next_page(*got);
        seen_sessions_ += expected.size();
    }
}

void client::search_past()
{
    auto const& search = about_.past.searches()[any(about_.past.searches().size())];
    auto const target = fmt::format("{}?limit={}&q={}", interceptions, page, in_the_past(search.query));
    ask({.what = "search", .target = target}, [&](http_answer const& answer) {
        auto const body = answer.json();
        auto const& results = body.at("results").as_array();
        auto const expected = part(search.ids, 0);
        bool const same = std::ranges::equal(results, expected, [](json::value const& row, std::string const& id) {
            return std::string_view{row.at("id").as_string()} == id;
        });
        // A count that took too long is a capped one, or none, and says so.
        auto const count = body.at("count").to_number<std::int64_t>();
        bool const is_exact = count >= 0 && !body.as_object().contains("count_cap");
        if (is_exact && count != std::ssize(search.ids))
            return fmt::format("counted {} of {}", count, search.ids.size());
        return same ? std::string{} : std::string{"other rows than plain SQL finds"};
    });
}

std::string client::wrong_count(json::value const& body) const
{
    auto const count = body.at("count").to_number<std::int64_t>();
    if (count < 0 || body.as_object().contains("count_cap"))
        return {};
    auto const least = about_.past.rows().size(), most = least + about_.written;
    auto const is_between = std::cmp_greater_equal(count, least) && std::cmp_less_equal(count, most);
    return is_between ? std::string{} : fmt::format("counted {}, not {} to {}", count, least, most);
}

void client::look_at_newest()
{
    static constexpr std::string_view modes[] = {"exact", "capped", "none"};
    auto const target = fmt::format("{}?limit={}&count={}", interceptions, page, modes[any(std::size(modes))]);
    ask({.what = "newest", .target = target}, [&](http_answer const& answer) {
        auto const body = answer.json();
        auto const& results = body.at("results").as_array();
        for (auto const& row : results)
            if (auto const* known = about_.past.row(row.at("id").as_string()); known != nullptr && row != *known)
                return "not what plain SQL says: " + json::serialize(row);
        auto const order = wrong_order(results, "started_at");
        return order.empty() ? wrong_count(body) : order;
    });
}

void client::look_at_newest_sessions()
{
    auto const target = fmt::format("{}?limit={}&count=capped", sessions, page);
    ask({.what = "newest sessions", .target = target}, [](http_answer const& answer) {
        return wrong_order(answer.json().at("sessions").as_array(), "last_active_at");
    });
}

void client::look_at_one()
{
    auto const& row = about_.past.rows()[any(about_.past.rows().size())];
    auto const target = fmt::format("{}/{}", interceptions, std::string_view{row.at("id").as_string()});
    ask({.what = "one", .target = target}, [&](http_answer const& answer) {
        return answer.json() == row ? std::string{} : "not what plain SQL says: " + answer.body;
    });
}

void client::look_at_one_session()
{
    auto const place = any(about_.past.sessions().size());
    auto const& session = about_.past.sessions()[place];
    auto const target =
        fmt::format("{}/{}?limit=200&initiator_id={}", sessions, percent_encoded(session.at("id").as_string()),
                    std::string_view{session.at("initiator").at("id").as_string()});
    ask({.what = "one session", .target = target}, [&](http_answer const& answer) {
        auto const body = answer.json();
        bool const same_threads = std::ranges::equal(body.at("threads").as_array(), about_.past.threads(place), {},
                                                     [](json::value const& thread) { return thread.at("id"); });
        return same_threads && holds(body, session) ? std::string{} : "not what plain SQL says: " + answer.body;
    });
}

void client::look_at_values()
{
    bool const models = any(2) == 0;
    auto const& past = models ? about_.past.models() : about_.past.clients();
    auto const target = fmt::format("/api/v2/aibridge/{}?limit=1000", models ? "models" : "clients");
    ask({.what = models ? "models" : "clients", .target = target}, [&](http_answer const& answer) {
        std::vector<std::string> got;
        auto const body = answer.json();
        for (auto const& each : body.as_array())
            got.emplace_back(each.as_string());
        bool const is_sorted = std::ranges::is_sorted(got, std::ranges::less_equal{});
        std::erase(got, "soak");
        return is_sorted && got == past ? std::string{} : "not what plain SQL says: " + answer.body;
    });
}

void client::ask_badly()
{
    auto const& bad = bad_requests[any(std::size(bad_requests))];
    question const q{.what = "bad",
                     .target = std::string{bad.target},
                     .method = std::string{bad.method},
                     .status = bad.status,
                     .with_token = bad.with_token};
    ask(q, [](http_answer const& answer) {
        return answer.json().at("message").as_string().empty() ? std::string{"no message"} : std::string{};
    });
}

void client::send_no_request()
{
    auto const since = about_.book.begin();
    try {
        http_client stranger{about_.address};
        stranger.send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n");
        auto const answer = stranger.receive();
        if (answer.status == 400 && answer.headers.at("connection") == "close")
            about_.book.right(since, "no request", answer);
        else
            about_.book.other(since, "no request", answer);
    } catch (std::exception const& failure) {
        about_.book.lost(since, "no request", failure.what());
    }
}

void client::ask_for_health()
{
    bool const ready = any(2) == 0;
    auto const since = about_.book.begin();
    question const q{.what = ready ? "readyz" : "livez", .target = ready ? "/readyz" : "/livez", .with_token = false};
    try {
        auto const answer = exchange(q, headers(q));
        if (answer.status == 200)
            about_.book.right(since, q.what, answer);
        else // /readyz says 503, and why, in a shape of its own
            about_.book.lost(since, q.what, answer.body, ready ? weather::stormy : weather::crowded);
    } catch (std::exception const& failure) {
        about_.book.lost(since, q.what, failure.what());
        connection_.reset();
    }
}

} // namespace bridgewatch::test::soak
