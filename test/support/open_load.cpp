#include "test/support/open_load.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace bridgewatch::test {

namespace asio = boost::asio;
using std::chrono::microseconds;
using steady_clock = std::chrono::steady_clock;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
using endpoint = asio::generic::stream_protocol::endpoint;

endpoint endpoint_of(std::string const& address)
{
    constexpr std::string_view unix_prefix = "unix:";
    if (address.starts_with(unix_prefix))
        return asio::local::stream_protocol::endpoint{address.substr(unix_prefix.size())};
    auto const colon = address.rfind(':');
    return asio::ip::tcp::endpoint{asio::ip::make_address(address.substr(0, colon)),
                                   static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1)))};
}

struct open_connection {
    explicit open_connection(asio::io_context& loop) : socket{loop}, limit{loop} {}

    asio::generic::stream_protocol::socket socket;
    asio::steady_timer limit;
    bool is_open = false, is_reusable = false;
};

/// The head of an answer as the server under test writes it, which we need to find the answer's end.
struct answer_head {
    int status = 0;
    std::size_t length = 0; ///< of head and body
    bool closes = false;
};

std::optional<answer_head> read_head(std::string_view bytes)
{
    constexpr std::string_view length_field = "\r\nContent-Length: ";
    constexpr std::size_t status_at = std::string_view{"HTTP/1.1 "}.size();
    auto const end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos)
        return std::nullopt;
    auto const head = bytes.substr(0, end + 2);
    answer_head out{.closes = head.find("\r\nConnection: close\r\n") != std::string_view::npos};
    std::from_chars(head.data() + status_at, head.data() + head.size(), out.status);
    auto const field = head.find(length_field);
    if (field == std::string_view::npos)
        throw std::runtime_error{"an open load takes no streamed answers"};
    std::from_chars(head.data() + field + length_field.size(), head.data() + head.size(), out.length);
    out.length += end + 4;
    return out;
}

class generator {
  public:
    explicit generator(open_load const& what) : what_{what}, to_{endpoint_of(what.address)}
    {
        text_ = "GET " + what.target + " HTTP/1.1\r\nHost: test\r\n";
        for (auto const& [name, value] : what.headers)
            text_.append(name).append(": ").append(value).append("\r\n");
        text_ += "\r\n";
    }

    std::vector<open_answer> run()
    {
        begin_ = steady_clock::now();
        asio::co_spawn(loop_, send_all(), [](std::exception_ptr const& failed) {
            if (failed)
                std::rethrow_exception(failed);
        });
        loop_.run();
        std::ranges::sort(answers_, {}, &open_answer::due);
        return std::move(answers_);
    }

  private:
    asio::awaitable<void> send_all()
    {
        asio::steady_timer until_due{loop_};
        auto start = begin_;
        for (std::size_t i = 0; i < what_.stretches.size(); ++i) {
            auto const& now = what_.stretches[i];
            auto const count = static_cast<std::size_t>(now.rate * std::chrono::duration<double>{now.length}.count());
            for (std::size_t n = 0; n < count; ++n) {
                std::chrono::duration<double> const offset{static_cast<double>(n) / now.rate};
                auto const due = start + std::chrono::duration_cast<steady_clock::duration>(offset);
                until_due.expires_at(due);
                co_await until_due.async_wait(no_throw);
                asio::co_spawn(loop_, ask(i, due), asio::detached);
            }
            start += now.length;
        }
    }

    asio::awaitable<void> ask(std::size_t stretch, steady_clock::time_point due)
    {
        auto with = take();
        with->limit.expires_at(due + what_.patience);
        with->limit.async_wait([with](boost::system::error_code stopped) {
            if (!stopped)
                with->socket.close();
        });
        auto const status = co_await exchange(*with);
        with->limit.cancel();
        auto const since = [](auto from, auto to) { return std::chrono::duration_cast<microseconds>(to - from); };
        answers_.push_back(
            {.stretch = stretch, .due = since(begin_, due), .took = since(due, steady_clock::now()), .status = status});
        if (with->is_reusable)
            idle_.push_back(std::move(with));
    }

    /// @return the answer's status; 0 where there is none.
    asio::awaitable<int> exchange(open_connection& with)
    {
        with.is_reusable = false;
        if (!std::exchange(with.is_open, true)) {
            auto const [failed] = co_await with.socket.async_connect(to_, no_throw);
            if (failed)
                co_return 0;
        }
        auto const [unsent, sent] = co_await asio::async_write(with.socket, asio::buffer(text_), no_throw);
        if (unsent)
            co_return 0;
        std::string bytes;
        std::array<char, 1024> start{};
        std::optional<answer_head> head;
        for (std::size_t got = 0; !head || got < head->length;) {
            auto const into = head ? asio::buffer(unseen_) : asio::buffer(start);
            auto const [failed, count] = co_await with.socket.async_read_some(into, no_throw);
            if (failed)
                co_return 0;
            got += count;
            if (!head)
                head = read_head(bytes.append(start.data(), count));
        }
        with.is_reusable = !head->closes;
        co_return head->status;
    }

    /// The connection used last: those that a burst has opened stay idle.
    std::shared_ptr<open_connection> take()
    {
        if (idle_.empty())
            return std::make_shared<open_connection>(loop_);
        auto out = std::move(idle_.back());
        idle_.pop_back();
        return out;
    }

    open_load const& what_;
    endpoint to_;
    std::string text_;
    asio::io_context loop_{1};
    steady_clock::time_point begin_;
    std::vector<std::shared_ptr<open_connection>> idle_;
    std::vector<open_answer> answers_;
    std::array<char, std::size_t{256} * 1024> unseen_{}; ///< bodies, of which only the length counts; many at a time
};

microseconds quantile(std::vector<microseconds>& of, double part)
{
    if (of.empty())
        return microseconds{0};
    auto const at = std::min(of.size() - 1, static_cast<std::size_t>(part * static_cast<double>(of.size())));
    std::ranges::nth_element(of, of.begin() + static_cast<std::ptrdiff_t>(at));
    return of[at];
}

} // namespace

std::vector<open_answer> run(open_load const& what)
{
    return std::make_unique<generator>(what)->run();
}

load_summary summarize(std::vector<open_answer> const& answers, std::size_t stretch, std::chrono::milliseconds length)
{
    load_summary out;
    std::vector<microseconds> good, refused;
    for (auto const& one : answers) {
        if (one.stretch != stretch)
            continue;
        if (one.status == 200)
            good.push_back(one.took);
        else if (one.status == 503)
            refused.push_back(one.took);
        else
            ++out.other;
    }
    out.good = good.size();
    out.refused = refused.size();
    out.goodput = static_cast<double>(good.size()) / std::chrono::duration<double>{length}.count();
    constexpr double half = 0.5, nearly_all = 0.99;
    out.good_p50 = quantile(good, half);
    out.good_p99 = quantile(good, nearly_all);
    out.refused_p50 = quantile(refused, half);
    out.refused_p99 = quantile(refused, nearly_all);
    return out;
}

microseconds recovery(std::vector<open_answer> const& answers, std::size_t stretch, microseconds limit)
{
    std::optional<microseconds> first;
    microseconds last_bad{0};
    for (auto const& one : answers) {
        if (one.stretch != stretch)
            continue;
        first = first.value_or(one.due);
        if (one.status != 200 || one.took > limit)
            last_bad = one.due - *first + microseconds{1};
    }
    return last_bad;
}

} // namespace bridgewatch::test
