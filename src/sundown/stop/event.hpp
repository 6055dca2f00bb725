#pragma once

#include <sundown/time.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace sundown::stop {

namespace asio = boost::asio;

/// Something that happens, and that coroutines wait for without polling. It stays set until reset(); a wait that set()
/// has let go is over, whatever reset() does before its coroutine has its turn.
///
/// Thread safety: everything from any thread. A wait resumes on its coroutine's executor, which must run one thing at a
/// time (a strand, or a context with one thread).
/// Lifetime: a copy is the same event, so a thread that may set it late holds one of its own.
/// Cancellation: a wait obeys it by throwing operation_aborted, unless the event has let it go already.
class event {
 public:
  event();

  /// Without memory to wake a coroutine it is logged, and that coroutine looks by itself at its limit.
  void set() const noexcept;
  void reset() const;
  bool is_set() const;

  asio::awaitable<void> wait() const;
  /// True if it has happened by then. `limit()` is asked again when it has passed: a point of the stop's time line may
  /// move. A limit in the past lets what is ready to run have its turn.
  asio::awaitable<bool> wait_until(std::function<clock::time_point()> limit) const;
  asio::awaitable<bool> wait_until(clock::time_point limit) const;

 private:
  struct state;
  struct waiter;
  class entry;
  static asio::awaitable<bool> wait(std::shared_ptr<state> self, std::function<clock::time_point()> limit);

  std::shared_ptr<state> state_;
};

/// A count of what is under way, with an event for its fall to zero.
///
/// Thread safety and lifetime: as of an event.
class wait_group {
 public:
  explicit wait_group(std::size_t count = 0);

  void enter() const;
  void leave() const noexcept;
  std::size_t count() const;

  /// Complete when the count is zero, at once if it is, also if it has risen again meanwhile. Cancellation: as of an
  /// event.
  asio::awaitable<void> wait() const;
  asio::awaitable<bool> wait_until(std::function<clock::time_point()> limit) const;
  asio::awaitable<bool> wait_until(clock::time_point limit) const;

  class token;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

/// Counts for as long as it exists.
class wait_group::token {
 public:
  explicit token(wait_group group) : group_(std::move(group)) { group_.enter(); }
  token(token&& other) noexcept = default;
  token& operator=(token&&) = delete;
  ~token() {
    if (group_.state_) group_.leave();  // else it has been moved from
  }

 private:
  wait_group group_;
};

}  // namespace sundown::stop
