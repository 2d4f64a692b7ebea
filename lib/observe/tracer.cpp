#include "lib/observe/tracer.hpp"

#include "lib/http/traceparent.hpp"
#include "lib/observe/metric_labels.hpp"

#include <algorithm>
#include <utility>

namespace bridgewatch::observe {

using std::chrono::steady_clock;
using std::chrono::system_clock;

tracer::tracer(double share, std::uint64_t seed, std::shared_ptr<otlp_exporter> to)
    : share_{share}, random_{seed}, to_{std::move(to)}
{
}

/// Digits from the generator; never all zeros, which no id may be.
template <std::size_t Length>
void tracer::fill(std::array<char, Length>& id)
{
    constexpr std::string_view digits = "0123456789abcdef";
    constexpr std::size_t in_number = 16;
    for (std::size_t at = 0; at < Length; at += in_number) {
        auto number = random_() | 1U;
        for (std::size_t i = 0; i < in_number; ++i, number >>= 4U)
            id[at + i] = digits[number & 15U];
    }
}

void tracer::begin(http::request const& request, http::request_notes& notes)
{
    auto& trace = notes.trace.emplace();
    fill(trace.span_id);
    auto const caller = request.traceparent;
    if (caller.empty()) {
        fill(trace.trace_id);
        trace.is_sampled = std::uniform_real_distribution<double>{}(random_) < share_;
        return;
    }
    std::ranges::copy(http::trace_id_of(caller), trace.trace_id.begin());
    std::ranges::copy(http::parent_id_of(caller), trace.parent_id.begin());
    trace.is_sampled = http::is_sampled(caller);
}

void tracer::end(http::access_event const& what)
{
    auto const& notes = *what.notes;
    if (!to_ || !notes.is_traced())
        return;
    auto const wall = system_clock::now();
    auto const steady = steady_clock::now();
    auto const known = what.what != nullptr ? method_label(what.what->method) : label::other_method;
    traced_request out{.trace = *notes.trace,
                       .method = known == label::other_method ? "_OTHER" : known, // as the conventions say

                       .route = notes.route,
                       .ended = what.ended,
                       .request_id = std::string{what.request_id},
                       .status = what.status,
                       .begun = wall - what.took,
                       .finished = wall,
                       .to_wall_clock = wall.time_since_epoch() -
                                        std::chrono::duration_cast<system_clock::duration>(steady.time_since_epoch()),
                       .stages = {notes.stages.begin(), notes.stages.end()},
                       .stage_ids = std::vector<std::array<char, 16>>(notes.stages.size()),
                       .stages_left_out = notes.stages_left_out};
    for (auto& id : out.stage_ids)
        fill(id);
    to_->add(std::move(out));
}

} // namespace bridgewatch::observe
