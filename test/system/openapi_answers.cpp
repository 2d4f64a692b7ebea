#include "test/system/openapi_answers.hpp"

#include "test/support/contract_database.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace bridgewatch::test::openapi {
namespace {

constexpr std::string_view methods[] = {"GET", "HEAD"};

} // namespace

std::vector<target> targets()
{
    std::vector<target> out;
    for (auto const& route : api::routes()) {
        std::string path{route.pattern};
        if (auto const brace = path.find('{'); brace != std::string::npos)
            path.replace(brace, std::string::npos,
                         percent_encoded(route.to == api::endpoint::session ? session_id : interception_id));
        out.push_back({.route = route, .path = std::move(path)});
    }
    return out;
}

http_headers as_caller(std::string_view key)
{
    return {{"Coder-Session-Token", contract_database::token(key)}};
}

void answer_log::add(std::string_view method, std::string_view route, http_answer const& answer)
{
    boost::json::object headers;
    for (auto const& [name, value] : answer.headers)
        headers.emplace(name, value);
    boost::json::object line{{"method", method},
                             {"route", nullptr},
                             {"status", answer.status},
                             {"headers", std::move(headers)},
                             {"body", answer.body}};
    if (!route.empty())
        line["route"] = route;
    lines_ += boost::json::serialize(line) + "\n";
}

void answer_log::ask(std::string const& address, target const& of, int status, std::string_view query,
                     http_headers const& headers)
{
    for (auto const method : methods) {
        http_client client{address};
        auto const answer = client.request(method, of.path + std::string{query}, headers);
        BOOST_TEST(answer.status == status, method << ' ' << of.path << query << ": " << answer.body);
        add(method, of.route.pattern, answer);
    }
}

void answer_log::send(std::string const& address, target const& of, int status, std::string_view query,
                      std::string_view rest)
{
    for (auto const method : methods) {
        http_client client{address};
        client.send(std::string{method}.append(" ").append(of.path).append(query).append(" HTTP/1.1\r\n").append(rest));
        auto const answer = client.receive(method == "HEAD");
        BOOST_TEST(answer.status == status, method << ' ' << of.path << ": " << answer.body);
        add(method, of.route.pattern, answer);
    }
}

} // namespace bridgewatch::test::openapi
