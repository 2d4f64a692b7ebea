#include "db/pg/pool.hpp"
#include "db/pg/pool_impl.hpp"

#include <utility>

namespace asio = boost::asio;

namespace bridgewatch::pg {

pool::pool(asio::any_io_executor loop, connection_options options, pool_settings settings, blocking_calls& helpers,
           event_handler on_event)
    : impl_{std::make_shared<pool_impl>(std::move(loop), std::move(options), settings, helpers, std::move(on_event))}
{
}

pool::~pool()
{
    impl_->abandon();
}

void pool::start()
{
    impl_->start();
}

asio::awaitable<outcome<lease>> pool::acquire(steady_time deadline, standing who)
{
    return pool_impl::acquire(impl_, deadline, who);
}

bool pool::crowded() const
{
    return impl_->crowded();
}

asio::awaitable<void> pool::close(steady_time deadline)
{
    return pool_impl::close(impl_, deadline);
}

pool_stats pool::stats() const
{
    return impl_->stats();
}

} // namespace bridgewatch::pg
