#pragma once

#include <sundown/testing/clock.hpp>
#include <sundown/testing/reply.hpp>
#include <sundown/testing/unique_fd.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace sundown::testing {

/// Where to connect; the address is numeric, IPv4 or IPv6, or that of a unix socket, "unix:/run/orders.sock".
struct endpoint {
  std::string address;
  std::uint16_t port = 0;
};

enum class connecting { connected, refused, reset, timed_out, failed };
enum class sending { sent, reset, timed_out };
const char* to_string(connecting how);
const char* to_string(sending how);

/// A blocking TCP client that says and hears exactly what the test wants: halves of requests, several at once, nothing
/// at all. Every operation has a limit, and says which of the ways in which it can end has come.
class raw_client {
 public:
  /// Before connect(): a receive buffer so small that the server soon notices a reader that is slow.
  void set_receive_buffer(int bytes) { receive_buffer_ = bytes; }

  connecting connect(const endpoint& where, milliseconds limit = ample);
  bool connected() const { return static_cast<bool>(fd_); }
  /// The socket, for poll(2) over many of them.
  int handle() const { return fd_.get(); }

  sending send(std::string_view bytes, milliseconds limit = ample);
  /// One segment for each byte, as TCP_NODELAY makes it.
  sending send_byte_by_byte(std::string_view bytes, milliseconds limit = ample);

  /// The next answer; `bodiless` for the one to HEAD.
  reply read_response(milliseconds limit = ample, bool bodiless = false);
  /// Reads until the peer ends the connection; what came stays in received().
  ending read_until_end(milliseconds limit = ample);
  /// Reads until received() contains the text.
  bool read_until(std::string_view text, milliseconds limit = ample);
  /// Reads once, at most `most` bytes (and 64 kB), into received(). `open` means that some came.
  ending read_some(std::size_t most, milliseconds limit = ample);

  /// Bytes that came and belong to no answer read so far.
  std::string& received() { return input_; }
  /// Bytes sent that the peer's kernel has not acknowledged.
  int unacknowledged() const;

  void half_close();
  /// Closes with RST instead of FIN.
  void reset();
  void close() { fd_.reset(); }

 private:
  unique_fd fd_;
  std::string input_;
  int receive_buffer_ = 0;
};

/// Connects, sends, and reads one answer, each within the limit.
reply ask(const endpoint& where, std::string_view request, milliseconds limit = ample);

/// "GET target HTTP/1.1" with Host and further fields ("Name: value\r\n" each).
std::string get(std::string_view target, std::string_view fields = {});
/// A request with a body and its Content-Length.
std::string post(std::string_view target, std::string_view body, std::string_view type = "application/json",
                 std::string_view method = "POST");

}  // namespace sundown::testing
