#pragma once

#include <sundown/http/response.hpp>
#include <sundown/time.hpp>

#include <boost/asio/cancellation_signal.hpp>

namespace sundown::http::detail {

namespace asio = boost::asio;

struct exchange;
struct worker_parts;
class body_source;
class session_status;
class stream_sink;

/// What carries the request under way, as the run of its handler sees it: a connection of HTTP/1, a stream of HTTP/2.
///
/// Thread safety: the worker's thread only. Lifetime: of the run, or longer.
class carrier {
 public:
  virtual worker_parts& parts() noexcept = 0;
  virtual exchange& current() noexcept = 0;
  virtual session_status& status() noexcept = 0;
  /// When the time of guards and handler is over; time_point::max(): never. They are cancelled then.
  virtual void set_run_end(clock::time_point when) = 0;
  /// The hard token of the handler.
  virtual asio::cancellation_signal& cancel() noexcept = 0;
  virtual body_source& body() noexcept = 0;
  virtual stream_sink& sink() noexcept = 0;

  /// Nothing more can be answered.
  virtual bool lost() const noexcept = 0;
  /// The answer comes before the body's end.
  virtual void leave_body() = 0;
  /// Drops a body that has come already. A longer one is not waited for.
  virtual void pass_over_body() = 0;

  virtual void answer(response given) = 0;
  /// The 503 of the hard cancel, counted and named.
  virtual void answer_stopping() = 0;
  /// The handler has returned. What is wrong with its stream; nullptr if nothing is.
  virtual const char* finish_stream() = 0;
  /// Half an answer is out, and the rest can't follow: only a broken end tells the client that it is not whole.
  virtual void break_off() = 0;

 protected:
  ~carrier() = default;
};

}  // namespace sundown::http::detail
