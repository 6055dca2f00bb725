#pragma once

#include "drain_kit/careless/stop.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace careless {

/// One client's connection, in a thread of its own: HTTP/1.1 as far as the drain kit's clients speak it.
class connection {
 public:
  connection(int socket, const stop_state& stop) : socket_(socket), stop_(stop) {}
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection();

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
  /// Of an answer: its connection ends, unless more is in the buffer.
  std::string close_field();
  void linger();
  void give_up();

  int socket_;
  const stop_state& stop_;
  std::string input_, head_;
  bool used_ = false, half_closed_ = false, given_up_ = false, said_close_ = false;
};

}  // namespace careless
