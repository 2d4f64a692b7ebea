#include "lib/json/error_body.hpp"

#include "lib/json/escape.hpp"

namespace bridgewatch::json {

namespace {

void append_validation(std::string& out, validation const& one)
{
    out += R"({"field":)";
    append_string(out, one.field);
    out += R"(,"detail":)";
    append_string(out, one.detail);
    if (one.position)
        out.append(R"(,"position":)").append(std::to_string(*one.position));
    if (one.length)
        out.append(R"(,"length":)").append(std::to_string(*one.length));
    out += '}';
}

} // namespace

std::string error_body(std::string_view message, std::string_view detail, std::span<validation const> validations)
{
    std::string out = R"({"message":)";
    append_string(out, message);
    if (!detail.empty()) {
        out += R"(,"detail":)";
        append_string(out, detail);
    }
    if (!validations.empty()) {
        out += R"(,"validations":)";
        auto before = '[';
        for (auto const& one : validations) {
            out += before;
            append_validation(out, one);
            before = ',';
        }
        out += ']';
    }
    out += '}';
    return out;
}

} // namespace bridgewatch::json
