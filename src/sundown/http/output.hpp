#pragma once

#include <sundown/task.hpp>

#include <boost/asio/buffer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace sundown::http::detail {

class connection;

/// What is ready to be written to a connection: heads and small bodies in `bytes`, then one large body, `tail`, which
/// is not copied.
///
/// Whoever writes gives way when the connection's turn is over. A peer that takes nothing more ends the connection:
/// connection::lost() says so.
/// Thread safety: the worker's thread only.
class output {
 public:
  std::string bytes;
  std::string tail;

  bool empty() const noexcept { return bytes.empty() && tail.empty(); }
  std::size_t unwritten() const noexcept { return bytes.size() + tail.size() - written_; }

  /// Writes without waiting. True if nothing is left to be written, or nothing can be any more.
  bool write_now(connection& to);
  /// Writes all of it.
  task<> flush(connection& to);
  /// Writes the pieces without copying them. `written` grows by the bytes that were written.
  static task<> write_through(connection& to, std::array<asio::const_buffer, 3> pieces, std::uint64_t& written);

  /// Also gives back the tail's memory.
  void clear() noexcept;

 private:
  std::size_t written_ = 0;  ///< of bytes and tail
  bool turn_over_ = false;   ///< the last write_now() has stopped for that, not for the peer
};

}  // namespace sundown::http::detail
