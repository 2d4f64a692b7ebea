#pragma once

#include "db/pg/batch.hpp"
#include "db/pg/exchange.hpp"
#include "db/pg/statement_cache.hpp"

#include <string>
#include <vector>

struct pg_conn;

/// From steps to libpq's calls. Internal to this folder.
namespace bridgewatch::pg {

constexpr int binary_format = 1;

/// Parameters as libpq wants them: parallel arrays. Points into the parameters, which must outlive it.
class bound_parameters {
  public:
    explicit bound_parameters(std::vector<parameter> const& parameters);

    [[nodiscard]] int count() const { return static_cast<int>(values_.size()); }

    [[nodiscard]] unsigned const* types() const { return types_.data(); }

    [[nodiscard]] char const* const* values() const { return values_.data(); }

    /// Of binary values; libpq does not look at those of texts.
    [[nodiscard]] int const* lengths() const { return lengths_.data(); }

    /// 1 for binary.
    [[nodiscard]] int const* formats() const { return formats_.data(); }

    /// False where a text holds a NUL byte: text format ends there, and the rest would be lost in silence.
    [[nodiscard]] bool sendable() const { return sendable_; }

  private:
    std::vector<unsigned> types_;
    std::vector<char const*> values_;
    std::vector<int> lengths_, formats_;
    bool sendable_ = true;
};

/// One call to libpq that will be answered by results: the step's own statement, its Prepare, a DEALLOCATE, a Sync.
struct outgoing {
    command what;
    step const* source = nullptr; ///< of prepare and query
    std::string text;             ///< of housekeeping
};

/// Lays out a pipeline: what must be prepared first, what is evicted for it (in a scope of its own, so that a failure
/// there takes no statement along), and where the Syncs stand. Points into `steps`.
/// @param cache        null where nothing may be prepared.
/// @param grows_buffer asks for a long message first, which makes libpq's buffer for what it reads grow from 16 KiB to
///                     256 KiB, for good (pqCheckInBufferSpace in its source). Nothing else does. An answer is then
///                     read by fewer calls: a page of 25 takes this process 6 % less CPU, one of 100 takes 10 % less.
[[nodiscard]] std::vector<outgoing> lay_out(batch const& steps, statement_cache* cache, bool grows_buffer = false);

/// Queues one command in libpq's buffer. False where libpq refuses.
[[nodiscard]] bool send(pg_conn* connection, outgoing const& one);

} // namespace bridgewatch::pg
