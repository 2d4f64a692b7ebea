#pragma once

#include "lib/api/routes.hpp"

#include <string_view>

/// What the routes are asked: about the rows of openapi_rows.hpp on the newest schema, and on any other.
namespace bridgewatch::test::openapi {

struct question {
    api::endpoint of;
    std::string_view query;
};

/// Answered on every schema.
inline constexpr question good_questions[] = {
    {api::endpoint::interceptions, ""},
    {api::endpoint::interceptions, "?limit=1"},
    {api::endpoint::interceptions, "?limit=1&offset=1&count=none"},
    {api::endpoint::interceptions, "?limit=2&count=capped"},
    {api::endpoint::interceptions, "?q=model:nothing"},
    {api::endpoint::interceptions, "?after_id=00000000-0000-4000-8000-0000000000a1"},
    {api::endpoint::interception, ""},
    {api::endpoint::sessions, ""},
    {api::endpoint::sessions, "?limit=1"},
    {api::endpoint::sessions, "?limit=1&offset=1&count=none"},
    {api::endpoint::sessions, "?limit=2&count=capped"},
    {api::endpoint::sessions, "?q=model:nothing"},
    {api::endpoint::models, ""},
    {api::endpoint::models, "?limit=1&q=c"},
    {api::endpoint::models, "?q=nothing"},
    {api::endpoint::clients, ""},
    {api::endpoint::clients, "?limit=1"},
    {api::endpoint::buildinfo, ""},
    {api::endpoint::openapi, ""},
    {api::endpoint::livez, ""},
    {api::endpoint::readyz, ""},
    {api::endpoint::metrics, ""},
};

/// Those that need columns which older schemas lack.
inline constexpr question newest_questions[] = {
    {api::endpoint::interceptions, "?q=is:inflight"},
    {api::endpoint::interceptions, "?q=session_id:a/b*"},
    {api::endpoint::sessions, "?q=session_id:a/b*"},
    {api::endpoint::sessions, "?after_session_id=a/b%20%22c%22"},
    {api::endpoint::clients, "?q=nothing"},
    {api::endpoint::session, ""},
    {api::endpoint::session, "?limit=1"},
    {api::endpoint::session, "?limit=1&after_id=00000000-0000-4000-8000-0000000000a1"},
    {api::endpoint::session, "?limit=1&before_id=00000000-0000-4000-8000-0000000000a3"},
    {api::endpoint::session, "?after_id=00000000-0000-4000-8000-0000000000a3"},
    {api::endpoint::session, "?initiator_id=00000000-0000-4000-8000-000000000003"},
};

/// One for each check that answers 400.
inline constexpr question bad_questions[] = {
    {api::endpoint::interceptions, "?limit=x&offset=-1&after_id=y"},
    {api::endpoint::interceptions, "?limit=1001"},
    {api::endpoint::interceptions, "?offset=1&after_id=00000000-0000-4000-8000-0000000000a1"},
    {api::endpoint::interceptions, "?count=some"},
    {api::endpoint::interceptions, "?q=nobody%20modle:x%20started_after:soon%20(provider:y"},
    {api::endpoint::interceptions, "?q=%FF"},
    {api::endpoint::interceptions, "?after_id=00000000-0000-4000-8000-000000000999"},
    {api::endpoint::sessions, "?limit=x&offset=-1&after_initiator_id=y&after_last_active_at=z"},
    {api::endpoint::sessions, "?limit=1001"},
    {api::endpoint::sessions, "?offset=1&after_session_id=x"},
    {api::endpoint::sessions, "?count=some"},
    {api::endpoint::sessions, "?q=bare"},
    {api::endpoint::sessions, "?after_session_id=nothing"},
    {api::endpoint::session, "?after_id=x"},
    {api::endpoint::session, "?before_id=x"},
    {api::endpoint::session, "?initiator_id=x"},
    {api::endpoint::session, "?limit=0"},
    {api::endpoint::session,
     "?after_id=00000000-0000-4000-8000-0000000000a1&before_id=00000000-0000-4000-8000-0000000000a3"},
    {api::endpoint::session, "?after_id=00000000-0000-4000-8000-000000000999"},
    {api::endpoint::models, "?limit=x&offset=-1"},
    {api::endpoint::models, "?limit=1001"},
    {api::endpoint::models, "?q=client:x"},
    {api::endpoint::clients, "?limit=x&offset=-1"},
    {api::endpoint::clients, "?limit=1001"},
    {api::endpoint::clients, "?q=model:x"},
};

} // namespace bridgewatch::test::openapi
