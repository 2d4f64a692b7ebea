#include "app/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <utility>

namespace bridgewatch::app {

progress::progress(std::string what, std::uint64_t total)
    : what_{std::move(what)}, total_{std::max<std::uint64_t>(total, 1)}, terminal_{::isatty(STDERR_FILENO) == 1}
{
    if (terminal_)
        draw_bar(0);
}

progress::~progress()
{
    if (drawn_)
        std::cerr << "\n";
}

void progress::update(std::uint64_t done)
{
    std::uint64_t const parts = terminal_ ? 100 : 4;
    auto const reached = std::min(done, total_) * parts / total_;
    if (reached == shown_)
        return;
    shown_ = reached;
    if (terminal_)
        draw_bar(done);
    else
        std::cerr << what_ << ": " << reached * 100 / parts << " %\n";
}

void progress::draw_bar(std::uint64_t done)
{
    constexpr std::uint64_t width = 40;
    auto const full = static_cast<std::size_t>(std::min(done, total_) * width / total_);
    std::cerr << '\r' << what_ << " [" << std::string(full, '#') << std::string(width - full, ' ') << "] " << shown_
              << " %" << std::flush;
    drawn_ = true;
}

} // namespace bridgewatch::app
