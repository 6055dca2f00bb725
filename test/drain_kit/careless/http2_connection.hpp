#pragma once

#include "drain_kit/careless/transport.hpp"

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace careless {

/// One client's connection in HTTP/2, in a thread of its own: as far as the drain kit's clients speak it.
class http2_connection {
 public:
  http2_connection(std::unique_ptr<transport> client, const stop_state& stop);

  /// Until it has ended, in order unless a fault says otherwise.
  void serve();

 private:
  /// A request, and what is left of its answer.
  struct exchange {
    std::string method, path;
    std::size_t left = 0;                    ///< of the answer's body
    clock::time_point due = no_time;         ///< of an answer that takes its time
    clock::time_point moved = clock::now();  ///< the last time that a byte of the answer was taken
    bool asked = false;                      ///< the whole request has come
    bool answered = false;                   ///< its head has been given to the session
    bool events = false;                     ///< a stream of them
    bool abandoned = false;                  ///< nobody waits for it
  };
  static constexpr auto no_time = clock::time_point::max();

  // What the session tells.
  void begin(std::int32_t stream);
  void take_data(std::int32_t stream, std::size_t size);
  void answer(std::int32_t stream);
  ssize_t fill(std::int32_t stream, std::uint8_t* to, std::size_t size, std::uint32_t* flags);
  static nghttp2_session_callbacks* callbacks();
  static http2_connection& self(void* own) { return *static_cast<http2_connection*>(own); }

  /// The answer's head, and a body of `left` bytes.
  void reply(std::int32_t stream, const char* status = "200");
  void reset(std::int32_t stream, std::uint32_t code) {
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream, code);
  }
  /// What time and the signal bring.
  void advance();
  void begin_stop();
  void say_last_stream();
  /// Says of a stream whose answer has begun that nothing was done.
  void disclaim(std::int32_t stream);
  void reset_all(std::uint32_t code);
  /// Ends what holds the stop; false if the client takes nothing at all.
  bool end_stalled();
  /// Nobody waits for an answer.
  bool done() const;
  /// The next moment at which advance() has something to do.
  clock::time_point next() const;
  bool write_waiting();
  /// Waits for bytes, and takes them; false at the end.
  bool read_some();

  const std::unique_ptr<transport> client_;
  const stop_state& stop_;
  const std::unique_ptr<nghttp2_session, void (*)(nghttp2_session*)> session_;
  std::map<std::int32_t, exchange> all_;
  std::string output_;
  const bool late_ = stop_.stopping();  ///< it has come after the signal
  bool stop_seen_ = false, closing_ = false, last_said_ = false, used_ = false, long_answer_ = false;
};

}  // namespace careless
