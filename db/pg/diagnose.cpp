#include "db/pg/diagnose.hpp"

#include <libpq-fe.h>

namespace bridgewatch::pg {
namespace {

constexpr std::string_view duplicate_prepared_statement = "42P05";

std::string_view field(pg_result const* result, int which)
{
    auto const* text = PQresultErrorField(result, which);
    return text != nullptr ? std::string_view{text} : std::string_view{};
}

std::string_view password_of(pg_conn const* connection)
{
    auto const* text = connection != nullptr ? PQpass(connection) : nullptr;
    return text != nullptr ? std::string_view{text} : std::string_view{};
}

} // namespace

std::string one_line(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (char const c : text) {
        bool const blank = c == ' ' || (c >= '\t' && c <= '\r');
        if (!blank)
            out.push_back(c);
        else if (!out.empty() && out.back() != ' ')
            out.push_back(' ');
    }
    if (!out.empty() && out.back() == ' ')
        out.pop_back();
    return out;
}

std::string without(std::string text, std::string_view secret)
{
    constexpr std::string_view mask = "***";
    if (secret.empty())
        return text;
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + mask.size()))
        text.replace(at, secret.size(), mask);
    return text;
}

diagnostics diagnostics_of(pg_conn const* connection)
{
    return {.sqlstate = {}, .message = without(one_line(PQerrorMessage(connection)), password_of(connection))};
}

diagnostics diagnostics_of(pg_result const* result, pg_conn const* connection)
{
    auto const primary = field(result, PG_DIAG_MESSAGE_PRIMARY);
    auto const text = primary.empty() ? std::string_view{PQresultErrorMessage(result)} : primary;
    auto const severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    return {.sqlstate = std::string{field(result, PG_DIAG_SQLSTATE)},
            .message = without(one_line(text), password_of(connection)),
            .is_fatal = severity == "FATAL" || severity == "PANIC"};
}

errc code_of(std::string_view sqlstate)
{
    return sqlstate == sqlstate::query_canceled ? errc::statement_timeout : errc::server_error;
}

bool spoils_connection(std::string_view sqlstate)
{
    return sqlstate.starts_with("08") || sqlstate.starts_with("57P") || sqlstate == sqlstate::feature_not_supported ||
           sqlstate == sqlstate::invalid_sql_statement_name || sqlstate == duplicate_prepared_statement;
}

} // namespace bridgewatch::pg
