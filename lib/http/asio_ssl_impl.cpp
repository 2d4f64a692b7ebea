// The one unit with the code of Asio's TLS; the rest of Asio is in db/pg/asio_impl.cpp.
#include <boost/asio/ssl/impl/src.hpp>
