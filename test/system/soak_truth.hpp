#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bridgewatch::test::soak {

/// Every interception that nobody changes started before this.
inline constexpr std::string_view end_of_the_past = "2026-01-01T00:00:00Z";

/// A search of the past, and what plain SQL finds for it.
struct known_search {
    std::string query;
    std::vector<std::string> ids; ///< in list order
};

/// What plain SQL on the base tables says of the part of the log that nobody changes any more. Read once, before the
/// first fault; afterwards any thread may look.
class truth {
  public:
    /// @param conninfo of the superuser
    explicit truth(std::string const& conninfo);

    /// Completed interceptions in list order, as the API writes them.
    [[nodiscard]] std::vector<boost::json::object> const& rows() const { return rows_; }

    /// Null where there is none of that id.
    [[nodiscard]] boost::json::object const* row(std::string_view id) const;

    /// In list order: the fields that the list and the page of one session have in common.
    [[nodiscard]] std::vector<boost::json::object> const& sessions() const { return sessions_; }

    /// Ids of a session's threads, oldest first. @param place in sessions()
    [[nodiscard]] boost::json::array const& threads(std::size_t place) const { return threads_[place]; }

    [[nodiscard]] std::vector<known_search> const& searches() const { return searches_; }

    [[nodiscard]] std::vector<std::string> const& models() const { return models_; }

    [[nodiscard]] std::vector<std::string> const& clients() const { return clients_; }

  private:
    std::vector<boost::json::object> rows_, sessions_;
    std::map<std::string, std::size_t, std::less<>> places_;
    std::vector<boost::json::array> threads_;
    std::vector<known_search> searches_;
    std::vector<std::string> models_, clients_;
};

} // namespace bridgewatch::test::soak
