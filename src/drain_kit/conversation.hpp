#pragma once

#include "wire/wire.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sundown::testing::drain_kit {

/// A GET, or with a body a POST.
struct request {
  std::string target;
  std::string body = {};
};

/// What came of a request.
struct response : reply {
  bool refused = false;    ///< not processed, as the server has said (RFC 9113 §8.7): safe to repeat
  bool belied = false;     ///< it has said so of one whose answer had begun: who repeats it does it twice
  std::string fault = {};  ///< of one that isn't whole: how it failed
};

/// A client's connection, in HTTP/1.1 or HTTP/2, in the clear or by TLS. Every call ends within its limit.
/// Thread safety: none.
class conversation {
 public:
  conversation() = default;
  conversation(const conversation&) = delete;
  conversation& operator=(const conversation&) = delete;
  virtual ~conversation() = default;

  virtual bool speaks_http2() const = 0;
  /// TCP alone; then the handshake of TLS and what HTTP/2 begins with.
  virtual connecting reach(const endpoint& where, milliseconds limit) = 0;
  virtual connecting greet(milliseconds limit) = 0;
  /// The first word of a handshake alone, over TLS: greet() goes on from there.
  void begin_greeting() { bytes().begin_greeting(); }
  connecting connect(const endpoint& where, milliseconds limit) { return reach_and_greet(*this, where, limit); }

  /// Sends all of them at once.
  virtual sending ask(const std::vector<request>& requests, milliseconds limit) = 0;
  /// The head and half the body; then what is missing.
  virtual sending ask_half(const request& what, milliseconds limit) = 0;
  virtual sending ask_rest(milliseconds limit) = 0;
  virtual sending ask_half_head(const request& what, milliseconds limit) = 0;

  /// Reads until something of an answer has come; otherwise how the connection ended.
  virtual ending await(milliseconds limit) = 0;
  /// The next answer: in HTTP/2 of the stream that is done first.
  virtual response take(milliseconds limit) = 0;
  /// Reads until the head of the answer has come, or this text of its body.
  virtual bool read_head(milliseconds limit) = 0;
  virtual bool read_until(std::string_view text, milliseconds limit) = 0;
  /// Reads once, at most so much.
  virtual ending read_piece(std::size_t most, milliseconds limit) = 0;
  /// How much of the answer under way has come, its head excepted in HTTP/2.
  virtual std::size_t come() const = 0;

  /// The server has said that it takes no more requests on this connection.
  virtual bool told_end() const = 0;
  /// Takes what has come, and answers what the protocol wants answered; how the connection ended, if it has.
  virtual std::optional<ending> listen() = 0;
  /// `fin` over TLS is close_notify and a FIN behind it.
  virtual ending read_until_end(milliseconds limit) = 0;
  /// No further window is opened to the server, whatever is read.
  virtual void shut_windows() {}

  virtual wire& bytes() = 0;
};

}  // namespace sundown::testing::drain_kit
