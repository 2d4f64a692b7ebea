#include "test/fuzz/hostile_server.hpp"

#include "test/fuzz/cells.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace asio = boost::asio;
using asio::local::stream_protocol;

using namespace std::string_literals;

namespace bridgewatch::fuzz {
namespace {

constexpr std::uint32_t cancel_request = 80'877'102;

/// What a query may be answered with; the first is what an empty input gives.
constexpr std::array<std::string_view, 16> row_shapes{"",
                                                      columns::interceptions,
                                                      columns::token_usages,
                                                      columns::user_prompts,
                                                      columns::tool_usages,
                                                      columns::metadata,
                                                      columns::sessions,
                                                      columns::members,
                                                      columns::token_sums,
                                                      columns::metadata_sums,
                                                      columns::first_prompts,
                                                      columns::session_keys,
                                                      "tuss", // sessions that a walk has visited
                                                      "n",
                                                      "nunn", // sizes
                                                      "bn"};

constexpr std::array<std::string_view, 12> sqlstates{"57014", "57P01", "40001", "0A000", "26000", "42P05",
                                                     "42703", "08006", "XX000", "",      "57P04", "25P02"};

std::uint32_t number_at(std::string_view bytes, std::size_t at)
{
    std::uint32_t out = 0;
    for (char const byte : bytes.substr(at, 4))
        out = out << 8U | static_cast<std::uint8_t>(byte);
    return out;
}

std::string message(char type, std::string_view body)
{
    return std::string(1, type).append(big_endian(body.size() + 4, 4)).append(body);
}

std::string field(char code, std::string_view text)
{
    return std::string(1, code).append(text).append(1, '\0');
}

std::string error_message(char type, input& will)
{
    constexpr std::array<std::string_view, 4> severities{"ERROR", "FATAL", "PANIC", "WARNING"};
    auto const severity = severities.at(will.below(severities.size()));
    auto body = field('S', severity) + field('V', severity) + field('C', sqlstates.at(will.below(sqlstates.size()))) +
                field('M', will.text(will.below(64)));
    return message(type, body + '\0');
}

} // namespace

/// One connection: reads what libpq sends, message by message, and answers each.
class hostile_server::session : public std::enable_shared_from_this<session> {
  public:
    session(stream_protocol::socket socket, input& will) : socket_{std::move(socket)}, will_{will} {}

    void read()
    {
        socket_.async_read_some(asio::buffer(piece_), [self = shared_from_this()](auto failed, std::size_t count) {
            if (failed)
                return;
            self->received_.append(self->piece_.data(), count);
            self->take_messages();
        });
    }

    void hang_up()
    {
        boost::system::error_code ignored;
        socket_.close(ignored);
    }

  private:
    void take_messages()
    {
        while (take_message())
            ;
        if (closes_)
            return hang_up();
        // What has been read is small, and so are the answers: they fit into the socket's buffer, or the client is
        // lost.
        boost::system::error_code failed;
        asio::write(socket_, asio::buffer(answer_), failed);
        answer_.clear();
        if (failed)
            return hang_up();
        read();
    }

    bool take_message()
    {
        auto const head = started_ ? 1U : 0U;
        if (closes_ || received_.size() < head + 4)
            return false;
        auto const size = head + number_at(received_, head);
        if (received_.size() < size)
            return false;
        if (!std::exchange(started_, true))
            start();
        else
            answer_to(received_.front());
        received_.erase(0, size);
        return true;
    }

    void start()
    {
        if (number_at(received_, 4) == cancel_request) {
            closes_ = true;
            return;
        }
        say(message('R', big_endian(0, 4)));
        say(message('S', "server_version\0"s + "15.0\0"s));
        say(message('K', big_endian(1, 4) + big_endian(2, 4)));
        say(message('Z', "I"));
    }

    void answer_to(char type)
    {
        switch (type) {
        case 'P': // Parse
            say(message('1', ""));
            break;
        case 'B':
            say(message('2', ""));
            break;
        case 'D': // Describe
            shape_ = row_shapes.at(will_.below(row_shapes.size()));
            say(row_description());
            break;
        case 'E': // Execute
            execute();
            break;
        case 'S': // Sync
            failed_ = false;
            say(message('Z', std::string(1, "ITE"[will_.below(3)])));
            break;
        case 'X':
            closes_ = true;
            break;
        default:
            break;
        }
    }

    void execute()
    {
        for (auto left = will_.below(5); left > 0; --left)
            say(data_row());
        say(message('C', "SELECT 0\0"s));
    }

    std::string row_description()
    {
        if (shape_.empty() && will_.flag())
            return message('n', "");
        auto body = big_endian(shape_.size(), 2);
        for (std::size_t i = 0; i < shape_.size(); ++i)
            body.append("c\0", 2).append(6, '\0').append(big_endian(25, 4)).append(6, '\0').append(big_endian(1, 2));
        return message('T', body);
    }

    std::string data_row()
    {
        auto body = big_endian(shape_.size(), 2);
        for (auto const type : shape_) {
            auto const cell = cell_of(will_.below(16) == 15 ? '?' : type, will_);
            body += cell ? big_endian(cell->size(), 4) + *cell : std::string(4, '\xFF');
        }
        return message('D', body);
    }

    /// As the protocol wants it, or not. After an error the rest is passed over up to the Sync, as a server does.
    void say(std::string const& right)
    {
        bool const is_ready = right.front() == 'Z';
        if (closes_ || (failed_ && !is_ready))
            return;
        constexpr std::size_t first_lie = 245; // most messages are right, else nothing is reached
        auto const how = will_.byte();
        switch (how < first_lie ? 0 : how - first_lie) {
        case 0:
            answer_ += right;
            break;
        case 1:
            answer_ += error_message('E', will_);
            failed_ = !is_ready;
            if (is_ready)
                answer_ += right;
            break;
        case 2: // not at all
            break;
        case 3:
            answer_ += right + right;
            break;
        case 4:
            answer_ += error_message('N', will_) + right;
            break;
        case 5:
            answer_ += message(static_cast<char>(will_.byte()), will_.text(will_.byte())) + right;
            break;
        case 6: // with a part of its body
            answer_ += message(right.front(), std::string_view{right}.substr(5).substr(0, will_.byte()));
            break;
        case 7: // with another body
            answer_ += message(right.front(), will_.text(will_.byte()));
            break;
        case 8: // with another length
            answer_ +=
                right.front() + std::string{will_.text(4)} + right.substr(std::min<std::size_t>(5, right.size()));
            break;
        case 9:
            answer_ += will_.text(will_.byte());
            break;
        default:
            closes_ = will_.flag();
            answer_ += right.substr(0, will_.below(16));
            break;
        }
    }

    stream_protocol::socket socket_;
    input& will_;
    std::array<char, 8192> piece_{};
    std::string received_, answer_;
    std::string_view shape_;
    bool started_ = false, failed_ = false, closes_ = false;
};

hostile_server::hostile_server(asio::any_io_executor loop, input& will) : will_{will}, acceptor_{std::move(loop)}
{
    // Abstract, so that nothing is left on the disk; each server has a name of its own, for late clients of the last.
    static std::uint64_t number = 0;
    auto const name = "bw-fuzz-" + std::to_string(::getpid()) + "-" + std::to_string(++number);
    host_ = "@" + name;
    acceptor_.open();
    acceptor_.bind(stream_protocol::endpoint{std::string(1, '\0') + name + "/.s.PGSQL.5432"});
    acceptor_.listen();
    accept();
}

hostile_server::~hostile_server()
{
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    hang_up();
}

void hostile_server::hang_up()
{
    for (auto const& one : sessions_)
        one->hang_up();
    sessions_.clear();
}

void hostile_server::accept()
{
    acceptor_.async_accept([this](auto failed, stream_protocol::socket socket) {
        if (failed)
            return;
        sessions_.push_back(std::make_shared<session>(std::move(socket), will_));
        sessions_.back()->read();
        accept();
    });
}

} // namespace bridgewatch::fuzz
