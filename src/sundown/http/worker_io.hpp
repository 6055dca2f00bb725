#pragma once

#include <sundown/task.hpp>
#include <sundown/time.hpp>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace sundown::http::detail {

// I/O objects of a worker's own context, whose executor is part of their type.
using worker_socket = asio::basic_stream_socket<asio::ip::tcp, worker_executor>;
using worker_acceptor = asio::basic_socket_acceptor<asio::ip::tcp, worker_executor>;
using worker_timer = asio::basic_waitable_timer<clock, asio::wait_traits<clock>, worker_executor>;

}  // namespace sundown::http::detail
