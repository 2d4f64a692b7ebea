#pragma once

#include "lib/http/server.hpp"
#include "lib/observe/otlp_exporter.hpp"

#include <cstdint>
#include <memory>
#include <random>

namespace bridgewatch::observe {

/// Which requests of a loop are traced, and what becomes of their spans. Its loop only.
class tracer {
  public:
    /// @param share of requests without a caller's decision that are sampled, 0 to 1. A caller's `traceparent` decides
    ///              for its own (W3C Trace Context, "sampled flag").
    /// @param to    where spans go; null where they only go into SQL comments
    tracer(double share, std::uint64_t seed, std::shared_ptr<otlp_exporter> to);

    /// Gives the request its place in the caller's trace, or a new one.
    void begin(http::request const& request, http::request_notes& notes);
    /// Hands the spans of a sampled request on.
    void end(http::access_event const& what);

  private:
    template <std::size_t Length>
    void fill(std::array<char, Length>& id);

    double share_;
    std::mt19937_64 random_; ///< ids are to be unlike, not secret
    std::shared_ptr<otlp_exporter> to_;
};

} // namespace bridgewatch::observe
