#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <mutex>
#include <utility>

namespace bridgewatch::pg {

/// How a helper thread answers a loop that may be gone by then: once shut, what is delivered is destroyed at once on
/// the helper's thread, and the loop is not touched.
class mailbox {
  public:
    explicit mailbox(boost::asio::any_io_executor loop) : loop_{std::move(loop)} {}

    template <class Letter>
    void deliver(Letter letter)
    {
        std::scoped_lock const guard{lock_};
        if (open_)
            boost::asio::post(loop_, std::move(letter));
    }

    void shut()
    {
        std::scoped_lock const guard{lock_};
        open_ = false;
    }

  private:
    std::mutex lock_;
    boost::asio::any_io_executor loop_;
    bool open_ = true;
};

} // namespace bridgewatch::pg
