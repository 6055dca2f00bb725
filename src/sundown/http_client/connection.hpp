#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sundown::http_client {

namespace asio = boost::asio;

/// What an operation gives back, its error first, instead of throwing it.
inline constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

/// A connection to an origin, in the clear or by TLS. Thread safety: the context's thread only.
class connection {
 public:
  using clock = std::chrono::steady_clock;

  explicit connection(asio::ip::tcp::socket open) : plain_(std::move(open)) {}
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// The handshake, with the peer's certificate judged for this host: "", or what is wrong and what to do. Obeys
  /// cancellation.
  asio::awaitable<std::string> handshake(asio::ssl::context& with, const std::string& host);

  struct transferred {
    boost::system::error_code ec;
    std::size_t bytes = 0;
  };
  asio::awaitable<transferred> read(asio::mutable_buffer into);
  asio::awaitable<transferred> write(std::vector<asio::const_buffer> all);

  /// Nothing has come since the last answer, and the server has not closed it: it can carry a request.
  bool is_quiet();

  clock::time_point idle_until{};

 private:
  asio::ip::tcp::socket& socket() { return secure_ ? secure_->next_layer() : *plain_; }

  std::optional<asio::ip::tcp::socket> plain_;
  std::optional<asio::ssl::stream<asio::ip::tcp::socket>> secure_;
};

}  // namespace sundown::http_client
