#pragma once

#include "http/transport.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/role.hpp>

#include <string>
#include <utility>

namespace sundown::http::detail {

/// A connection's bytes for Beast's WebSocket stream: it first reads what the session had read already (a client may
/// send frames right behind its handshake), and leaves the end of the connection to the session.
///
/// cancel() ends what waits for the socket. Under a client that never stops sending nothing waits, so break_off()
/// lasts.
class prefixed_socket {
 public:
  using executor_type = worker_executor;

  prefixed_socket(transport& io, std::string already_read) : io_(io), prefix_(std::move(already_read)) {}

  executor_type get_executor() noexcept { return io_.executor(); }
  worker_socket& socket() noexcept { return io_.socket(); }

  /// From now on nothing is read or written.
  void break_off() {
    broken_off_ = true;
    io_.cancel();
  }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& into, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& buffers) {
          if (broken_off_) return refuse(std::move(handler));
          if (prefix_.empty() && io_.encrypted()) return start(reading<Buffers>{*this, buffers}, std::move(handler));
          if (prefix_.empty()) return socket().async_read_some(buffers, std::move(handler));
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
          if (io_.encrypted()) return start(writing<Buffers>{*this, buffers}, std::move(handler));
          socket().async_write_some(buffers, std::move(handler));
        },
        token, from);
  }

 private:
  /// The transport's read(), as often as it takes.
  template <class Buffers>
  struct reading {
    prefixed_socket& stream;
    Buffers buffers;

    transport::progress step() const {
      for (auto each = asio::buffer_sequence_begin(buffers); each != asio::buffer_sequence_end(buffers); ++each) {
        if (const asio::mutable_buffer into(*each); into.size() != 0) return stream.io_.read(into);
      }
      return {0, transport::status::done};
    }
    worker_socket::wait_type need() const noexcept { return stream.io_.what_reads_need(); }
  };
  /// The transport's write().
  template <class Buffers>
  struct writing {
    prefixed_socket& stream;
    Buffers buffers;

    transport::progress step() const { return stream.io_.write(buffers); }
    worker_socket::wait_type need() const noexcept { return stream.io_.what_writes_need(); }
  };

  /// Steps until one has done something; its end never comes before the call that began it has returned.
  template <class Work>
  struct operation {
    Work work;
    transport::progress last{0, transport::status::blocked};
    error_code fault = {};
    bool begun = false;

    template <class Self>
    void operator()(Self& self, error_code ec = {}) {
      auto& stream = work.stream;
      if (last.how == transport::status::blocked && !fault) {
        if (!ec && stream.broken_off_) ec = asio::error::operation_aborted;
        if (ec) {
          fault = ec;
        } else {
          last = work.step();
          // A part of what was to be written is done all the same.
          if (last.how == transport::status::blocked && last.bytes == 0) {
            begun = true;
            return stream.socket().async_wait(work.need(), std::move(self));
          }
          if (last.bytes == 0 && last.how == transport::status::ended) fault = asio::error::eof;
          if (last.bytes == 0 && last.how == transport::status::broken) fault = asio::error::connection_reset;
          last.how = transport::status::done;
        }
        if (!std::exchange(begun, true)) return asio::post(stream.get_executor(), std::move(self));
      }
      self.complete(fault, last.bytes);
    }
  };

  template <class Work, class Handler>
  void start(Work work, Handler handler) {
    asio::async_compose<Handler, void(error_code, std::size_t)>(operation<Work>{std::move(work)}, handler, socket());
  }

  template <class Handler>
  void refuse(Handler handler) {
    const error_code why = asio::error::operation_aborted;
    boost::asio::post(get_executor(), boost::asio::append(std::move(handler), why, std::size_t{0}));
  }

  transport& io_;
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
