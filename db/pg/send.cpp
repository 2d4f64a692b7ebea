#include "db/pg/send.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <utility>

namespace bridgewatch::pg {
namespace {

/// The same text with other types is another statement.
std::string cache_key(step const& one)
{
    std::string key;
    key.reserve(one.sql.size() + one.parameters.size() * sizeof(unsigned));
    key = one.sql;
    for (auto const& parameter : one.parameters)
        key.append(1, '\0').append(std::to_string(static_cast<unsigned>(parameter.of)));
    return key;
}

outgoing housekeeping_of(std::string text)
{
    return {.what = {.of = command::kind::housekeeping, .step = 0, .statement = {}},
            .source = nullptr,
            .text = std::move(text)};
}

bool has_nul(std::string const& text)
{
    return text.find('\0') != std::string::npos;
}

} // namespace

bound_parameters::bound_parameters(std::vector<parameter> const& parameters)
{
    types_.reserve(parameters.size());
    values_.reserve(parameters.size());
    lengths_.reserve(parameters.size());
    formats_.reserve(parameters.size());
    for (auto const& one : parameters) {
        types_.push_back(static_cast<unsigned>(one.of));
        values_.push_back(one.value ? one.value->c_str() : nullptr);
        lengths_.push_back(one.value ? static_cast<int>(one.value->size()) : 0);
        formats_.push_back(one.binary ? binary_format : 0);
        sendable_ = sendable_ && (one.binary || !one.value || !has_nul(*one.value));
    }
}

std::vector<outgoing> lay_out(batch const& steps, statement_cache* cache, bool grows_buffer)
{
    std::vector<outgoing> upkeep;
    if (grows_buffer && !steps.empty())
        upkeep.push_back(housekeeping_of("SELECT pg_catalog.repeat(' ', 200000)"));
    std::vector<outgoing> body;
    if (cache != nullptr)
        cache->begin_batch();
    std::size_t scope = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        auto const& one = steps[i];
        auto place = cache != nullptr && one.prepare ? cache->place(cache_key(one), scope) : std::nullopt;
        if (place && !place->evicted.empty())
            upkeep.push_back(housekeeping_of("DEALLOCATE " + place->evicted));
        if (place && place->must_prepare)
            body.push_back({.what = {.of = command::kind::prepare, .step = i, .statement = place->name},
                            .source = &one,
                            .text = {}});
        body.push_back({.what = {.of = command::kind::query, .step = i, .statement = place ? place->name : ""},
                        .source = &one,
                        .text = {}});
        if (one.sync_after || i + 1 == steps.size()) {
            body.push_back({});
            ++scope;
        }
    }
    if (!upkeep.empty())
        upkeep.emplace_back();
    std::ranges::move(body, std::back_inserter(upkeep));
    return upkeep;
}

bool send(pg_conn* connection, outgoing const& one)
{
    if (one.what.of == command::kind::sync)
        return PQpipelineSync(connection) == 1;
    if (one.what.of == command::kind::housekeeping)
        return PQsendQueryParams(connection, one.text.c_str(), 0, nullptr, nullptr, nullptr, nullptr, binary_format) ==
               1;
    bound_parameters const bound{one.source->parameters};
    if (!bound.sendable() || has_nul(one.source->sql))
        return false;
    auto const* name = one.what.statement.c_str();
    auto const* sql = one.source->sql.c_str();
    if (one.what.of == command::kind::prepare)
        return PQsendPrepare(connection, name, sql, bound.count(), bound.types()) == 1;
    if (one.what.statement.empty())
        return PQsendQueryParams(connection, sql, bound.count(), bound.types(), bound.values(), bound.lengths(),
                                 bound.formats(), binary_format) == 1;
    return PQsendQueryPrepared(connection, name, bound.count(), bound.values(), bound.lengths(), bound.formats(),
                               binary_format) == 1;
}

} // namespace bridgewatch::pg
