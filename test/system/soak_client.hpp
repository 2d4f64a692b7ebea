#pragma once

#include "test/system/soak_ledger.hpp"
#include "test/system/soak_truth.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>

namespace bridgewatch::test::soak {

/// What all clients know.
struct known {
    std::string address, token;
    truth const& past;
    ledger& book;
    std::atomic<std::size_t> const& written; ///< interceptions that writers may have added
};

/// Asks one question of the mix after another, on a connection that it keeps, and judges the answers. One thread's.
class client {
  public:
    client(known const& about, unsigned number);

    void ask_something();

    void hang_up() { connection_.reset(); }

    /// Statuses of what was answered, by request id.
    [[nodiscard]] std::unordered_map<std::string, int> const& answered() const { return answered_; }

  private:
    /// @return what is wrong with an answer; empty for nothing
    using judge = std::function<std::string(http_answer const&)>;

    struct question {
        std::string_view what;
        std::string target;
        std::string method = "GET";
        int status = 200;
        bool with_token = true;
    };

    /// @return the answer, where it was as expected
    std::optional<http_answer> ask(question const& q, judge const& right);
    [[nodiscard]] http_headers headers(question const& q);
    http_answer exchange(question const& q, http_headers const& with);

    void walk_past();
    void walk_past_sessions();
    void search_past();
    void look_at_newest();
    void look_at_newest_sessions();
    void look_at_one();
    void look_at_one_session();
    void look_at_values();
    void ask_badly();
    void send_no_request();
    void ask_for_health();

    [[nodiscard]] std::string wrong_count(boost::json::value const& body) const;
    [[nodiscard]] std::size_t any(std::size_t below);

    known about_;
    unsigned number_;
    std::mt19937 random_;
    std::uint64_t asked_ = 0;
    std::optional<http_client> connection_;
    std::string next_, next_sessions_; ///< where the walks are; empty at the start
    std::size_t seen_ = 0, seen_sessions_ = 0;
    std::unordered_map<std::string, int> answered_;
};

} // namespace bridgewatch::test::soak
