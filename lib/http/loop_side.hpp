#pragma once

#include "lib/http/address.hpp"
#include "lib/http/encoder.hpp"
#include "lib/http/request_id.hpp"
#include "lib/http/response_head.hpp"
#include "lib/http/server.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <poll.h>

namespace bridgewatch::http {

struct server_state {
    std::atomic<std::size_t> open{0};
    std::atomic<std::size_t> running{0}; ///< handlers at work
    std::atomic<bool> draining{false};
    std::shared_ptr<buffer_budget> buffers;
    std::shared_ptr<tls_identity> tls; ///< null where TCP listeners speak plain HTTP
};

/// How long a connection without a request may still send one during a drain: what was on its way arrives.
constexpr std::chrono::milliseconds drain_grace{150};

/// A handler's place among those at work in the process, while it lives.
class running_place {
  public:
    explicit running_place(server_state& of) : of_{of}, others_{of.running.fetch_add(1, std::memory_order_relaxed)} {}

    running_place(running_place const&) = delete;
    running_place& operator=(running_place const&) = delete;

    ~running_place() { of_.running.fetch_sub(1, std::memory_order_relaxed); }

    [[nodiscard]] std::size_t others() const { return others_; }

  private:
    server_state& of_;
    std::size_t others_;
};

/// Who ended a request before its answer.
enum class stop_reason { client_gone, timeout, drain };

namespace intrusive = boost::intrusive;
using unlinks_itself = intrusive::link_mode<intrusive::auto_unlink>;
using open_hook = intrusive::list_base_hook<intrusive::tag<struct open_tag>, unlinks_itself>;
using running_hook = intrusive::list_base_hook<intrusive::tag<struct running_tag>, unlinks_itself>;

/// A connection as its loop sees it.
class tracked : public std::enable_shared_from_this<tracked>, public open_hook, public running_hook {
  public:
    tracked() = default;
    tracked(tracked const&) = delete;
    tracked& operator=(tracked const&) = delete;
    virtual ~tracked() = default;

    /// Closes when idle at `by`.
    virtual void expect_last_request(steady_time by) = 0;
    /// A running request is cancelled; any other state is closed at once.
    virtual void stop(stop_reason why) = 0;
    virtual void close() = 0;
    virtual int descriptor() = 0;
};

/// What the connections of one loop share.
class loop_side : public std::enable_shared_from_this<loop_side> {
  public:
    loop_side(boost::asio::io_context& on, limits const& bounds, std::vector<network> trusted,
              std::shared_ptr<server_state> shared, handler answer, observer watch);

    boost::asio::io_context& loop;
    limits const bounds;
    std::vector<network> const trusted;
    std::shared_ptr<server_state> const shared;
    handler const answer;
    observer const watch;
    request_id_source ids;
    date_text date;
    encoder_shelf encoders;

    void opened(tracked& one);
    /// The hooks have unlinked themselves.
    void gone();

    [[nodiscard]] std::size_t open() const { return open_; }

    /// From here on the client is watched, until the hook is unlinked.
    void runs(tracked& one);

    /// Tells the observer.
    void trouble(std::string_view event, std::string_view detail) noexcept;

    /// For all connections of the loop, however they end meanwhile.
    template <class Action>
    void for_each(Action action)
    {
        for (auto const& one : copy(all_))
            action(*one);
    }

    /// How many connections are being answered with 503, since there are too many.
    std::size_t turned_away = 0;

    /// Ends waits on it when the last connection is gone.
    boost::asio::steady_timer all_gone;

  private:
    using all_list = intrusive::list<tracked, intrusive::base_hook<open_hook>, intrusive::constant_time_size<false>>;
    using running_list =
        intrusive::list<tracked, intrusive::base_hook<running_hook>, intrusive::constant_time_size<false>>;

    template <class List>
    static std::vector<std::shared_ptr<tracked>> copy(List& from)
    {
        std::vector<std::shared_ptr<tracked>> out;
        for (auto& one : from)
            if (auto alive = one.weak_from_this().lock())
                out.push_back(std::move(alive));
        return out;
    }

    void look_later();
    void look_after_clients();

    all_list all_;
    running_list running_;
    std::size_t open_ = 0;
    boost::asio::steady_timer look_;
    bool looking_ = false;
    std::vector<pollfd> polled_;
    std::unordered_map<std::string_view, steady_time> last_trouble_;
};

} // namespace bridgewatch::http
