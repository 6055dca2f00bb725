#pragma once

#include "http/drain_state.hpp"

#include <sundown/task.hpp>

#include <boost/asio/any_completion_handler.hpp>

#include <deque>

namespace sundown::http::detail {

/// Turns of a worker's connections. A connection whose socket is always ready never waits, and would keep the worker's
/// thread from all others.
///
/// Every loop of a session that can go on without waiting asks used_up() after each piece of work, and awaits next()
/// when that says so. One turn of the event loop resumes one of those that wait for their next turn. So everybody else,
/// timers and posted calls included, waits for one slice and one piece of work at most, however many connections would
/// go on for ever.
///
/// Thread safety: none, the worker's thread only. Lifetime: a connection that waits is destroyed with it.
class turns {
 public:
  explicit turns(worker_executor executor) : executor_(executor) {}
  turns(const turns&) = delete;
  turns& operator=(const turns&) = delete;

  /// How long a connection may go on, if others are to be heard within milliseconds. The price of a turn, one look of
  /// epoll_wait(2), is below one percent of it.
  static constexpr std::chrono::microseconds slice{200};

  /// True when `connection` has had its slice. The slice begins with the connection's first look after another's.
  bool used_up(const void* connection, clock::time_point now) noexcept {
    if (connection == holder_) return now - since_ >= slice;
    begin(connection, now);
    return false;
  }

  /// Completes in the connection's next turn.
  task<> next(const void* connection);
  /// The same for what is no coroutine: resumed once, in its next turn, if there is one.
  void next(asio::any_completion_handler<void()> resume);

 private:
  void begin(const void* connection, clock::time_point now) noexcept {
    holder_ = connection;
    since_ = now;
  }
  void resume_first();

  worker_executor executor_;
  const void* holder_ = nullptr;
  clock::time_point since_{};
  std::deque<asio::any_completion_handler<void()>> waiting_;
};

}  // namespace sundown::http::detail
