#include "db/sql/rollup.hpp"

#include "db/sql/acceleration.hpp"
#include "db/sql/columns.hpp"
#include "db/sql/rollup_range.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace bridgewatch::sql {
namespace {

using grammar::sys_micro;
using grammar::text_field;

/// What a condition looks at, and whether the rollup has it.
struct field_finder {
    std::set<text_field>& fields;
    bool& asks_for_initiators;

    bool operator()(grammar::all_of const& all) const { return each(all.nodes); }

    bool operator()(grammar::any_of const& any) const { return each(any.nodes); }

    bool operator()(grammar::complement const& other) const { return each(other.of); }

    bool operator()(grammar::initiator_is const& /*who*/) const
    {
        asks_for_initiators = true;
        return true;
    }

    bool operator()(grammar::text_is const& text) const
    {
        fields.insert(text.field);
        return text.field == text_field::provider || text.field == text_field::provider_name ||
               text.field == text_field::model || text.field == text_field::client;
    }

    template <class Condition>
    bool operator()(Condition const& /*other*/) const
    {
        return false;
    }

    [[nodiscard]] bool each(std::vector<grammar::node> const& nodes) const
    {
        return std::ranges::all_of(nodes, [this](auto const& one) { return std::visit(*this, one.value); });
    }
};

/// A search, taken apart: ranges of the start, and the rest.
struct parts {
    time_span range;
    condition_list rest;
    condition_list inclusions;           ///< of the rest, all but those that leave initiators out
    std::vector<grammar::uuid> left_out; ///< who that is
    std::set<text_field> fields;
    bool asks_for_initiators = false; ///< somewhere in the inclusions
    bool names_initiators = false;    ///< one of the inclusions says which
    bool is_rolled_up = true;
};

grammar::initiator_is const* initiators_left_out(grammar::node const& one)
{
    auto const* const other = std::get_if<grammar::complement>(&one.value);
    return other == nullptr ? nullptr : std::get_if<grammar::initiator_is>(&other->of.front().value);
}

void take(grammar::node const& one, parts& out)
{
    if (auto const* const all = std::get_if<grammar::all_of>(&one.value)) {
        for (auto const& each : all->nodes)
            take(each, out);
        return;
    }
    if (auto const* const range = start_range(one)) {
        auto& [from, before] = out.range;
        if (range->from)
            from = from ? std::max(*from, *range->from) : *range->from;
        if (range->before)
            before = before ? std::min(*before, *range->before) : *range->before;
        return;
    }
    out.rest.push_back(&one);
    if (auto const* const who = initiators_left_out(one)) {
        for (auto const& user : who->any_of)
            out.left_out.push_back(user.id.value());
        return;
    }
    out.inclusions.push_back(&one);
    out.names_initiators = out.names_initiators || std::holds_alternative<grammar::initiator_is>(one.value);
    out.is_rolled_up = out.is_rolled_up && std::visit(field_finder{out.fields, out.asks_for_initiators}, one.value);
}

parts take_apart(grammar::filter const& where)
{
    parts out;
    for (auto const& one : where.root.nodes)
        take(one, out);
    return out;
}

/// What a count of everybody's is about in bridgewatch_counts. Sums about one thing have fewer rows than those about
/// everything.
literal about_of_everybody(std::set<text_field> const& fields)
{
    if (fields.empty())
        return "t";
    if (fields.size() > 1)
        return "f";
    switch (*fields.begin()) {
    case text_field::provider:
        return "p";
    case text_field::provider_name:
        return "n";
    case text_field::model:
        return "m";
    case text_field::client:
        return "c";
    default:
        return "f";
    }
}

/// The values of the one condition that says which sums about a single field match, where it names them.
std::vector<std::string> const* named_values(parts const& of)
{
    if (of.fields.size() != 1 || of.inclusions.size() != 1)
        return nullptr;
    auto const* const text = std::get_if<grammar::text_is>(&of.inclusions.front()->value);
    return text != nullptr && text->like.empty() ? &text->any_of : nullptr;
}

/// What bridgewatch_hash is given for a sum about a single field: the value in its place, nothing in the others.
literal hash_about(text_field field)
{
    switch (field) {
    case text_field::provider:
        return "bridgewatch_hash(h.value, '', '', '')";
    case text_field::provider_name:
        return "bridgewatch_hash('', h.value, '', '')";
    case text_field::model:
        return "bridgewatch_hash('', '', h.value, '')";
    default:
        return "bridgewatch_hash('', '', '', h.value)";
    }
}

/// Writes the count as sums over days and over the hours at their ends, and what has no sums: what is not summed up
/// yet, and the log at each end. Where no condition says whose interceptions match, but perhaps whose do not, the sums
/// are those of everybody, and what these have of others, `o`, is taken away: of initiators who are not visible or left
/// out. Mostly there are none, which is found by a look at each initiator.
class sum_writer {
  public:
    sum_writer(statement& out, parts const& of, visibility const& who, schema::shape const& database)
        : out_{out},
          of_{of},
          who_{who},
          database_{database},
          range_{divide(of.range)},
          is_of_everybody_{!who.only_initiator && !of.asks_for_initiators}
    {
    }

    /// The tables' state is asked for before anything else: to lock them in the order in which they are dropped.
    void write(std::optional<std::int64_t> cap)
    {
        bool const has_others = range_.hours && is_of_everybody_;
        out_ << "SELECT CASE WHEN ";
        if (has_others)
            out_ << "o.is_ready";
        else
            append_is_ready(out_);
        // A kept plan takes half an hour of the log for a part of all of it, and would start workers. Where something
        // is set there are none ("When Can Parallel Query Be Used?").
        if (!range_.edges.empty())
            out_ << " AND set_config('max_parallel_workers_per_gather', '0', true) = '0'";
        out_ << " THEN ";
        if (cap)
            (out_ << "least(").bind(*cap) << ", ";
        out_ << "(";
        count();
        out_ << ")::bigint" << (cap ? literal{")"} : literal{""}) << " END";
        if (has_others)
            others();
    }

  private:
    /// Whose sums are read.
    enum class owner { everybody, others, of_conditions };

    void count()
    {
        if (range_.hours && is_of_everybody_) {
            sums(owner::everybody);
            out_ << " - CASE WHEN o.ids = '{}' THEN 0 ELSE ";
            sums(owner::others);
            out_ << " END + ";
        } else if (range_.hours) {
            sums(owner::of_conditions);
            out_ << " + ";
        }
        what_has_no_sums();
    }

    void others()
    {
        out_ << " FROM (SELECT s.is_ready, CASE WHEN s.is_ready THEN ARRAY(SELECT i.initiator_id FROM "
                "bridgewatch_counts AS i WHERE i.grain = 'a' AND i.about = 'i' AND (NOT EXISTS (SELECT 1 FROM "
                "visible_users AS v WHERE v.id = i.initiator_id)";
        if (!of_.left_out.empty())
            (out_ << " OR i.initiator_id = ANY(").bind(of_.left_out) << ")";
        out_ << ")) END AS ids FROM (SELECT ";
        append_is_ready(out_);
        out_ << " AS is_ready OFFSET 0) AS s OFFSET 0) AS o";
    }

    void sums(owner whose)
    {
        out_ << "(";
        if (range_.days) {
            bool const all = *range_.days == time_span{};
            sum(all ? literal{"i.grain = 'a'"} : literal{"i.grain = 'd'"},
                of_.fields.empty() ? literal{"i"} : literal{"e"}, *range_.days, whose);
        } else {
            out_ << "0";
        }
        for (auto const& one : range_.closed) {
            (out_ << " + ").bind(one.sign) << " * ";
            sum("i.grain = 'h'", "e", {one.from, one.before}, whose);
        }
        out_ << ")";
    }

    /// @param about of an initiator's sums
    void sum(literal grain, literal about, time_span const& range, owner whose)
    {
        out_ << "(SELECT coalesce(sum(i.n), 0) FROM bridgewatch_counts AS i"
             << (whose == owner::of_conditions ? of_visible_users : literal{" WHERE "}) << grain << " AND i.about = '"
             << (whose == owner::everybody ? about_of_everybody(of_.fields) : about) << "'";
        switch (whose) {
        case owner::everybody:
            out_ << " AND i.initiator_id = '00000000-0000-0000-0000-000000000000'";
            break;
        case owner::others:
            out_ << " AND i.initiator_id = ANY(o.ids)";
            break;
        case owner::of_conditions: // the index has initiators before times
            if (!who_.only_initiator && !of_.names_initiators)
                out_ << " AND i.initiator_id = ANY(ARRAY(SELECT a.initiator_id FROM bridgewatch_counts AS a WHERE "
                        "a.grain = 'a' AND a.about = 'i'))";
            break;
        }
        within("i.bucket", range);
        auto const* const values = named_values(of_);
        if (values != nullptr && whose == owner::everybody) {
            out_ << " AND i.hash = ANY(ARRAY(SELECT " << hash_about(*of_.fields.begin()) << " FROM unnest(";
            out_.bind(*values) << ") AS h (value)))";
        }
        end_with_conditions(whose == owner::of_conditions ? of_.rest : of_.inclusions);
    }

    /// What is not summed up yet, mostly nothing, and the edges. In one: to look at users takes longer than all else.
    void what_has_no_sums()
    {
        out_ << "(SELECT coalesce(sum(i.n), 0) FROM (";
        literal next = "";
        if (range_.hours) {
            columns("");
            out_ << "i.delta::bigint AS n FROM bridgewatch_journal_entries AS i WHERE i.delta <> 0";
            within("i.at", *range_.hours);
            out_ << " UNION ALL ";
            columns("");
            out_ << "i.n FROM bridgewatch_counts AS i WHERE i.grain = 'o'";
            within("i.bucket", *range_.hours);
            next = " UNION ALL ";
        }
        for (auto const& edge : range_.edges) {
            out_ << next;
            columns("::text");
            out_.bind(edge.sign) << " AS n FROM aibridge_interceptions AS i WHERE i.ended_at IS NOT NULL";
            within("i.started_at", {edge.from, edge.before});
            next = " UNION ALL ";
        }
        out_ << ") AS i" << of_visible_users << "true";
        end_with_conditions(of_.rest);
    }

    /// Those that conditions look at: the log may have no others.
    void columns(literal type)
    {
        out_ << "SELECT i.initiator_id, ";
        for (auto const field : of_.fields)
            out_ << column_of(field) << type << ", ";
    }

    void within(literal column, time_span const& range)
    {
        if (range.from)
            (out_ << " AND " << column << " >= ").bind(*range.from);
        if (range.before)
            (out_ << " AND " << column << " < ").bind(*range.before);
    }

    void end_with_conditions(condition_list const& conditions)
    {
        if (who_.only_initiator)
            (out_ << " AND i.initiator_id = ").bind(*who_.only_initiator);
        append_conditions(out_, conditions, database_);
        out_ << ")";
    }

    static constexpr literal of_visible_users = " JOIN visible_users AS v ON v.id = i.initiator_id WHERE ";

    statement& out_;
    parts const& of_;
    visibility const& who_;
    schema::shape const& database_;
    rollup_range range_;
    bool is_of_everybody_;
};

} // namespace

bool is_rolled_up(grammar::filter const& where, schema::shape const& database)
{
    return database.acceleration && !where.includes_inflight && take_apart(where).is_rolled_up;
}

statement rolled_up_count(grammar::filter const& where, visibility const& who, std::optional<std::int64_t> cap,
                          schema::shape const& database)
{
    auto const of = take_apart(where);
    statement out{question::rolled_up_count};
    sum_writer{out, of, who, database}.write(cap);
    return out;
}

} // namespace bridgewatch::sql
