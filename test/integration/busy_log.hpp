#pragma once

#include "test/integration/session_interceptions.hpp"
#include "test/support/session.hpp"
#include "test/support/waits.hpp"

#include <atomic>
#include <deque>
#include <exception>
#include <semaphore>
#include <stdexcept>
#include <thread>

/// An audit log that goes on while its sessions are listed.
namespace bridgewatch::test {

/// A prompt so many seconds into 2026.
/// @param interception  SQL for its id
[[nodiscard]] inline std::string prompt_of(std::string_view interception, std::size_t second)
{
    return fmt::format("INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, "
                       "created_at) VALUES (gen_random_uuid(), {}, 'r', 'hi', timestamptz '2026-01-01Z' + {} * "
                       "interval '1 s');",
                       interception, second);
}

/// What goes on in an audit log, one change after another, each at a later second than all before it.
class busy_log {
  public:
    explicit busy_log(std::string const& conninfo) : session_{open_session(conninfo)}
    {
        for (int i = 0; i < 60; ++i)
            make_change();
    }

    void make_change()
    {
        ++number_;
        switch (number_ % 6) {
        case 0:
        case 1:
            return begin(number_ % 2 == 0);
        case 2:
            return run(prompt_of("(SELECT id FROM aibridge_interceptions WHERE client_session_id = '" + some() +
                                     "' ORDER BY id LIMIT 1)",
                                 second()));
        case 3:
            return add_interception(some(), true);
        case 4:
            return end();
        default:
            return remove();
        }
    }

  private:
    [[nodiscard]] std::size_t second() const { return 1'000 + number_; }

    /// Steps through what there is, the oldest too.
    [[nodiscard]] std::string const& some() const { return names_[(number_ * 7) % names_.size()]; }

    void begin(bool ended)
    {
        names_.push_back(fmt::format("busy {}", number_));
        add_interception(names_.back(), ended);
        if (!ended)
            in_flight_.push_back(names_.back());
    }

    void add_interception(std::string const& name, bool ended)
    {
        auto const number = 100'000 + static_cast<unsigned>(number_);
        run(insertion_of(
                {{.number = number, .session = name, .second = static_cast<unsigned>(second()), .ended = ended}}) +
            prompt_of("'" + contract_database::id(number) + "'", second()));
    }

    void end()
    {
        if (in_flight_.empty())
            return;
        run("UPDATE aibridge_interceptions SET ended_at = started_at WHERE ended_at IS NULL AND client_session_id = '" +
            in_flight_.front() + "'");
        in_flight_.pop_front();
    }

    /// As retention does: all of the session.
    void remove()
    {
        auto const name = some();
        auto const where = "(SELECT id FROM aibridge_interceptions WHERE client_session_id = '" + name + "')";
        run("DELETE FROM aibridge_user_prompts WHERE interception_id IN " + where +
            ";DELETE FROM aibridge_interceptions WHERE client_session_id = '" + name + "'");
        std::erase(names_, name);
        std::erase(in_flight_, name);
    }

    void run(std::string const& sql)
    {
        if (auto const done = session_.script(sql); done.has_error())
            throw std::runtime_error{done.error().diag.message};
    }

    pg::blocking_session session_;
    std::size_t number_ = 5; // the first change is a new session
    std::vector<std::string> names_;
    std::deque<std::string> in_flight_;
};

/// Makes changes in a thread of its own, as many as it is asked for, beside what the asker does then.
class writer {
  public:
    explicit writer(std::string const& conninfo) : log_{conninfo}, thread_{[this] { write(); }} {}

    writer(writer const&) = delete;
    writer& operator=(writer const&) = delete;

    ~writer()
    {
        stopping_ = true;
        asked_.release();
    }

    void ask_for(int changes)
    {
        outstanding_ += changes;
        asked_.release(changes);
    }

    /// Until those changes are there. False at the limit.
    [[nodiscard]] bool wait()
    {
        for (; outstanding_ > 0; --outstanding_)
            if (!made_.try_acquire_for(waits::limit))
                return false;
        return true;
    }

    /// Once wait() has returned.
    [[nodiscard]] std::string const& failure() const { return failure_; }

  private:
    void write()
    {
        for (;;) {
            asked_.acquire();
            if (stopping_)
                return;
            try {
                log_.make_change();
            } catch (std::exception const& error) {
                failure_ = error.what();
            }
            made_.release();
        }
    }

    busy_log log_;
    std::counting_semaphore<> asked_{0}, made_{0};
    std::atomic<bool> stopping_ = false;
    std::string failure_;
    int outstanding_ = 0;
    std::jthread thread_; ///< last, so that it ends first
};

} // namespace bridgewatch::test
