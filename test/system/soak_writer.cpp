#include "test/system/soak_writer.hpp"

#include "test/support/session.hpp"

#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <optional>
#include <utility>

namespace bridgewatch::test::soak {
namespace {

constexpr std::chrono::milliseconds between_changes{40};
constexpr std::chrono::milliseconds before_another_try{200};
constexpr unsigned sessions = 40;
constexpr unsigned kept_changes = 2000; ///< what is older is deleted

/// One interception with a child of each kind, in flight or done.
std::string begun(std::size_t number)
{
    auto const id = fmt::format("md5('soak {}')::uuid", number);
    return fmt::format(
        "BEGIN;"
        "INSERT INTO aibridge_interceptions (id, initiator_id, provider, provider_name, model, client, started_at, "
        "ended_at, client_session_id) SELECT {0}, id, 'openai', 'openai', 'soak', 'soak', clock_timestamp(), {1}, "
        "'soak {2}' FROM users WHERE username = 'alice';"
        "INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, created_at) VALUES "
        "(gen_random_uuid(), {0}, 'r', 'what goes on in number {3}', clock_timestamp());"
        "INSERT INTO aibridge_tool_usages (id, interception_id, provider_response_id, tool, input, created_at) VALUES "
        "(gen_random_uuid(), {0}, 'r', 'bash', 'true', clock_timestamp());"
        "INSERT INTO aibridge_token_usages (id, interception_id, provider_response_id, input_tokens, output_tokens, "
        "created_at) VALUES (gen_random_uuid(), {0}, 'r', {3}, 1, clock_timestamp());"
        "COMMIT",
        id, number % 4 == 0 ? "NULL" : "clock_timestamp()", number % sessions, number);
}

std::string ended(std::size_t number)
{
    return fmt::format("UPDATE aibridge_interceptions SET ended_at = clock_timestamp() WHERE ended_at IS NULL AND id = "
                       "md5('soak {}')::uuid",
                       number / 4 * 4);
}

std::string deleted(std::size_t number)
{
    std::string out = "BEGIN;";
    for (auto const* table : {"user_prompts", "tool_usages", "token_usages"})
        out += fmt::format("DELETE FROM aibridge_{} WHERE interception_id = md5('soak {}')::uuid;", table, number);
    return out + fmt::format("DELETE FROM aibridge_interceptions WHERE id = md5('soak {}')::uuid;COMMIT", number);
}

} // namespace

writer::writer(std::string conninfo) : conninfo_{std::move(conninfo)}, thread_{[this] { write_on(); }} {}

writer::~writer()
{
    stopped_ = true;
}

void writer::write_on()
{
    std::optional<pg::blocking_session> session;
    while (!stopped_) {
        try {
            if (!session)
                session.emplace(open_session(conninfo_));
            auto const number = ++written_;
            bool good = session->script(begun(number)).has_value();
            if (number % 3 == 0)
                good = good && session->script(ended(number)).has_value();
            if (number > kept_changes)
                good = good && session->script(deleted(number - kept_changes)).has_value();
            if (good)
                ++changes_;
            else
                session.reset(); // in a transaction that failed, or without a server
            std::this_thread::sleep_for(good ? between_changes : before_another_try);
        } catch (std::exception const&) {
            std::this_thread::sleep_for(before_another_try);
        }
    }
}

} // namespace bridgewatch::test::soak
