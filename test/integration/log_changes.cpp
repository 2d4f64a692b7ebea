#include "test/integration/log_changes.hpp"

#include "test/support/contract_database.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bridgewatch::test {

std::string log_changes::next()
{
    switch (random_.below(12)) {
    case 0:
        return "BEGIN;" + several_changes() + "ROLLBACK";
    case 1:
        return "BEGIN;" + any_change() + "SAVEPOINT a;" + several_changes() + "ROLLBACK TO a;" + any_change() +
               "SAVEPOINT b;" + any_change() + "RELEASE b;COMMIT";
    case 2:
        return repeatable_read();
    case 3:
        return removal_apart();
    case 4:
        return "BEGIN;" + several_changes() + "COMMIT";
    default:
        return any_change();
    }
}

std::string log_changes::long_begin()
{
    return "BEGIN;" + several_changes() + insertion(true);
}

std::string log_changes::long_end()
{
    return several_changes() + (random_.one_in(3) ? "ROLLBACK" : "COMMIT");
}

std::string log_changes::any_change()
{
    switch (random_.below(14)) {
    case 0:
    case 1:
    case 2:
        return insertion(false);
    case 3:
        return insertion(true);
    case 4:
        return insertion_with_prompts();
    case 5:
    case 6:
        return end_one();
    case 7:
    case 8:
        return prompt();
    case 9:
        return change_of_prompts();
    case 10:
        return removal_in_one();
    default:
        return update();
    }
}

std::string log_changes::several_changes()
{
    std::string out;
    for (std::size_t left = 1 + random_.below(5); left > 0; --left)
        out += any_change();
    return out;
}

std::string log_changes::insertion(bool ended)
{
    auto const id = new_id();
    if (!ended)
        in_flight_.push_back(id);
    auto const session = random_.one_in(4) ? "NULL" : fmt::format("'s{}'", random_.below(60));
    auto const root = random_.one_in(3) ? "'" + some_id() + "'" : "NULL";
    return fmt::format(
        "INSERT INTO aibridge_interceptions (id, initiator_id, provider, provider_name, model, client, "
        "client_session_id, thread_root_id, started_at, ended_at) VALUES ('{}', '{}', '{}', '{}', '{}', "
        "{}, {}, {}, {}, {});",
        id, contract_database::id(random_.pick({1U, 2U, 3U, 777U})), random_.pick({"openai", "anthropic"}),
        random_.pick({"", "a", "b"}), random_.pick({"gpt-5", "o3", "claude"}),
        random_.pick({"'Cursor'", "'Zed'", "'Unknown'", "NULL"}), session, root, some_time(), ended ? "now()" : "NULL");
}

/// In this order, as rows of several tables may come.
std::string log_changes::insertion_with_prompts()
{
    auto const row = insertion(true);
    auto const before = fmt::format("INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, "
                                    "prompt, created_at) VALUES (gen_random_uuid(), '{}', 'r', 'hi', {});",
                                    ids_.back(), some_time());
    return before + row + prompt();
}

std::string log_changes::end_one()
{
    if (in_flight_.empty())
        return insertion(true);
    auto const at = random_.below(in_flight_.size());
    auto const id = in_flight_[at];
    in_flight_.erase(in_flight_.begin() + static_cast<std::ptrdiff_t>(at));
    return fmt::format("UPDATE aibridge_interceptions SET ended_at = now() WHERE id = '{}' AND ended_at IS NULL;", id);
}

std::string log_changes::prompt()
{
    auto const& id = !in_flight_.empty() && random_.one_in(2) ? random_.pick(in_flight_) : some_id();
    return fmt::format("INSERT INTO aibridge_user_prompts (id, interception_id, provider_response_id, prompt, "
                       "created_at) VALUES (gen_random_uuid(), '{}', 'r', 'hi', {});",
                       id, some_time());
}

std::string log_changes::change_of_prompts()
{
    auto const id = some_id();
    switch (random_.below(4)) {
    case 0:
        return fmt::format("UPDATE aibridge_user_prompts SET created_at = {} WHERE interception_id = '{}';",
                           some_time(), id);
    case 1:
        return fmt::format("UPDATE aibridge_user_prompts SET interception_id = '{}' WHERE interception_id = '{}';",
                           some_id(), id);
    case 2:
        return fmt::format("UPDATE aibridge_user_prompts SET prompt = 'again' WHERE interception_id = '{}';", id);
    default:
        return fmt::format("DELETE FROM aibridge_user_prompts WHERE interception_id = '{}';", id);
    }
}

/// Of what is completed, mostly.
std::string log_changes::update()
{
    auto const one = [this](std::string const& set) {
        return "UPDATE aibridge_interceptions SET " + set + " WHERE id = '" + some_id() + "';";
    };
    switch (random_.below(9)) {
    case 0:
        return one(fmt::format("provider = '{}'", random_.pick({"openai", "anthropic"})));
    case 1:
        return one(fmt::format("model = '{}', client = NULL", random_.pick({"gpt-5", "o3"})));
    case 2:
        return one(fmt::format("provider_name = '{}'", random_.pick({"", "a"})));
    case 3:
        return one("started_at = " + some_time());
    case 4:
        return one(fmt::format("client_session_id = 's{}'", random_.below(60)));
    case 5:
        return one("client_session_id = NULL, thread_root_id = '" + some_id() + "'");
    case 6:
        return one("ended_at = NULL");
    case 7:
        return one("ended_at = now(), annotations = '{\"a\": 1}'");
    default:
        return one("initiator_id = '" + contract_database::id(random_.pick({1U, 2U})) + "'");
    }
}

std::string log_changes::removal_in_one()
{
    auto const id = some_id();
    return fmt::format("DELETE FROM aibridge_user_prompts WHERE interception_id = '{0}';"
                       "DELETE FROM aibridge_interceptions WHERE id = '{0}';",
                       id);
}

std::string log_changes::removal_apart()
{
    auto const id = some_id();
    auto const row = "DELETE FROM aibridge_interceptions WHERE id = '" + id + "'";
    auto const prompts = "DELETE FROM aibridge_user_prompts WHERE interception_id = '" + id + "'";
    bool const row_first = random_.one_in(2);
    return "BEGIN;" + (row_first ? row : prompts) + ";COMMIT;BEGIN;" + (row_first ? prompts : row) + ";COMMIT";
}

/// Only of rows that nobody else can see yet: others may not make it fail.
std::string log_changes::repeatable_read()
{
    auto const row = insertion(false);
    auto const id = in_flight_.back();
    in_flight_.pop_back();
    return fmt::format("BEGIN ISOLATION LEVEL REPEATABLE READ;SELECT count(*) FROM aibridge_interceptions;{}{}UPDATE "
                       "aibridge_interceptions SET ended_at = now() WHERE id = '{}';COMMIT",
                       row, insertion(true), id);
}

std::string log_changes::new_id()
{
    ids_.push_back(fmt::format("{:08}-0000-4000-8000-{:012}", writer_, ++number_));
    return ids_.back();
}

/// Of its own, one of the last more often. It may have been deleted or rolled back.
std::string log_changes::some_id()
{
    if (ids_.empty())
        return new_id();
    auto const among = random_.one_in(3) ? ids_.size() : std::min<std::size_t>(ids_.size(), 30);
    return ids_[ids_.size() - 1 - random_.below(among)];
}

/// Of the last two days, so that hours are open or summed up; times are shared by many rows.
std::string log_changes::some_time()
{
    if (random_.one_in(60))
        return random_.pick({"'-infinity'", "'infinity'", "'0044-03-15 12:00Z BC'", "now() + interval '3 h'"});
    return fmt::format("date_trunc('minute', now()) - interval '{} min'", random_.below(2'880));
}

std::string retention(search::dice& random)
{
    auto const hours = random.below(48);
    auto const stretch =
        fmt::format("started_at < now() - interval '{} h' AND started_at >= now() - interval '{} h'", hours, hours + 6);
    auto const of_stretch = "SELECT id FROM aibridge_interceptions WHERE " + stretch + " FOR UPDATE SKIP LOCKED";
    auto const delete_prompts = [](std::string_view condition) {
        return fmt::format("DELETE FROM aibridge_user_prompts WHERE id IN (SELECT p.id FROM aibridge_user_prompts AS p "
                           "WHERE {} FOR UPDATE SKIP LOCKED);",
                           condition);
    };
    if (random.one_in(2))
        return "BEGIN;DELETE FROM aibridge_interceptions WHERE id IN (" + of_stretch + ");COMMIT;BEGIN;" +
               delete_prompts("NOT EXISTS (SELECT FROM aibridge_interceptions AS i WHERE i.id = p.interception_id)") +
               "COMMIT";
    return "BEGIN;CREATE TEMP TABLE gone ON COMMIT DROP AS " + of_stretch + ";" +
           delete_prompts("p.interception_id IN (SELECT id FROM gone)") +
           "DELETE FROM aibridge_interceptions WHERE id IN (SELECT id FROM gone);COMMIT";
}

} // namespace bridgewatch::test
