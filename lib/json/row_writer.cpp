#include "lib/json/row_writer.hpp"

namespace bridgewatch::json {

void append_count(std::string& out, store::count_answer const& count)
{
    out += R"({"count":)";
    append_int(out, count.count);
    if (count.cap) {
        out += R"(,"count_cap":)";
        append_int(out, *count.cap);
    }
}

} // namespace bridgewatch::json
