#pragma once

#include "http/connection.hpp"

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <string>

namespace sundown::http2 {

class session;

/// The way out of a connection: what nghttp2 has to send goes in as few writes as possible, none of which waits. What
/// the socket doesn't take is kept, and nothing more is asked of nghttp2 until it is gone.
///
/// Thread safety: the worker's thread only. Lifetime: of the session, which it is a part of.
class outlet {
 public:
  /// `scratch`: room that is used within a call only, and may be shared with others of the thread.
  outlet(session& owner, nghttp2_session* library, std::string& scratch) noexcept
      : session_(owner), library_(library), scratch_(scratch) {}

  void flush();
  /// What nghttp2 has to send is put behind what waits for the socket, if anything does.
  void gather_behind();
  bool waits() const noexcept { return waits_; }

 private:
  void gather(std::string& to);
  void await_writable();
  void on_writable(bool failed);
  void write_rest();

  session& session_;
  nghttp2_session* library_;
  std::string& scratch_;
  std::string rest_;         ///< what the socket did not take
  std::size_t written_ = 0;  ///< of it
  bool waits_ = false;
};

}  // namespace sundown::http2
