#include "lib/observe/access_line.hpp"

#include "lib/http/traceparent.hpp"

#include <array>
#include <cstddef>
#include <utility>

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
    static constexpr std::size_t most = 20;
    std::array<field, most> all_ = make(std::make_index_sequence<most>{});
    std::size_t count_ = 0;

    template <std::size_t... I>
    static std::array<field, most> make(std::index_sequence<I...>)
    {
        return {((void)I, field{"", false})...};
    }
};

} // namespace

void write_access_line(logger& log, http::access_event const& what, bool log_queries, std::uint64_t left_out)
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
    if (!what.traceparent.empty()) {
        line.add({"trace_id", http::trace_id_of(what.traceparent)});
        line.add({"parent_id", http::parent_id_of(what.traceparent)});
    } else if (what.notes->is_traced()) {
        auto const& id = what.notes->trace->trace_id;
        line.add({"trace_id", std::string_view{id.data(), id.size()}});
    }
    line.add_unless_empty("caller", what.notes->caller);
    line.add({"ended", what.ended});
    line.add_unless_empty("error", what.notes->error);
    line.add_unless_empty("retried", what.notes->retried);
    if (log_queries)
        line.add_unless_empty("q", what.notes->query);
    if (left_out > 0)
        line.add({"left_out", left_out});
    log.write(level, "request", line.get());
}

std::optional<std::uint64_t> access_sampler::admit(int status, std::chrono::steady_clock::time_point now,
                                                   bool is_crowded)
{
    constexpr std::uint64_t refusals_a_second = 100, one_of_refusals = 100, one_of_others = 10;
    if (now - second_begun_ >= std::chrono::seconds{1}) {
        second_begun_ = now;
        refusals_ = others_ = 0;
    }
    bool const is_refusal = status == 503 || status == 429;
    auto const number = is_refusal ? ++refusals_ : ++others_;
    bool const is_written = is_refusal ? number <= refusals_a_second || number % one_of_refusals == 0
                                       : !is_crowded || number % one_of_others == 0;
    auto const all = left_out();
    if (!is_written) {
        left_out_.store(all + 1, std::memory_order_relaxed);
        return std::nullopt;
    }
    return all - std::exchange(told_, all);
}

} // namespace bridgewatch::observe
