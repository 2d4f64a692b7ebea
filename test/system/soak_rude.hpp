#pragma once

#include "test/system/soak_client.hpp"

#include <functional>
#include <string>

namespace bridgewatch::test::soak {

/// Asks for a page of several slices and reads it a little at a time, to its end.
/// @param number makes its request's id a new one
void read_slowly(known const& about, unsigned number);

/// Asks for something and goes away: before the answer, in the middle of it, or in the middle of the question; with a
/// reset or without.
void go_away(known const& about, unsigned number);

/// Opens connections and says nothing on them, until it is told to stop.
class silent_crowd {
  public:
    silent_crowd(std::string const& address, std::size_t size);
    silent_crowd(silent_crowd const&) = delete;
    silent_crowd& operator=(silent_crowd const&) = delete;
    ~silent_crowd();

  private:
    std::vector<int> sockets_;
};

} // namespace bridgewatch::test::soak
