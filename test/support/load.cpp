#include "test/support/load.hpp"

#include <exception>
#include <optional>
#include <utility>

namespace bridgewatch::test {

load::load(std::string address, std::string target, http_headers headers, std::size_t clients)
    : address_{std::move(address)}, target_{std::move(target)}, headers_{std::move(headers)}
{
    for (std::size_t i = 0; i < clients; ++i)
        clients_.emplace_back([this] { ask_on(); });
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

void load::ask_on()
{
    std::optional<http_client> connection;
    while (!stopped_) {
        try {
            if (!connection)
                connection.emplace(address_);
            auto const answer = connection->get(target_, headers_);
            if (answer.status == 200)
                ++answered_;
            else
                note_failure(std::to_string(answer.status) + " " + answer.body);
            if (auto const said = answer.headers.find("connection");
                said != answer.headers.end() && said->second == "close")
                connection.reset();
        } catch (std::exception const& failure) {
            note_failure(failure.what());
            connection.reset();
        }
    }
}

void load::note_failure(std::string what)
{
    std::lock_guard const lock{failures_mutex_};
    failures_.push_back(std::move(what));
}

} // namespace bridgewatch::test
