#include "grammar/limits.hpp"
#include "lib/api/openapi_parts.hpp"

#include <utility>

// What can be asked for. Limits are those of page_parameters and session_parameters; a test compares them.
namespace bridgewatch::api::openapi {
namespace {

object parameter(std::string_view in, std::string_view name, std::string_view about, object schema)
{
    object out{{"name", name}, {"in", in}, {"description", about}, {"schema", std::move(schema)}};
    if (in == "path")
        out.emplace("required", true);
    return out;
}

object query(std::string_view name, std::string_view about, object schema)
{
    return parameter("query", name, about, std::move(schema));
}

object search(std::string_view about, std::string_view example)
{
    auto out = query("q", about, {{"type", "string"}, {"maxLength", grammar::limits::query_bytes}, {"default", ""}});
    out.emplace("example", example);
    return out;
}

object whole_number(int from, int to, int absent)
{
    return {{"type", "integer"}, {"format", "int32"}, {"minimum", from}, {"maximum", to}, {"default", absent}};
}

object uuid()
{
    return {{"type", "string"}, {"format", "uuid"}};
}

object count()
{
    return query("count",
                 "How `count` of the answer is found: `exact`, `capped` (counting stops at a cap, which is then told "
                 "by `count_cap`), or `none` (not at all; it is -1). An exact count that takes too long becomes a "
                 "capped one.",
                 {{"type", "string"}, {"enum", {"exact", "capped", "none"}}, {"default", "exact"}});
}

void add_paging(object& to)
{
    to.emplace("Limit",
               query("limit", "How many there may be on the page; 0 stands for 100.", whole_number(0, 1000, 100)));
    to.emplace("Offset",
               query("offset", "How many to pass over. Its cost grows with it.", whole_number(0, 2147483647, 0)));
    to.emplace("Count", count());
    to.emplace("AfterId", query("after_id",
                                "Continues after this interception. Not together with `offset`; the nil UUID counts as "
                                "absent.",
                                uuid()));
    to.emplace("AfterSessionId", query("after_session_id", "Continues after this session. Not together with `offset`.",
                                       {{"type", "string"}}));
    to.emplace("AfterInitiatorId", query("after_initiator_id",
                                         "Says which session `after_session_id` means, where initiators share its id; "
                                         "without it, the last of them in the list.",
                                         uuid()));
    to.emplace("AfterLastActiveAt",
               query("after_last_active_at", "Where the session of `after_session_id` stood when it was listed.",
                     {{"type", "string"}, {"format", "date-time"}}));
}

void add_search(object& to)
{
    to.emplace("InterceptionQuery", search("What to find, in the search language. Words without a key are a user.",
                                           "provider:anthropic model:claude-* input_tokens:>1000"));
    to.emplace("SessionQuery",
               search("What to find, in the search language. Each word needs a key.", "initiator:alice tool:bash"));
    to.emplace("ModelPrefix", search("What models start with, alone or as `model:…`.", "claude"));
    to.emplace("ClientPrefix", search("What clients start with, alone or as `client:…`.", "Cur"));
}

void add_threads(object& to)
{
    to.emplace("AfterThreadId", query("after_id", "Continues with the threads that are newer than this one.", uuid()));
    to.emplace(
        "BeforeThreadId",
        query("before_id", "Continues with the threads just before this one. Not together with `after_id`.", uuid()));
    to.emplace("ThreadLimit", query("limit", "How many threads there may be.", whole_number(1, 200, 50)));
    to.emplace("InitiatorId",
               query("initiator_id", "Says which session is meant, where initiators share its id.", uuid()));
}

} // namespace

object parameters()
{
    object out;
    out.emplace("Id", parameter("path", "id", "Of the interception.", uuid()));
    out.emplace("SessionId",
                parameter("path", "session_id", "Percent-encoded: it may hold any text, slashes and spaces included.",
                          {{"type", "string"}, {"minLength", 1}}));
    out.emplace("RequestId",
                parameter("header", "X-Request-Id",
                          "A name for this request, which the answer and the log repeat. Any other is replaced.",
                          {{"type", "string"}, {"pattern", "^[!-~]{1,128}$"}}));
    out.emplace("RequestTimeout",
                parameter("header", "Request-Timeout",
                          "Seconds after which the answer is of no use any more, and no work is done for it; the "
                          "server's own limit may be shorter.",
                          {{"type", "number"}, {"exclusiveMinimum", 0}}));
    add_search(out);
    add_paging(out);
    add_threads(out);
    return out;
}

} // namespace bridgewatch::api::openapi
