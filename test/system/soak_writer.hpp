#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <thread>

namespace bridgewatch::test::soak {

/// Writes the log's present as an AI Bridge does: interceptions begin, get children, end; old ones are deleted. Where
/// the database fails it, it connects again. Its rows have the model and the client "soak".
class writer {
  public:
    explicit writer(std::string conninfo);
    writer(writer const&) = delete;
    writer& operator=(writer const&) = delete;
    ~writer();

    /// How many interceptions may be there from it: an upper bound, raised before they are.
    [[nodiscard]] std::atomic<std::size_t> const& written() const { return written_; }

    /// Transactions that have been committed.
    [[nodiscard]] std::size_t changes() const { return changes_; }

  private:
    void write_on();

    std::string conninfo_;
    std::atomic<bool> stopped_ = false;
    std::atomic<std::size_t> written_ = 0, changes_ = 0;
    std::jthread thread_; ///< last, so that it ends first
};

} // namespace bridgewatch::test::soak
