#include <boost/asio/ssl/impl/src.hpp>
#include <boost/redis/src.hpp>
