#include "lib/json/sessions_body.hpp"

#include "lib/json/session_fields.hpp"

namespace bridgewatch::json {
namespace {

using sql::session_column;

void append_session(std::string& out, store::sessions_answer const& page, std::size_t row)
{
    row_writer in{out, page.sessions, row};
    append_session_start(in);
    in.text_or_null(R"(,"client":)", session_column::client);
    in.metadata(session_column::metadata);
    in.time(R"(,"started_at":)", session_column::started_at);
    in.time(R"(,"ended_at":)", session_column::ended_at);
    in.integer(R"(,"threads":)", session_column::threads);
    out += R"(,"token_usage_summary":)";
    append_token_sums(in, sums_of_session);
    out += '}';
    if (!in.cell(session_column::last_prompt).is_null())
        in.text(R"(,"last_prompt":)", session_column::last_prompt);
    out += R"(,"last_active_at":)";
    append_time(out, page.which[row].last_active_at);
    out += '}';
}

} // namespace

std::string sessions_body(store::sessions_answer const& page)
{
    std::string out;
    append_count(out, page.count);
    out += R"(,"sessions":[)";
    for (std::size_t row = 0; row < page.which.size(); ++row) {
        if (row > 0)
            out += ',';
        append_session(out, page, row);
    }
    out += "]}";
    return out;
}

} // namespace bridgewatch::json
