#include "db/sql/session_rows.hpp"
#include "test/support/golden_sql.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <vector>

namespace {

namespace bdata = boost::unit_test::data;
using namespace bridgewatch;

/// What a golden file asks.
struct asked {
    grammar::filter where;
    sql::visibility who;
    schema::shape shape = schema::newest_shape();
    std::optional<sql::session_position> after;
    sql::walk_bounds walk;
    std::optional<grammar::sys_micro> since;
    std::int64_t limit = 0, offset = 0, cap = 0;
    std::string session_id;
    std::optional<grammar::uuid> initiator;
    std::vector<sql::session_position> which;

    [[nodiscard]] sql::session_search search() const
    {
        return {.where = where, .who = who, .database = shape, .after = after};
    }
};

/// `time initiator session`; a session's id may hold spaces.
sql::session_position position_of(std::string const& text)
{
    std::istringstream in{text};
    std::string time, initiator, session;
    std::getline(in >> time >> initiator >> std::ws, session);
    return {.last_active_at = grammar::parse_rfc3339(time).value().floor,
            .session_id = session,
            .initiator_id = grammar::parse_uuid(initiator).value()};
}

asked read_question(test::golden_file const& golden)
{
    test::golden_bounds const bounds{golden["bounds"]};
    bounds.require_only({"only", "schema", "after", "wanted", "budget", "by_initiator", "since", "limit", "offset",
                         "cap", "session", "initiator", "first", "second"});
    asked out{.where = test::sessions_where(golden["query"]),
              .who = {.only_initiator = bounds.id("only")},
              .after = {},
              .walk = {.wanted = bounds.number("wanted"),
                       .budget = bounds.number("budget"),
                       .by_initiator = bounds.has("by_initiator")},
              .since = bounds.time("since"),
              .limit = bounds.number("limit"),
              .offset = bounds.number("offset"),
              .cap = bounds.number("cap"),
              .session_id = bounds.text("session"),
              .initiator = bounds.id("initiator"),
              .which = {}};
    if (bounds.has("schema"))
        out.shape = {};
    if (bounds.has("after"))
        out.after = position_of(bounds.text("after"));
    for (auto const* word : {"first", "second"})
        if (bounds.has(word))
            out.which.push_back(position_of(bounds.text(word)));
    return out;
}

sql::statement position(asked const& q, sql::of_several which)
{
    return sql::position_of_session(q.search(), q.session_id, q.initiator, which);
}

struct named_statement {
    std::string_view name;
    sql::statement (*make)(asked const& question);
};

constexpr named_statement statements[] = {
    {"walk_of_prompts", [](asked const& q) { return sql::walk_of_prompts(q.search(), q.walk); }},
    {"prompts_beyond", [](asked const& q) { return sql::prompts_beyond(q.search(), q.walk); }},
    {"walk_of_interceptions", [](asked const& q) { return sql::walk_of_interceptions(q.search(), q.walk, q.since); }},
    {"interceptions_beyond", [](asked const& q) { return sql::interceptions_beyond(q.search(), q.walk, q.since); }},
    {"grouped_sessions", [](asked const& q) { return sql::grouped_sessions(q.search(), q.limit, q.offset); }},
    {"ordered_sessions", [](asked const& q) { return sql::ordered_sessions(q.which); }},
    {"most_recent_of_session", [](asked const& q) { return position(q, sql::of_several::most_recent); }},
    {"last_of_session", [](asked const& q) { return position(q, sql::of_several::last); }},
    {"exact_count", [](asked const& q) { return sql::count_of_sessions(q.search(), {}); }},
    {"capped_count", [](asked const& q) { return sql::count_of_sessions(q.search(), q.cap); }},
    {"estimate_of_matching", [](asked const& q) { return sql::estimate_of_matching(q.search()); }},
    {"estimate_of_interceptions", [](asked const&) { return sql::estimate_of_interceptions(); }},
    {"estimate_of_newest_prompt", [](asked const&) { return sql::estimate_of_newest_prompt(); }},
    {"estimate_of_prompts_since",
     [](asked const& q) { return sql::estimate_of_prompts_since(q.search(), q.since.value()); }},
    {"rows_of_sessions", [](asked const& q) { return sql::rows_of_sessions(q.search(), q.which); }},
};

struct same_text_case {
    std::string_view name, harmless, hostile;
};

std::ostream& operator<<(std::ostream& out, same_text_case const& c)
{
    return out << c.name;
}

same_text_case const same_text_cases[] = {
    {"text", "provider:openai", R"(provider:"'; DROP TABLE users; --")"},
    {"parameter's sign", "model:a,b", R"(model:"$1",$2)"},
    {"one value and several", "model:a", "model:a model:b,c"},
    {"client and its absence", "client:Cursor", "client:Unknown"},
    {"wildcards", "model:a*,b", R"(model:%_*,*'*,"'",\)"},
    {"a user", "initiator:me", "initiator:11111111-2222-3333-4444-555555555555"},
    {"users", "initiator:me initiator:11111111-2222-3333-4444-555555555555",
     "initiator:me initiator:11111111-2222-3333-4444-555555555555,22222222-2222-3333-4444-555555555555"},
    {"session", "session_id:a", R"(session_id:"a' OR true --")"},
    {"texts in an OR", "prompt:a OR thinking:b", R"(prompt:"$9" OR thinking:"\'/*")"},
    {"text anywhere", "text:a", R"(text:"'; COMMIT; --")"},
    {"tool call", "tool(name:a error:b -input:c)", R"q(tool(name:"'",x error:"%" -input:"');--"))q"},
    {"metadata", "metadata.a:x", R"(metadata.a'b.\.--:5,true,"}'")"},
    {"time", "started:>=2026-01-01", R"(started:>="0000-01-01T00:00:00Z")"},
};

sql::session_position const harmless_position{.last_active_at = {}, .session_id = "s", .initiator_id = {}};
sql::session_position const hostile_position{.last_active_at = grammar::sys_micro::max(),
                                             .session_id = R"('"{},\ $1 ; -- )",
                                             .initiator_id =
                                                 grammar::parse_uuid("ffffffffffffffffffffffffffffffff").value()};

asked question_of(std::string_view query, sql::session_position const& position)
{
    return {.where = test::sessions_where(std::string{query}),
            .who = {},
            .after = position,
            .walk = {.wanted = 5, .budget = 1000},
            .since = position.last_active_at,
            .limit = 5,
            .offset = 3,
            .cap = 100,
            .session_id = position.session_id,
            .initiator = position.initiator_id,
            .which = {position, position}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(sql_sessions)

BOOST_DATA_TEST_CASE(statement_is_as_agreed, bdata::make(test::golden_files("sessions")), file)
{
    test::golden_file golden{file};
    test::expect_statements(golden, statements, read_question(golden));
}

BOOST_AUTO_TEST_CASE(each_statement_is_in_a_file)
{
    test::expect_each_in_a_file(statements, "sessions");
}

BOOST_DATA_TEST_CASE(values_never_change_the_text, bdata::make(same_text_cases), c)
{
    auto const harmless = question_of(c.harmless, harmless_position);
    auto const hostile = question_of(c.hostile, hostile_position);
    for (auto const& one : statements)
        BOOST_TEST(one.make(harmless).text() == one.make(hostile).text(), one.name);
}

BOOST_AUTO_TEST_CASE(bounds_never_change_the_text)
{
    auto const small = question_of("initiator:me", harmless_position);
    auto large = question_of("initiator:me", harmless_position);
    large.limit = large.offset = large.cap = large.walk.wanted = large.walk.budget = INT32_MAX;
    large.which.resize(1000);
    for (auto const& one : statements)
        BOOST_TEST(one.make(small).text() == one.make(large).text(), one.name);
}

struct shape_case {
    char const* name;
    bool client_session_id, thread_root_id, session_id;
    std::string_view session, threads;
};

std::ostream& operator<<(std::ostream& out, shape_case const& c)
{
    return out << c.name;
}

shape_case const shape_cases[] = {
    {"generated column", true, true, true, "i.session_id", "i.thread_root_id IS NULL"},
    {"what it is generated from", true, true, false,
     "coalesce(i.client_session_id, i.thread_root_id::text, i.id::text)", "i.thread_root_id IS NULL"},
    {"clients' sessions only", true, false, false, "coalesce(i.client_session_id, i.id::text)", "true"},
    {"threads only", false, true, false, "coalesce(i.thread_root_id, i.id)::text", "i.thread_root_id IS NULL"},
    {"neither", false, false, false, "i.id::text", "true"},
};

BOOST_DATA_TEST_CASE(older_schemas_group_by_what_they_have, bdata::make(shape_cases), c)
{
    auto question = question_of("provider:a", harmless_position);
    question.shape.interceptions.client_session_id = c.client_session_id;
    question.shape.interceptions.thread_root_id = c.thread_root_id;
    question.shape.interceptions.session_id = c.session_id;
    BOOST_TEST(sql::count_of_sessions(question.search(), {}).text() ==
               "SELECT count(*) FROM (SELECT m.session_id, m.initiator_id FROM (SELECT i.id, " +
                   std::string{c.session} +
                   " AS session_id, i.initiator_id, i.started_at FROM aibridge_interceptions AS i JOIN visible_users "
                   "AS v ON v.id = i.initiator_id WHERE i.ended_at IS NOT NULL AND i.provider = ANY($1)) AS m GROUP BY "
                   "m.session_id, m.initiator_id) AS s");
    auto const rows = sql::rows_of_sessions(question.search(), question.which).text();
    BOOST_TEST((rows.find("WHERE " + std::string{c.session} + " = k.session_id") != std::string::npos), rows);
    BOOST_TEST((rows.find("count(*) FILTER (WHERE " + std::string{c.threads} + ") AS threads") != std::string::npos),
               rows);
}

BOOST_AUTO_TEST_SUITE_END()
