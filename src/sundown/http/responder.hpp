#pragma once

#include "http/exchange.hpp"
#include "http/streaming.hpp"

#include <sundown/task.hpp>

#include <chrono>
#include <string_view>

namespace sundown::http::detail {

class connection;
class output;
class request_reader;

/// Makes a connection's answers: whole ones into the output, where they wait for the session's one write, and streamed
/// ones piece by piece.
///
/// Thread safety: the worker's thread only. Lifetime: a workspace's; attached to one connection after the other.
class responder final : public stream_sink {
 public:
  responder(exchange& current, output& out, request_reader& reader) : exchange_(current), out_(out), reader_(reader) {}

  void attach(connection& client) noexcept { client_ = &client; }

  void answer(response given);
  /// The 503 of the hard cancel, counted and named; the connection's last answer.
  void answer_stopping();

  // For response_stream.
  void answer_instead(response whole) override;
  task<result<void>> start_stream(response head, framing body, bool endless) override;
  task<result<void>> write_piece(std::string_view piece) override;
  task<bool> wait(std::chrono::milliseconds most) override;
  /// The handler has returned. What is wrong with its stream; nullptr if nothing is.
  const char* finish_stream();

 private:
  /// Whether the answer whose head is written now is the connection's last; if so, the connection ends with it.
  /// `told_by`: what says where its body ends.
  bool is_last_answer(framing::kind told_by);

  exchange& exchange_;
  output& out_;
  request_reader& reader_;
  connection* client_ = nullptr;
};

}  // namespace sundown::http::detail
