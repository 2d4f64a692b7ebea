#pragma once

#include "test/integration/search_dice.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace bridgewatch::test {

/// What a writer of the audit log may do, at random. It changes rows of its own only, so that writers never wait for
/// each other on the log's tables; sessions and cells of counts they share.
class log_changes {
  public:
    log_changes(unsigned writer, std::uint64_t seed) : writer_{writer}, random_{seed} {}

    /// A script of whole transactions.
    [[nodiscard]] std::string next();

    /// A transaction's beginning and its end, to be sent apart.
    [[nodiscard]] std::string long_begin();
    [[nodiscard]] std::string long_end();

  private:
    [[nodiscard]] std::string any_change();
    [[nodiscard]] std::string several_changes();
    [[nodiscard]] std::string insertion(bool ended);
    [[nodiscard]] std::string insertion_with_prompts();
    [[nodiscard]] std::string end_one();
    [[nodiscard]] std::string prompt();
    [[nodiscard]] std::string change_of_prompts();
    [[nodiscard]] std::string update();
    [[nodiscard]] std::string removal_in_one();
    [[nodiscard]] std::string removal_apart();
    [[nodiscard]] std::string repeatable_read();

    [[nodiscard]] std::string new_id();
    [[nodiscard]] std::string some_id();
    [[nodiscard]] std::string some_time();

    unsigned writer_;
    search::dice random_;
    unsigned number_ = 0;
    std::vector<std::string> ids_, in_flight_;
};

/// Deletes as retention does, whoever's the rows are: a stretch of time, interceptions and prompts in one transaction
/// or each in its own. It leaves out what a writer has locked, since two that wait for each other's rows are no fault
/// of what is tested.
[[nodiscard]] std::string retention(search::dice& random);

} // namespace bridgewatch::test
