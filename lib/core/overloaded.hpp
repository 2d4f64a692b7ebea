#pragma once

namespace bridgewatch::core {

/// Handlers of a std::variant's alternatives as one, for std::visit.
template <class... Handlers>
struct overloaded : Handlers... {
    using Handlers::operator()...;
};

} // namespace bridgewatch::core
