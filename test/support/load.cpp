#include "test/support/load.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

namespace bridgewatch::test {

load::load(std::string address, std::string target, http_headers headers, std::size_t clients, std::string body)
    : address_{std::move(address)}, target_{std::move(target)}, headers_{std::move(headers)}, body_{std::move(body)}
{
    for (std::size_t i = 0; i < clients; ++i) {
        auto& asked = asked_.emplace_back(0);
        clients_.emplace_back([this, &asked] { ask_on(asked); });
    }
}

load::~load()
{
    stop();
}

void load::stop()
{
    stopped_ = true;
    clients_.clear();
}

void load::ask_on(std::atomic<std::size_t>& asked)
{
    std::optional<http_client> connection;
    for (; !stopped_; ++asked) {
        try {
            if (!connection)
                connection.emplace(address_);
            auto const start = std::chrono::steady_clock::now();
            auto const answer = connection->get(target_, headers_);
            note_time(start);
            if (answer.status != 200)
                note_failure(std::to_string(answer.status) + " " + answer.body);
            else if (!body_.empty() && answer.body != body_)
                note_failure("another body: " + answer.body);
            else
                ++answered_;
            if (auto const said = answer.headers.find("connection");
                said != answer.headers.end() && said->second == "close")
                connection.reset();
        } catch (std::exception const& failure) {
            note_failure(failure.what());
            connection.reset();
        }
    }
}

std::vector<std::size_t> load::asked() const
{
    return {asked_.begin(), asked_.end()};
}

std::map<std::string, std::size_t> load::seen() const
{
    std::map<std::string, std::size_t> out{{"200", answered_}};
    for (auto const& failure : failures_) {
        auto const blank = failure.find(' ');
        bool const is_status = blank == 3 && failure.find_first_not_of("0123456789") == blank;
        ++out[is_status ? failure.substr(0, blank) : failure];
    }
    return out;
}

void load::note_time(std::chrono::steady_clock::time_point since)
{
    auto const took = std::chrono::steady_clock::now() - since;
    std::lock_guard const lock{failures_mutex_};
    longest_ = std::max(longest_, std::chrono::duration_cast<std::chrono::milliseconds>(took));
}

void load::note_failure(std::string what)
{
    std::lock_guard const lock{failures_mutex_};
    failures_.push_back(std::move(what));
}

} // namespace bridgewatch::test
