#pragma once

#include "http/exchange.hpp"
#include "http/input_buffer.hpp"
#include "http/streaming.hpp"
#include "http/transport.hpp"

#include <sundown/task.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sundown::http::detail {

class connection;
class output;

/// Reads a connection's requests: bytes into the buffer, the buffer through the parser, and of each head what is to
/// become of its request: a route or a refusal, the limits of its body, whether guards come first.
///
/// Thread safety: the worker's thread only. Lifetime: a workspace's; attached to one connection after the other.
class request_reader final : public body_source {
 public:
  request_reader(exchange& current, output& out, std::size_t header_limit)
      : in_(header_limit), exchange_(current), out_(out) {}

  void attach(connection& client) noexcept { client_ = &client; }
  void clear() noexcept { in_.clear(); }

  /// Nothing is there, not even of a request under way.
  bool empty() const noexcept { return in_.empty(); }
  bool all_parsed() const noexcept { return in_.all_parsed(); }
  /// Bytes behind the request under way.
  std::size_t unparsed() const noexcept { return in_.unparsed().size(); }
  std::string_view unparsed_bytes() const noexcept { return in_.unparsed(); }
  /// Whether another request follows. The kernel may hold it unread; what is read now stays behind this one.
  bool has_more();

  /// Before a wait for input: room for what comes. The bytes may move.
  void make_room();
  /// One read without waiting.
  transport::status read();
  /// Skips empty lines, and counts them; false if nothing else is there.
  bool begin_request(std::uint8_t& empty_lines);
  /// Takes what is there; true once the request is to be answered: whole, with its head for an upload or a guard, or
  /// with a refusal.
  bool parse();
  /// What it refuses to take for a request is the preface of HTTP/2, at the connection's begin and in the clear (RFC
  /// 9113 §3.3): behind a handshake of TLS it is ALPN that says HTTP/2.
  bool at_preface() const;
  /// What has come since the request's begin.
  std::string_view request_bytes() const noexcept { return in_.all(); }
  /// The request is answered: the next one begins behind it.
  void next_request() noexcept { in_.next_request(); }
  /// The parser's views follow the bytes that have moved.
  void follow() noexcept { exchange_.parser->base(in_.request_begin()); }

  /// Sends 100 (Continue) to a client that waits for it before it sends the body.
  void ask_for_body();
  clock::time_point body_deadline() const;
  /// The next piece of a streamed body, for body_reader.
  task<result<std::string_view>> read_piece() override;
  /// Drops a body that has come already, so that the connection can go on. A longer one is not waited for.
  void pass_over_body();

 private:
  /// Gives the parser what it has not taken.
  request_parser::verdict put();
  void on_head();
  /// Answers at once, without the rest of the request; the connection's last answer.
  void refuse_now();
  error body_failed(body_fault why, std::string detail);

  input_buffer in_;
  exchange& exchange_;
  output& out_;
  connection* client_ = nullptr;
};

}  // namespace sundown::http::detail
