#pragma once

#include "drain_kit/careless/transport.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace careless {

/// How a server keeps its connections, stop or no stop.
enum class manner {
  keeps,     ///< until the stop
  closes,    ///< says `Connection: close` with every answer
  http_1_0,  ///< answers in HTTP/1.0, without a length, and without 100 and WebSockets
};

/// One client's connection, in a thread of its own: HTTP/1.1 as far as the drain kit's clients speak it.
class connection {
 public:
  connection(std::unique_ptr<transport> client, const stop_state& stop, manner how)
      : client_(std::move(client)), stop_(stop), manner_(how) {}

  /// Until it has ended, in order unless a fault says otherwise.
  void serve();

 private:
  enum class heard { bytes, stopping, end, late };

  /// Waits for bytes: until the stop begins, and from then on for so long after the signal.
  heard hear(milliseconds after_signal);
  bool read_head();
  bool read_body(std::size_t size);
  bool answer();
  bool answer_upload(std::string_view head);
  bool answer_slowly(int milliseconds_asked);
  bool stream_events();
  bool talk();
  bool say(std::string_view text);
  bool say_body(std::size_t size);
  bool reply(int status, std::string_view body);
  /// The head of an answer with a body of that size.
  std::string head_of(int status, std::size_t size);
  /// Of an answer: its connection ends, unless more is in the buffer.
  std::string close_field();

  const std::unique_ptr<transport> client_;
  const stop_state& stop_;
  const manner manner_;
  std::string input_, head_;
  bool used_ = false, long_answer_ = false, said_close_ = false;
};

}  // namespace careless
