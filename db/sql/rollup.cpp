#include "db/sql/rollup.hpp"

#include "db/sql/acceleration.hpp"

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

    bool operator()(grammar::all_of const& all) const { return each(all.nodes); }

    bool operator()(grammar::any_of const& any) const { return each(any.nodes); }

    bool operator()(grammar::complement const& other) const { return each(other.of); }

    bool operator()(grammar::initiator_is const& /*who*/) const { return true; }

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
    std::optional<sys_micro> from, before;
    condition_list rest;
    std::set<text_field> fields;
    bool is_rolled_up = true;
};

void take(grammar::node const& one, parts& out)
{
    if (auto const* const all = std::get_if<grammar::all_of>(&one.value)) {
        for (auto const& each : all->nodes)
            take(each, out);
        return;
    }
    if (auto const* const range = start_range(one)) {
        if (range->from)
            out.from = out.from ? std::max(*out.from, *range->from) : *range->from;
        if (range->before)
            out.before = out.before ? std::min(*out.before, *range->before) : *range->before;
        return;
    }
    out.rest.push_back(&one);
    out.is_rolled_up = out.is_rolled_up && std::visit(field_finder{out.fields}, one.value);
}

parts take_apart(grammar::filter const& where)
{
    parts out;
    for (auto const& one : where.root.nodes)
        take(one, out);
    return out;
}

/// Sums that are about one thing have fewer rows than those about everything.
literal about_what(std::set<text_field> const& fields)
{
    if (fields.empty())
        return " AND i.about = 'i'";
    if (fields.size() > 1)
        return " AND i.about = 'e'";
    switch (*fields.begin()) {
    case text_field::provider:
        return " AND i.about = 'p'";
    case text_field::provider_name:
        return " AND i.about = 'n'";
    case text_field::model:
        return " AND i.about = 'm'";
    case text_field::client:
        return " AND i.about = 'c'";
    default:
        return " AND i.about = 'e'";
    }
}

template <class Unit>
std::optional<sys_micro> up_to_whole(std::optional<sys_micro> at)
{
    return at ? std::optional<sys_micro>{std::chrono::ceil<Unit>(*at)} : std::nullopt;
}

template <class Unit>
std::optional<sys_micro> down_to_whole(std::optional<sys_micro> at)
{
    return at ? std::optional<sys_micro>{std::chrono::floor<Unit>(*at)} : std::nullopt;
}

/// The values of the one condition that says which sums about a single field match, where it names them.
std::vector<std::string> const* named_values(parts const& of)
{
    std::vector<std::string> const* values = nullptr;
    for (auto const* const one : of.rest) {
        if (std::holds_alternative<grammar::initiator_is>(one->value))
            continue;
        auto const* const text = std::get_if<grammar::text_is>(&one->value);
        if (text == nullptr || !text->like.empty() || values != nullptr)
            return nullptr;
        values = &text->any_of;
    }
    return of.fields.size() == 1 ? values : nullptr;
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

/// Writes the count as two sums, over whole days and over what is not part of one or waits to be rolled up, and a count
/// of the log at each end.
class sum_writer {
  public:
    sum_writer(statement& out, parts const& of, visibility const& who, schema::shape const& database)
        : out_{out}, of_{of}, who_{who}, database_{database}
    {
    }

    void write()
    {
        auto const first_hour = up_to_whole<std::chrono::hours>(of_.from);
        auto const end_hour = down_to_whole<std::chrono::hours>(of_.before);
        if (first_hour && end_hour && *first_hour >= *end_hour) // within two hours, and the log has few of these
            return edge(*of_.from, *of_.before);
        hours(first_hour, end_hour);
        if (of_.from && *of_.from < *first_hour) {
            out_ << " + ";
            edge(*of_.from, *first_hour);
        }
        if (of_.before && *of_.before > *end_hour) {
            out_ << " + ";
            edge(*end_hour, *of_.before);
        }
    }

  private:
    void hours(std::optional<sys_micro> from, std::optional<sys_micro> before)
    {
        auto const first_day = up_to_whole<std::chrono::days>(from);
        auto const end_day = down_to_whole<std::chrono::days>(before);
        bool const has_days = !first_day || !end_day || *first_day < *end_day;
        if (has_days) {
            bool const all = !from && !before;
            sums(all ? literal{"i.grain = 'a'"} : literal{"i.grain = 'd'"}, first_day, end_day);
            out_ << " + ";
        }
        // What the sums have not yet. Mostly there is nothing, and then users are not looked at.
        out_ << "(SELECT coalesce(sum(i.n), 0) FROM (";
        out_ << columns << "i.delta::bigint AS n FROM bridgewatch_journal AS i WHERE i.delta <> 0";
        within("i.at", from, before);
        if (!has_days) {
            counts(hours_of_either_kind, from, before);
        } else {
            counts("i.grain = 'o' AND i.about = 'e'", first_day, end_day);
            if (from && *from < *first_day)
                counts(hours_of_either_kind, from, first_day);
            if (before && *before > *end_day)
                counts(hours_of_either_kind, end_day, before);
        }
        out_ << ") AS i" << of_visible_users << "true";
        end_with_conditions();
    }

    void counts(literal which, std::optional<sys_micro> from, std::optional<sys_micro> before)
    {
        out_ << " UNION ALL " << columns << "i.n FROM bridgewatch_counts AS i WHERE " << which;
        within("i.bucket", from, before);
    }

    void sums(literal grain, std::optional<sys_micro> from, std::optional<sys_micro> before)
    {
        out_ << "(SELECT coalesce(sum(i.n), 0) FROM bridgewatch_counts AS i" << of_visible_users << grain;
        within("i.bucket", from, before);
        out_ << about_what(of_.fields);
        // The index has the hash, so that only rows that match are read.
        if (auto const* const values = named_values(of_)) {
            out_ << " AND i.hash = ANY(ARRAY(SELECT " << hash_about(*of_.fields.begin()) << " FROM unnest(";
            out_.bind(*values) << ") AS h (value)))";
        }
        end_with_conditions();
    }

    void edge(sys_micro from, sys_micro before)
    {
        out_ << "(SELECT count(*) FROM aibridge_interceptions AS i" << of_visible_users << "i.ended_at IS NOT NULL";
        within("i.started_at", from, before);
        end_with_conditions();
    }

    void within(literal column, std::optional<sys_micro> from, std::optional<sys_micro> before)
    {
        if (from)
            (out_ << " AND " << column << " >= ").bind(*from);
        if (before)
            (out_ << " AND " << column << " < ").bind(*before);
    }

    void end_with_conditions()
    {
        if (who_.only_initiator)
            (out_ << " AND i.initiator_id = ").bind(*who_.only_initiator);
        append_conditions(out_, of_.rest, database_);
        out_ << ")";
    }

    /// Those that conditions look at.
    static constexpr literal columns = "SELECT i.initiator_id, i.provider, i.provider_name, i.model, i.client, ";
    static constexpr literal of_visible_users = " JOIN visible_users AS v ON v.id = i.initiator_id WHERE ";
    static constexpr literal hours_of_either_kind = "i.grain IN ('h', 'o') AND i.about = 'e'";

    statement& out_;
    parts const& of_;
    visibility const& who_;
    schema::shape const& database_;
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
    out << "SELECT CASE WHEN ";
    append_is_ready(out);
    out << " THEN ";
    if (cap)
        (out << "least(").bind(*cap) << ", ";
    out << "(";
    sum_writer{out, of, who, database}.write();
    out << ")::bigint" << (cap ? literal{")"} : literal{""}) << " END";
    return out;
}

} // namespace bridgewatch::sql
