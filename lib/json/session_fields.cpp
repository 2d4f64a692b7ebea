#include "lib/json/session_fields.hpp"

namespace bridgewatch::json {

void append_session_start(row_writer& in)
{
    using sql::session_column;
    in.text(R"({"id":)", session_column::session_id);
    in.user(R"(,"initiator":{"id":)", session_column::initiator_id, session_column::username, session_column::name,
            session_column::avatar_url);
    in.raw(R"(,"providers":)", session_column::providers, "[]");
    in.raw(R"(,"models":)", session_column::models, "[]");
}

} // namespace bridgewatch::json
