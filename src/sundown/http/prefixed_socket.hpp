#pragma once

#include "http/transport.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/role.hpp>

#include <string>
#include <utility>

namespace sundown::http::detail {

/// A connection's socket for Beast's WebSocket stream: it first reads what the session had read already (a client may
/// send frames right behind its handshake), and leaves the end of the connection to the session.
///
/// cancel() ends what waits for the socket. Under a client that never stops sending nothing waits, so break_off()
/// lasts.
class prefixed_socket {
 public:
  using executor_type = worker_executor;

  prefixed_socket(worker_socket& socket, std::string already_read)
      : socket_(socket), prefix_(std::move(already_read)) {}

  executor_type get_executor() noexcept { return socket_.get_executor(); }
  worker_socket& socket() noexcept { return socket_; }

  /// From now on nothing is read or written.
  void break_off() {
    broken_off_ = true;
    error_code ignored;
    socket_.cancel(ignored);
  }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& into, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& buffers) {
          if (broken_off_) return refuse(std::move(handler));
          if (prefix_.empty()) return socket_.async_read_some(buffers, std::move(handler));
          const auto n = boost::asio::buffer_copy(buffers, boost::asio::buffer(prefix_));
          prefix_.erase(0, n);
          boost::asio::post(get_executor(), boost::asio::append(std::move(handler), error_code{}, n));
        },
        token, into);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& from, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& buffers) {
          if (broken_off_) return refuse(std::move(handler));
          socket_.async_write_some(buffers, std::move(handler));
        },
        token, from);
  }

 private:
  template <class Handler>
  void refuse(Handler handler) {
    const error_code why = asio::error::operation_aborted;
    boost::asio::post(get_executor(), boost::asio::append(std::move(handler), why, std::size_t{0}));
  }

  worker_socket& socket_;
  std::string prefix_;
  bool broken_off_ = false;
};

// What Beast calls at the end of a WebSocket; the session half-closes and lingers by itself.
template <class Handler>
void async_teardown(beast::role_type, prefixed_socket& stream, Handler&& handler) {
  boost::asio::post(stream.get_executor(), boost::asio::append(std::forward<Handler>(handler), error_code{}));
}
inline void teardown(beast::role_type, prefixed_socket&, error_code& ec) { ec = {}; }
// ... and when one of its timeouts passes.
inline void beast_close_socket(prefixed_socket& stream) {
  error_code ignored;
  stream.socket().cancel(ignored);
}

}  // namespace sundown::http::detail
