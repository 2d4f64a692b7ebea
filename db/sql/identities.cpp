#include "db/sql/identities.hpp"

namespace bridgewatch::sql {
namespace {

/// The scopes that let a key read interceptions (contract: "Authentication").
constexpr literal readable_scopes =
    "ARRAY['all', 'coder:all', 'aibridge_interception:*', 'aibridge_interception:read']";

void append_has_scope(statement& out, schema::shape const& database)
{
    auto const& has = database.api_keys;
    if (!has.scope && !has.scopes) {
        out << "true";
        return;
    }
    // The enums differ from version to version, so they are compared as text.
    if (has.scopes)
        out << "coalesce(k.scopes::text[] && " << readable_scopes << ", false)";
    if (has.scopes && has.scope)
        out << " OR ";
    if (has.scope)
        out << "coalesce(k.scope::text = ANY(" << readable_scopes << "), false)";
}

} // namespace

statement key_by_id(std::string_view id, schema::shape const& database)
{
    statement out{question::authentication};
    out << "SELECT k.hashed_secret, k.expires_at, k.user_id, u.id IS NOT NULL AND NOT u.deleted, u.status::text, "
           "coalesce(u.rbac_roles && ARRAY['owner', 'auditor'], false), ";
    append_has_scope(out, database);
    (out << " FROM api_keys AS k LEFT JOIN users AS u ON u.id = k.user_id WHERE k.id = ").bind(id);
    return out;
}

statement users_by_name(std::vector<std::string> const& names)
{
    statement out{question::users};
    (out << "SELECT n.ordinal, u.id FROM unnest(").bind(names);
    out << ") WITH ORDINALITY AS n (name, ordinal) JOIN users AS u ON lower(u.username) = lower(n.name) AND NOT "
           "u.deleted";
    return out;
}

} // namespace bridgewatch::sql
