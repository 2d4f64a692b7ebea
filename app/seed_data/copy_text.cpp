#include "app/seed_data/copy_text.hpp"

#include <array>

namespace bridgewatch::app::seed_data {

void copy_text::separate()
{
    if (row_begun_)
        buffer_ += '\t';
    row_begun_ = true;
}

void copy_text::text(std::string_view value)
{
    separate();
    while (!value.empty()) {
        auto const plain = value.find_first_of("\\\t\n\r");
        buffer_ += value.substr(0, plain);
        if (plain == std::string_view::npos)
            return;
        char const special = value[plain];
        buffer_ += '\\';
        buffer_ += special == '\t' ? 't' : special == '\n' ? 'n' : special == '\r' ? 'r' : special;
        value.remove_prefix(plain + 1);
    }
}

void copy_text::null()
{
    separate();
    buffer_ += "\\N";
}

void copy_text::boolean(bool value)
{
    separate();
    buffer_ += value ? 't' : 'f';
}

void copy_text::uuid(grammar::uuid const& id)
{
    separate();
    std::array<char, 36> text{};
    grammar::write_uuid(id.bytes, text.data());
    buffer_.append(text.data(), text.size());
}

void copy_text::time(grammar::sys_micro at)
{
    separate();
    grammar::append_rfc3339(buffer_, at);
}

void copy_text::end_row()
{
    buffer_ += '\n';
    row_begun_ = false;
}

} // namespace bridgewatch::app::seed_data
