#include "db/sql/filter.hpp"

#include "db/sql/columns.hpp"
#include "db/sql/text_places.hpp"
#include "db/sql/values.hpp"

#include <algorithm>
#include <variant>

namespace bridgewatch::sql {
namespace {

/// Writes conditions as SQL that is true where they hold, and false or NULL elsewhere. In a WHERE the two are the same;
/// a complement asks IS NOT TRUE, and so is exact without a coalesce that would hide columns from their indexes.
class condition_writer {
  public:
    condition_writer(statement& out, schema::shape const& database) : out_{out}, database_{database} {}

    void write(grammar::node const& one) { std::visit(*this, one.value); }

    void operator()(grammar::all_of const& all)
    {
        if (all.nodes.empty())
            out_ << "true";
        else
            joined(all.nodes, " AND ");
    }

    void operator()(grammar::any_of const& any) { joined(any.nodes, " OR "); }

    void operator()(grammar::complement const& other)
    {
        auto const& of = other.of.front();
        if (is_exists(of)) { // never NULL
            out_ << "NOT ";
            is_fenced_ = true;
            write(of);
            is_fenced_ = false;
            return;
        }
        out_ << "(";
        write(of);
        out_ << ") IS NOT TRUE";
    }

    void operator()(grammar::text_is const& condition)
    {
        auto const column = column_of(condition.field);
        bool const is_client = condition.field == grammar::text_field::client;
        bool const several = is_client || (!condition.any_of.empty() && !condition.like.empty());
        open(several);
        one_of(column, condition.any_of, condition.like);
        if (is_client) {
            // coalesce(client, 'Unknown') would read the same and could not use the index on client.
            bool const wants_null =
                std::ranges::find(condition.any_of, unknown_client) != condition.any_of.end() ||
                std::ranges::any_of(condition.like, [](auto const& like) { return matches(like, unknown_client); });
            (out_ << " OR " << column << " IS NULL AND ").bind(wants_null);
        }
        close(several);
    }

    void operator()(grammar::initiator_is const& condition)
    {
        if (condition.any_of.size() == 1) { // an index on (initiator_id, started_at) has the list's order for one alone
            (out_ << "i.initiator_id = ").bind(condition.any_of.front().id.value());
            return;
        }
        std::vector<grammar::uuid> ids;
        ids.reserve(condition.any_of.size());
        for (auto const& user : condition.any_of)
            ids.push_back(user.id.value());
        (out_ << "i.initiator_id = ANY(").bind(ids) << ")";
    }

    void operator()(grammar::id_is const& condition)
    {
        bool const is_thread = condition.field == grammar::id_field::thread;
        open(is_thread);
        (out_ << "i.id = ANY(").bind(condition.any_of) << ")";
        if (is_thread)
            (out_ << " AND i.thread_root_id IS NULL OR i.thread_root_id = ANY(").bind(condition.any_of) << "))";
    }

    void operator()(grammar::time_within const& condition)
    {
        auto const column = column_of(condition.field);
        bool const both = condition.from && condition.before;
        open(both);
        if (condition.from)
            (out_ << column << " >= ").bind(*condition.from);
        out_ << (both ? literal{" AND "} : literal{""});
        if (condition.before)
            (out_ << column << " < ").bind(*condition.before);
        close(both);
    }

    void operator()(grammar::amount_is const& condition)
    {
        if (!condition.any_of.empty()) {
            amount(condition.of, [&] { (out_ << " = ANY(").bind(condition.any_of) << ")"; });
            return;
        }
        bool const both = condition.low && condition.high;
        open(both);
        if (condition.low)
            amount(condition.of, [&] {
                (out_ << (condition.low->inclusive ? literal{" >= "} : literal{" > "})).bind(condition.low->value);
            });
        out_ << (both ? literal{" AND "} : literal{""});
        if (condition.high)
            amount(condition.of, [&] {
                (out_ << (condition.high->inclusive ? literal{" <= "} : literal{" < "})).bind(condition.high->value);
            });
        close(both);
    }

    void operator()(grammar::text_holds const& condition)
    {
        auto const pattern = substring_pattern(condition.needle);
        switch (condition.in) {
        case grammar::text_place::prompt:
            return prompt_like(pattern);
        case grammar::text_place::thinking:
            return thought_like(pattern);
        case grammar::text_place::error_message:
            (out_ << "i.error_message ILIKE ").bind(pattern);
            return;
        case grammar::text_place::anywhere:
            break;
        }
        joined(places_of(condition, database_), " OR ");
    }

    void operator()(grammar::has_some const& condition)
    {
        switch (condition.what) {
        case grammar::presence::prompt:
            out_ << "EXISTS (SELECT 1 FROM aibridge_user_prompts AS p WHERE p.interception_id = i.id";
            break;
        case grammar::presence::tool:
            out_ << "EXISTS (SELECT 1 FROM aibridge_tool_usages AS c WHERE c.interception_id = i.id";
            break;
        case grammar::presence::error: // an empty one is shown as a null one is: no error
            out_ << "EXISTS (SELECT 1 FROM aibridge_tool_usages AS c WHERE c.interception_id = i.id AND "
                    "c.invocation_error <> ''";
            break;
        case grammar::presence::thinking:
            out_ << "EXISTS (SELECT 1 FROM aibridge_model_thoughts AS h WHERE h.interception_id = i.id";
            break;
        case grammar::presence::session:
            out_ << "i.client_session_id IS NOT NULL";
            return;
        }
        end_exists();
    }

    void operator()(grammar::is_in_state const& condition)
    {
        auto const& has = database_.interceptions;
        switch (condition.what) {
        case grammar::state::inflight:
            out_ << "i.ended_at IS NULL";
            break;
        case grammar::state::completed: // without the column every row counts as completed
            out_ << (has.ended_at ? literal{"i.ended_at IS NOT NULL"} : literal{"true"});
            break;
        case grammar::state::failed:
            if (has.error_type && has.error_message)
                out_ << "(i.error_type IS NOT NULL OR i.error_message IS NOT NULL)";
            else
                out_ << (has.error_type ? literal{"i.error_type IS NOT NULL"} : literal{"i.error_message IS NOT NULL"});
            break;
        }
    }

    void operator()(grammar::json_is const& condition)
    {
        auto objects = containing_objects(condition.path, condition.any_of);
        (out_ << column_of(condition.field) << " @> ANY(")
                .bind(pg::parameter{pg::type::jsonb_array, array_text(objects)})
            << ")";
    }

    void operator()(grammar::some_tool_call const& condition)
    {
        out_ << "EXISTS (SELECT 1 FROM aibridge_tool_usages AS c WHERE c.interception_id = i.id AND ";
        write(condition.that.front());
        end_exists();
    }

    void operator()(grammar::call_is const& condition)
    {
        bool const several = !condition.any_of.empty() && !condition.like.empty();
        open(several);
        one_of(column_of(condition.field), condition.any_of, condition.like);
        close(several);
    }

    void operator()(grammar::call_holds const& condition)
    {
        (out_ << column_of(condition.in) << " ILIKE ").bind(substring_pattern(condition.needle));
    }

    void operator()(grammar::call_injected const& condition)
    {
        (out_ << "c.injected = ANY(").bind(condition.any_of) << ")";
    }

  private:
    static constexpr std::string_view unknown_client = "Unknown";

    static bool is_exists(grammar::node const& one)
    {
        if (std::holds_alternative<grammar::some_tool_call>(one.value))
            return true;
        if (auto const* const has = std::get_if<grammar::has_some>(&one.value))
            return has->what != grammar::presence::session;
        auto const* const text = std::get_if<grammar::text_holds>(&one.value);
        return text != nullptr &&
               (text->in == grammar::text_place::prompt || text->in == grammar::text_place::thinking);
    }

    void joined(std::vector<grammar::node> const& nodes, literal by)
    {
        out_ << "(";
        for (auto const& one : nodes) {
            if (&one != nodes.data())
                out_ << by;
            write(one);
        }
        out_ << ")";
    }

    void one_of(literal column, std::vector<std::string> const& values, std::vector<std::string> const& patterns)
    {
        if (!values.empty())
            (out_ << column << " = ANY(").bind(values) << ")";
        if (patterns.empty())
            return;
        std::vector<std::string> like(patterns.size());
        std::ranges::transform(patterns, like.begin(), like_pattern);
        out_ << (values.empty() ? literal{""} : literal{" OR "});
        (out_ << column << " LIKE ANY(").bind(like) << ")";
    }

    void open(bool needed) { out_ << (needed ? literal{"("} : literal{""}); }

    void close(bool needed) { out_ << (needed ? literal{")"} : literal{""}); }

    void amount(grammar::amount of, auto const& compare)
    {
        if (of == grammar::amount::duration) // the difference of infinite times is an error before PostgreSQL 17
            out_ << "CASE WHEN isfinite(i.ended_at) AND isfinite(i.started_at) THEN (extract(epoch FROM i.ended_at - "
                    "i.started_at) * 1000000)::bigint END";
        else
            out_ << "coalesce((SELECT " << sum_of(of)
                 << " FROM aibridge_token_usages AS t WHERE t.interception_id = i.id), 0)";
        compare();
    }

    /// OFFSET 0 keeps the planner from making an anti-join of NOT EXISTS: it hashes the whole child table for a page
    /// that is full after a few rows, since most interceptions are without what is asked for.
    void end_exists() { out_ << (is_fenced_ ? literal{" OFFSET 0)"} : literal{")"}); }

    void prompt_like(std::string_view pattern)
    {
        out_ << "EXISTS (SELECT 1 FROM aibridge_user_prompts AS p WHERE p.interception_id = i.id AND p.prompt ILIKE ";
        out_.bind(pattern);
        end_exists();
    }

    void thought_like(std::string_view pattern)
    {
        out_
            << "EXISTS (SELECT 1 FROM aibridge_model_thoughts AS h WHERE h.interception_id = i.id AND h.content ILIKE ";
        out_.bind(pattern);
        end_exists();
    }

    statement& out_;
    schema::shape const& database_;
    bool is_fenced_ = false;
};

} // namespace

condition_list conditions_of(grammar::filter const& where)
{
    condition_list out;
    out.reserve(where.root.nodes.size());
    for (auto const& one : where.root.nodes)
        out.push_back(&one);
    return out;
}

grammar::time_within const* start_range(grammar::node const& one)
{
    auto const* const within = std::get_if<grammar::time_within>(&one.value);
    return within != nullptr && within->field == grammar::time_field::started ? within : nullptr;
}

void append_conditions(statement& out, condition_list const& conditions, schema::shape const& database)
{
    condition_writer writer{out, database};
    for (auto const* one : conditions) {
        out << " AND ";
        writer.write(*one);
    }
}

void append_row_conditions(statement& out, condition_list const& conditions, bool includes_inflight,
                           visibility const& who, schema::shape const& database)
{
    bool const completed_only = database.interceptions.ended_at && !includes_inflight;
    out << (completed_only ? literal{"i.ended_at IS NOT NULL"} : literal{"true"});
    if (who.only_initiator)
        (out << " AND i.initiator_id = ").bind(*who.only_initiator);
    append_conditions(out, conditions, database);
}

void append_matching(statement& out, condition_list const& conditions, bool includes_inflight, visibility const& who,
                     schema::shape const& database)
{
    out << "FROM aibridge_interceptions AS i JOIN visible_users AS v ON v.id = i.initiator_id WHERE ";
    append_row_conditions(out, conditions, includes_inflight, who, database);
}

} // namespace bridgewatch::sql
