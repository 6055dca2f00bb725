#pragma once

#include "http/connection.hpp"
#include "http/exchange.hpp"
#include "http/head_writer.hpp"
#include "http/prefixed_socket.hpp"

#include <sundown/http/handshake.hpp>
#include <sundown/http/websocket.hpp>
#include <sundown/task.hpp>

#include <boost/beast/websocket.hpp>

#include <string>
#include <string_view>

namespace sundown::http::detail {

/// The WebSocket that a handler is given, by Beast, on a connection's socket.
///
/// Thread safety: the worker's thread only. Lifetime: of the handler's call, within the connection's.
class beast_websocket final : public websocket, public soft_listener {
 public:
  /// `already_read`: frames that came right behind the handshake.
  beast_websocket(connection& client, std::string already_read);

  /// Answers the handshake; false if the connection is gone.
  task<bool> accept(const exchange& current, const handshake& offer);

  task<result<message>> read() override;
  task<result<void>> write(std::string_view data, bool text) override;
  std::string_view subprotocol() const noexcept override { return chosen_; }

  /// RFC 6455 §7.4.1: 1001, the server is going away. The pending read ends with the peer's close frame.
  void on_draining() override;
  void on_abort() override;

  /// After the handler: the close handshake, if it is not under way already.
  task<> finish();

 private:
  /// Without permessage-deflate: it holds 64 kB or more per connection.
  using stream = boost::beast::websocket::stream<prefixed_socket, false>;

  void start_close(boost::beast::websocket::close_code why);

  head_writer& heads_;
  stream stream_;
  worker_timer closed_signal_{stream_.get_executor()};
  std::string chosen_;
  bool closing_ = false;
  bool closed_ = false;
};

}  // namespace sundown::http::detail
