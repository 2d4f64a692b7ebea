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

/// Writes lines as they are, one write each: the line is ready, and spdlog's patterns do not escape. Only the queue's
/// one thread comes here, hence no mutex.
class descriptor_sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
  public:
    explicit descriptor_sink(int output) : output_{output} {}

  private:
    void sink_it_(spdlog::details::log_msg const& line) override
    {
        bytes_.assign(line.payload.data(), line.payload.size());
        bytes_ += '\n';
        std::string_view left = bytes_;
        while (!left.empty()) {
            auto const count = ::write(output_, left.data(), left.size());
            if (count > 0)
                left.remove_prefix(static_cast<std::size_t>(count));
            else if (count < 0 && errno == EAGAIN)
                wait_for_room();
            else if (count < 0 && errno != EINTR)
                return; // a log that cannot be written has nobody to tell
        }
    }

    void flush_() override {}

    void wait_for_room() const
    {
        pollfd output{.fd = output_, .events = POLLOUT, .revents = 0};
        ::poll(&output, 1, -1);
    }

    int output_;
    std::string bytes_;
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

grammar::sys_micro now()
{
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

} // namespace

struct logger::impl {
    explicit impl(log_options const& with)
        : options{with},
          queue{std::make_shared<spdlog::details::thread_pool>(with.queue_lines, 1)},
          out{std::make_shared<spdlog::async_logger>("bridgewatch", std::make_shared<descriptor_sink>(with.output),
                                                     queue, spdlog::async_overflow_policy::overrun_oldest)}
    {
        out->set_level(spdlog_level(with.level));
    }

    void put(log_level level, std::string_view event, std::span<field const> fields)
    {
        auto const line = log_line(options.format, now(), level, event, fields);
        out->log(spdlog_level(level), spdlog::string_view_t{line.data(), line.size()});
    }

    void tell_losses()
    {
        auto const lost = std::uint64_t{queue->overrun_counter()};
        auto const told = told_losses.exchange(lost, std::memory_order_relaxed);
        if (lost > told) {
            field const fields[] = {{"lines", lost - told}};
            put(log_level::warn, "log_lines_lost", fields);
        }
    }

    log_options const options;
    std::shared_ptr<spdlog::details::thread_pool> queue; ///< its destructor writes what waits
    std::shared_ptr<spdlog::async_logger> out;
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
    return level >= impl_->options.level && level != log_level::off;
}

void logger::write(log_level level, std::string_view event, std::initializer_list<field> fields)
{
    write(level, event, std::span{fields.begin(), fields.size()});
}

void logger::write(log_level level, std::string_view event, std::span<field const> fields)
{
    if (!enabled(level))
        return;
    impl_->put(level, event, fields);
    // The counter is behind the queue's lock, so it is not asked for with each line.
    auto const moment =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch());
    auto due = impl_->next_look.load(std::memory_order_relaxed);
    if (moment.count() >= due && impl_->next_look.compare_exchange_strong(due, moment.count() + 1'000'000))
        impl_->tell_losses();
}

std::uint64_t logger::lost_lines() const
{
    return impl_->queue->overrun_counter();
}

} // namespace bridgewatch::observe
