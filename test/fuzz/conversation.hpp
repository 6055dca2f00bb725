#pragma once

#include <sundown/config.hpp>
#include <sundown/http/router.hpp>
#include <sundown/http/server.hpp>
#include <sundown/stop/budget.hpp>
#include <sundown/testing/unique_fd.hpp>

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::fuzz {

/// Where to cut so many bytes, in order; the size is the last place.
std::vector<std::size_t> cuts_of(std::string_view input, std::size_t most);

/// A server whose worker is the caller's thread: it runs between the pieces that its client sends, until nothing is
/// left to do, so that no answer depends on a scheduler. By a unix socket, which delivers at once.
/// Lifetime: the process's; it isn't drained.
class lone_server {
 public:
  explicit lone_server(const std::function<void(http::router&)>& add, const http::http2_provider* http2 = nullptr);
  lone_server(const lone_server&) = delete;
  lone_server& operator=(const lone_server&) = delete;

  struct outcome {
    std::string received = {};
    bool ended = false;  ///< by the server, in order
  };
  /// Sends the bytes in pieces that end at these places, then a FIN, and waits for the server's end; 10 ms for one that
  /// owes a client more than it takes. The connection is gone then.
  outcome converse(std::string_view bytes, const std::vector<std::size_t>& ends);

 private:
  void run();
  testing::unique_fd connect();
  void send(int to, std::string_view piece, outcome& so_far);
  /// False: it has ended.
  bool receive(int from, outcome& so_far);

  boost::asio::io_context context_;
  stop::budget clock_;
  http_config limits_;
  http::router routes_;
  http::server server_;
};

/// The routes of most targets: a plain answer, a body that is echoed, one that is read as a stream, one that isn't
/// read, limits, an answer in chunks, a parameter. All end by themselves.
void add_routes(http::router& to);

}  // namespace sundown::fuzz
