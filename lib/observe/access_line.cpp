#include "lib/observe/access_line.hpp"

#include <array>
#include <cstddef>

namespace bridgewatch::observe {

namespace {

/// The fields of one line; room for all that there are.
class fields_of_line {
  public:
    void add(field const& one) { all_[count_++] = one; }

    void add_unless_empty(std::string_view key, std::string_view value)
    {
        if (!value.empty())
            add({key, value});
    }

    [[nodiscard]] std::span<field const> get() const { return std::span{all_}.first(count_); }

  private:
    static constexpr std::size_t most = 16;
    std::array<field, most> all_ = make(std::make_index_sequence<most>{});
    std::size_t count_ = 0;

    template <std::size_t... I>
    static std::array<field, most> make(std::index_sequence<I...>)
    {
        return {((void)I, field{"", false})...};
    }
};

} // namespace

void write_access_line(logger& log, http::access_event const& what, bool log_queries)
{
    auto const level = what.status >= 500 ? log_level::warn : log_level::info;
    if (!log.enabled(level))
        return;
    fields_of_line line;
    line.add({"method", what.what != nullptr ? what.what->method : "-"});
    line.add({"route", what.notes->route});
    line.add({"status", what.status});
    line.add({"bytes", what.bytes_sent});
    line.add({"duration_us", what.took.count()});
    line.add({"pool_wait_us", what.notes->pool_wait.count()});
    line.add({"database_us", what.notes->database.count()});
    line.add({"request_id", what.request_id});
    line.add({"remote", what.remote});
    if (!what.traceparent.empty()) { // 00-<trace id>-<parent id>-<flags>
        line.add({"trace_id", what.traceparent.substr(3, 32)});
        line.add({"parent_id", what.traceparent.substr(36, 16)});
    }
    line.add_unless_empty("caller", what.notes->caller);
    line.add({"ended", what.ended});
    line.add_unless_empty("error", what.notes->error);
    line.add_unless_empty("retried", what.notes->retried);
    if (log_queries)
        line.add_unless_empty("q", what.notes->query);
    log.write(level, "request", line.get());
}

} // namespace bridgewatch::observe
