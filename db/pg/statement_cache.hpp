#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace bridgewatch::pg {

/// Which statements one connection keeps prepared: text → name, least recently used out first. Knows nothing of libpq.
class statement_cache {
  public:
    explicit statement_cache(std::size_t capacity) : capacity_{capacity} {}

    struct placement {
        std::string name;
        bool must_prepare = false;
        std::string evicted; ///< name to deallocate before; empty for none
    };

    /// Statements placed from here on stand in one pipeline and do not evict each other.
    void begin_batch() { ++batch_; }

    /// Where the statement `key` is found on the connection. Empty: send it unprepared, because all places are taken by
    /// statements of the same batch, or because its Prepare stands in another error scope and may yet be skipped.
    [[nodiscard]] std::optional<placement> place(std::string const& key, std::size_t scope);

    /// The server has answered the Prepare of `name`; one that failed or was skipped is forgotten.
    void settle(std::string_view name, bool prepared);

    [[nodiscard]] std::size_t size() const { return entries_.size(); }

  private:
    struct entry {
        std::string key, name;
        std::uint64_t batch = 0; ///< last used in
        std::size_t scope = 0;   ///< of its Prepare, as long as that is unanswered
        bool confirmed = false;
    };

    using position = std::list<entry>::iterator;

    std::size_t capacity_;
    std::uint64_t batch_ = 0, names_ = 0;
    std::list<entry> entries_; ///< most recently used first
    std::unordered_map<std::string_view, position> by_key_,
        by_name_; ///< views into the entries, whose places are stable
};

} // namespace bridgewatch::pg
