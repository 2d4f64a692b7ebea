#include "app/explain.hpp"

#include "db/pg/blocking.hpp"
#include "db/schema/probe.hpp"
#include "db/sql/identities.hpp"
#include "db/sql/interceptions.hpp"
#include "grammar/check.hpp"
#include "grammar/print.hpp"

#include <chrono>
#include <iostream>
#include <stdexcept>

namespace bridgewatch::app {
namespace {

constexpr std::int64_t page_size = 100;

/// Characters of UTF-8 text: bytes that do not continue another.
std::size_t characters(std::string_view text)
{
    std::size_t count = 0;
    for (char const c : text)
        count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1U : 0U;
    return count;
}

/// What the database adds to an explanation: its shape, and user names by id.
struct attached {
    std::optional<pg::blocking_session> session;
    schema::shape shape = schema::newest_shape();
};

boost::system::result<attached, std::string> attach(explain_options const& options)
{
    attached out;
    if (!options.analyze)
        return out;
    auto const url = options.database.text();
    if (url.has_error())
        return url.error().line;
    auto const where = pg::connection_options::parse(*url);
    if (where.has_error())
        return where.error();
    auto opened = pg::blocking_session::open(*where);
    if (opened.has_error())
        return opened.error().diag.message;
    out.session.emplace(std::move(*opened));
    auto const shape = schema::probe(*out.session);
    if (shape.has_error())
        return shape.error();
    out.shape = *shape;
    return out;
}

/// Gives the filter's users their ids; without a database a name keeps the nil id and is listed in the notes.
void resolve(grammar::checked_query& checked, attached& database, std::vector<std::string>& notes)
{
    for (auto* user : grammar::unresolved_users(checked.meaning)) {
        if (!database.session) {
            notes.push_back("the id of user \"" + user->name +
                            "\" is looked up when the query runs; the nil UUID stands for it here");
            user->id = grammar::uuid{};
            continue;
        }
        auto const ask = sql::users_by_name({user->name});
        auto const answer = database.session->query(ask.text(), ask.parameters());
        if (answer.has_error())
            throw std::runtime_error{answer.error().diag.message};
        if (answer->empty()) {
            checked.faults.push_back(grammar::unknown_user(*user));
            continue;
        }
        user->id = answer->at(0, 1).id();
    }
    grammar::sort_faults(checked.faults);
}

void print_statement(std::string_view title, sql::statement const& statement)
{
    std::cout << "\n" << title << "\n  " << statement.text() << "\n";
    for (std::size_t i = 0; i < statement.parameters().size(); ++i)
        std::cout << "  $" << i + 1 << " = " << statement.parameters()[i].value.value_or("NULL") << "\n";
}

int print_plan(attached& database, sql::statement const& page)
{
    // The plan is asked with the same text and values; EXPLAIN's options are ours.
    auto const answer = database.session->query("EXPLAIN (ANALYZE, BUFFERS) " + page.text(), page.parameters());
    if (answer.has_error()) {
        std::cerr << "bridgewatch explain: " << answer.error().diag.message << "\n";
        return 1;
    }
    std::cout << "\nplan\n";
    for (std::size_t row = 0; row < answer->size(); ++row)
        std::cout << "  " << answer->at(row, 0).bytes() << "\n";
    return 0;
}

} // namespace

std::string picture(std::string_view query, grammar::fault const& fault)
{
    std::string out = "  ";
    for (char const c : query)
        out += c == '\t' || c == '\n' ? ' ' : c;
    out += '\n';
    if (fault.where) {
        auto const before = characters(query.substr(0, fault.where->offset));
        auto const under = characters(query.substr(fault.where->offset, fault.where->length));
        out += "  " + std::string(before, ' ') + std::string(std::max<std::size_t>(1, under), '^') + "\n";
    }
    out += "  " + fault.field + ": " + fault.detail + "\n";
    return out;
}

int run_explain(explain_options const& options)
{
    auto database = attach(options);
    if (database.has_error()) {
        std::cerr << "bridgewatch explain: " << database.error() << "\n";
        return 1;
    }
    auto const me = options.me.empty() ? std::optional{grammar::uuid{}} : grammar::parse_uuid(options.me);
    auto const now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    auto checked = grammar::check(
        options.query, {.me = me.value_or(grammar::uuid{}), .now = now, .recorded = database->shape.recorded()});
    std::vector<std::string> notes;
    resolve(checked, *database, notes);
    if (!checked.faults.empty()) {
        for (auto const& fault : checked.faults)
            std::cout << picture(options.query, fault) << "\n";
        return 1;
    }
    std::cout << "query\n  " << grammar::print(checked.tree) << "\n\ntree\n" << grammar::describe(checked.tree);
    auto const page = sql::page_of_interceptions(checked.meaning, {}, {.limit = page_size, .offset = 0, .after = {}},
                                                 database->shape);
    print_statement("page", page);
    print_statement("count", sql::count_of_interceptions(checked.meaning, {}, {}, database->shape));
    for (auto const& note : notes)
        std::cout << "\nnote: " << note << "\n";
    return options.analyze ? print_plan(*database, page) : 0;
}

} // namespace bridgewatch::app
