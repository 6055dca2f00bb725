#pragma once

#include "http/framing.hpp"

#include <sundown/http/response.hpp>
#include <sundown/http/stream.hpp>
#include <sundown/task.hpp>

#include <chrono>
#include <string_view>

namespace sundown::http::detail {

// What a protocol puts behind body_reader and response_stream, so that no handler can tell which one it serves.

class body_source {
 public:
  virtual task<result<std::string_view>> read_piece() = 0;

 protected:
  ~body_source() = default;
};

class stream_sink {
 public:
  virtual void answer_instead(response whole) = 0;
  virtual task<result<void>> start_stream(response head, framing body, bool endless) = 0;
  virtual task<result<void>> write_piece(std::string_view piece) = 0;
  virtual task<bool> wait(std::chrono::milliseconds most) = 0;

 protected:
  ~stream_sink() = default;
};

}  // namespace sundown::http::detail
