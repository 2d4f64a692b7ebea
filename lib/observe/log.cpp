#include "lib/observe/log.hpp"

#include <spdlog/async_logger.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <string>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace bridgewatch::observe {

namespace {

grammar::sys_micro now()
{
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// A line of the log about itself.
std::string loss_line(log_format format, std::uint64_t lines)
{
    field const fields[] = {{"lines", lines}};
    return log_line(format, now(), log_level::warn, "log_lines_lost", fields);
}

/// Writes lines as they are, one write each: the line is ready, and spdlog's patterns do not escape. Lines that the
/// output refuses (a full disk, a reader that has gone) are counted, and told of as soon as it takes one again. Only
/// the queue's one thread comes here, hence no mutex.
class descriptor_sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
  public:
    descriptor_sink(int output, log_format format) : output_{output}, format_{format} {}

    [[nodiscard]] std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

  private:
    void sink_it_(spdlog::details::log_msg const& line) override
    {
        auto const lost = refused();
        if (lost > told_ && put(loss_line(format_, lost - told_)))
            told_ = lost;
        if (lost > told_ || !put({line.payload.data(), line.payload.size()}))
            refused_.store(lost + 1, std::memory_order_relaxed);
    }

    /// @return whether all of the line has been written. Where only its start has, the next one begins a new line.
    bool put(std::string_view line)
    {
        bytes_.assign(torn_ ? "\n" : "").append(line) += '\n';
        std::string_view left = bytes_;
        while (!left.empty()) {
            auto const count = ::write(output_, left.data(), left.size());
            if (count > 0)
                left.remove_prefix(static_cast<std::size_t>(count));
            else if (count < 0 && errno == EAGAIN)
                wait_for_room();
            else if (count < 0 && errno != EINTR)
                break;
        }
        if (left.size() < bytes_.size())
            torn_ = !left.empty();
        return left.empty();
    }

    void flush_() override {}

    void wait_for_room() const
    {
        pollfd output{.fd = output_, .events = POLLOUT, .revents = 0};
        ::poll(&output, 1, -1);
    }

    int output_;
    log_format format_;
    bool torn_ = false; ///< the last thing written is the start of a line
    std::string bytes_;
    std::atomic<std::uint64_t> refused_{0};
    std::uint64_t told_ = 0; ///< of those
};

/// Steps of the wall clock, which times in the log come from; the steady clock does not take part in them.
class wall_clock_watch {
  public:
    /// @return by how much the wall clock has been set since the last look, where that is more than drift
    std::chrono::milliseconds look()
    {
        auto const ahead = offset();
        auto const step = std::chrono::microseconds{ahead - ahead_.exchange(ahead, std::memory_order_relaxed)};
        return std::chrono::abs(step) < least_step ? std::chrono::milliseconds{0}
                                                   : std::chrono::duration_cast<std::chrono::milliseconds>(step);
    }

  private:
    static constexpr std::chrono::milliseconds least_step{500};

    static std::int64_t offset()
    {
        auto const steady = std::chrono::steady_clock::now().time_since_epoch();
        return (now().time_since_epoch() - std::chrono::duration_cast<std::chrono::microseconds>(steady)).count();
    }

    std::atomic<std::int64_t> ahead_{offset()}; ///< of the steady clock, microseconds
};

spdlog::level::level_enum spdlog_level(log_level level)
{
    switch (level) {
    case log_level::debug:
        return spdlog::level::debug;
    case log_level::info:
        return spdlog::level::info;
    case log_level::warn:
        return spdlog::level::warn;
    case log_level::error:
        return spdlog::level::err;
    case log_level::off:
        return spdlog::level::off;
    }
    return spdlog::level::off;
}

} // namespace

struct logger::impl {
    explicit impl(log_options const& with)
        : options{with},
          queue{std::make_shared<spdlog::details::thread_pool>(with.queue_lines, 1)},
          sink{std::make_shared<descriptor_sink>(with.output, with.format)},
          out{std::make_shared<spdlog::async_logger>("bridgewatch", sink, queue,
                                                     spdlog::async_overflow_policy::overrun_oldest)},
          level{with.level}
    {
        out->set_level(spdlog::level::trace); // what is written is decided by us
    }

    void put(log_level severity, std::string_view event, std::span<field const> fields)
    {
        put_line(severity, log_line(options.format, now(), severity, event, fields));
    }

    void put_line(log_level severity, std::string_view line)
    {
        if (severity < level.load(std::memory_order_relaxed))
            return;
        out->log(spdlog_level(severity), spdlog::string_view_t{line.data(), line.size()});
    }

    void tell_losses()
    {
        auto const lost = std::uint64_t{queue->overrun_counter()};
        auto const told = told_losses.exchange(lost, std::memory_order_relaxed);
        if (lost > told)
            put_line(log_level::warn, loss_line(options.format, lost - told));
    }

    void tell_step_of_clock()
    {
        if (auto const step = clock.look(); step.count() != 0) {
            field const fields[] = {{"by_ms", step.count()}};
            put(log_level::warn, "clock_stepped", fields);
        }
    }

    log_options const options;
    std::shared_ptr<spdlog::details::thread_pool> queue; ///< its destructor writes what waits
    std::shared_ptr<descriptor_sink> sink;
    std::shared_ptr<spdlog::async_logger> out;
    std::atomic<log_level> level;
    wall_clock_watch clock;
    std::atomic<std::uint64_t> told_losses{0};
    std::atomic<std::int64_t> next_look{0}; ///< microseconds of the steady clock
};

logger::logger(log_options const& options) : impl_{std::make_unique<impl>(options)} {}

logger::~logger()
{
    impl_->tell_losses();
}

bool logger::enabled(log_level level) const
{
    return level >= impl_->level.load(std::memory_order_relaxed) && level != log_level::off;
}

void logger::set_level(log_level level)
{
    impl_->level.store(level, std::memory_order_relaxed);
}

bool logger::is_crowded() const
{
    return impl_->queue->queue_size() > impl_->options.queue_lines / 2;
}

void logger::write(log_level level, std::string_view event, std::initializer_list<field> fields)
{
    write(level, event, std::span{fields.begin(), fields.size()});
}

void logger::write(log_level level, std::string_view event, std::span<field const> fields)
{
    if (!enabled(level))
        return;
    // Before the line, so that whoever reads on knows why its time is earlier than the last one's. The counter is
    // behind the queue's lock, so it is not asked for with each line.
    auto const moment =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch());
    auto due = impl_->next_look.load(std::memory_order_relaxed);
    if (moment.count() >= due && impl_->next_look.compare_exchange_strong(due, moment.count() + 1'000'000)) {
        impl_->tell_step_of_clock();
        impl_->tell_losses();
    }
    impl_->put(level, event, fields);
}

std::uint64_t logger::lost_lines() const
{
    return impl_->queue->overrun_counter() + impl_->sink->refused();
}

} // namespace bridgewatch::observe
