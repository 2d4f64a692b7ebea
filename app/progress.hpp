#pragma once

#include <cstdint>
#include <string>

namespace bridgewatch::app {

/// How far a long piece of work has come, on stderr: one line that is written over and over on a terminal, a line for
/// every quarter elsewhere.
class progress {
  public:
    progress(std::string what, std::uint64_t total);
    progress(progress const&) = delete;
    progress& operator=(progress const&) = delete;
    ~progress(); ///< ends the line

    void update(std::uint64_t done);

  private:
    void draw_bar(std::uint64_t done);
    std::string what_;
    std::uint64_t total_;
    std::uint64_t shown_ = 0; ///< per cent on a terminal, quarters elsewhere
    bool terminal_;
    bool drawn_ = false;
};

} // namespace bridgewatch::app
