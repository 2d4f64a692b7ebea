#include "lib/api/slow_plans.hpp"

#include "db/sql/statement.hpp"
#include "db/store/transaction.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/json/parse.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <utility>

namespace bridgewatch::api {

namespace asio = boost::asio;
namespace json = boost::json;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds limit{1};
constexpr std::size_t most_nodes = 100;

void append_number(std::string& out, json::object const& node, std::string_view key, std::string_view as)
{
    if (auto const* value = node.if_contains(key); value != nullptr && value->is_number())
        out.append(as).append(std::to_string(std::llround(value->to_number<double>())));
}

void append_text(std::string& out, json::object const& node, std::string_view key)
{
    if (auto const* value = node.if_contains(key); value != nullptr && value->is_string())
        (out += ' ') += std::string_view{value->get_string()};
}

/// Keys that hold names of the schema and numbers only.
void append_node(std::string& out, json::object const& node, std::size_t& left)
{
    if (left == 0)
        return;
    --left;
    if (auto const* type = node.if_contains("Node Type"); type != nullptr && type->is_string())
        out += std::string_view{type->get_string()};
    append_text(out, node, "Relation Name");
    append_text(out, node, "Index Name");
    append_number(out, node, "Plan Rows", " rows=");
    append_number(out, node, "Total Cost", " cost=");
    auto const* parts = node.if_contains("Plans");
    if (parts == nullptr || !parts->is_array())
        return;
    std::string_view before = "(";
    for (auto const& part : parts->get_array()) {
        if (!part.is_object() || left == 0)
            continue;
        out += std::exchange(before, ", ");
        append_node(out, part.get_object(), left);
    }
    out += before == "(" ? "" : ")";
}

} // namespace

std::string plan_outline(std::string_view text)
{
    boost::system::error_code bad;
    constexpr std::size_t deepest = 256;
    auto const parsed = json::parse(text, bad, {}, {.max_depth = deepest});
    if (bad || !parsed.is_array() || parsed.get_array().empty() || !parsed.get_array().front().is_object())
        return {};
    auto const* plan = parsed.get_array().front().get_object().if_contains("Plan");
    if (plan == nullptr || !plan->is_object())
        return {};
    std::string out;
    auto left = most_nodes;
    append_node(out, plan->get_object(), left);
    return out;
}

slow_plans::slow_plans(pg::pool& connections, std::function<void(found const&)> on_plan)
    : connections_{connections}, on_plan_{std::move(on_plan)}
{
}

void slow_plans::explain(asio::any_io_executor const& loop, pg::step const& slow, std::string_view request_id)
{
    bool const has_plan =
        slow.about != sql::question::transaction && (slow.sql.starts_with("SELECT") || slow.sql.starts_with("WITH"));
    if (!has_plan || std::exchange(is_busy_, true))
        return;
    asio::co_spawn(loop, ask(slow, std::string{request_id}), [this](std::exception_ptr const&) { is_busy_ = false; });
}

asio::awaitable<void> slow_plans::ask(pg::step slow, std::string request_id)
{
    auto const deadline = steady_clock::now() + limit;
    auto lease = co_await connections_.acquire(deadline);
    if (lease.has_error())
        co_return;
    auto const about = slow.about;
    pg::batch steps{store::limit_statements(store::within(limit, deadline), sql::planning::with_values)};
    steps.push_back(sql::explained(std::move(slow), sql::question::explain));
    auto const ran = co_await lease->run(std::move(steps), deadline);
    if (ran.has_error() || ran->back().has_error() || (*ran->back()).empty())
        co_return;
    auto const outline = plan_outline((*ran->back()).at(0, 0).bytes());
    if (outline.empty())
        co_return;
    on_plan_({.question = about, .request_id = request_id, .plan = outline});
}

} // namespace bridgewatch::api
