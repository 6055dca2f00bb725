#pragma once

#include "http_client/connection.hpp"

#include <sundown/error.hpp>
#include <sundown/http/response.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace sundown::http_client {

/// One answer from a connection. Thread safety: the context's thread only. Lifetime: the connection must outlive it.
class answer_reader {
 public:
  answer_reader(connection& from, bool to_head_request) : from_(from), to_head_request_(to_head_request) { begin(); }

  /// Interim answers (1xx) are passed over. Errors: unavailable. Obeys cancellation, as the next.
  asio::awaitable<result<void>> read_head();
  unsigned status() const { return parser_->get().result_int(); }
  http::fields headers() const;

  /// The next piece of the body; "" at its end.
  asio::awaitable<result<std::string>> read_piece();

  /// Something has come of it.
  bool has_begun() const noexcept { return begun_; }
  /// How long the connection may be kept, once the answer has been read to its end: 0 if it can't carry another one. By
  /// the server's own words (Keep-Alive: timeout=5) a second less than that.
  std::chrono::milliseconds keepable(std::chrono::milliseconds most) const;

 private:
  using parser = boost::beast::http::response_parser<boost::beast::http::buffer_body>;

  void begin();
  asio::awaitable<result<void>> receive();
  /// Feeds the parser what is there.
  result<void> parse();

  connection& from_;
  const bool to_head_request_;
  bool begun_ = false;
  bool ended_ = false;  ///< by the server
  bool starved_ = true;
  boost::beast::flat_buffer in_;
  std::optional<parser> parser_;
};

}  // namespace sundown::http_client
