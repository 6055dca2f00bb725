#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace sundown::stop {

namespace asio = boost::asio;

/// Work that outlives the request that started it, such as an event that is published after a write.
///
/// Every task has a name and is counted by its lifetime: from the call of spawn() until its coroutine is destroyed. The
/// stop waits for all of them after the last session has ended; leftovers are asked to give up and named in the report.
/// Errors: a task that throws is logged with its name.
/// Thread safety: spawn(), cancel(), size() and names() from any thread; idle() on one strand at a time.
/// Lifetime: may end before its tasks do; must not outlive the executor's context.
class background {
 public:
  /// Tasks run on `where`, each on a strand of its own.
  explicit background(asio::any_io_executor where);
  background(const background&) = delete;
  background& operator=(const background&) = delete;
  ~background();

  /// Starts the task. It is posted, so the caller goes on first.
  void spawn(std::string name, asio::awaitable<void> work);

  /// Completes when no task is left. Obeys cancellation.
  asio::awaitable<void> idle();
  /// Asks what is left to give up (asio cancellation, on each task's strand).
  void cancel();

  std::size_t size() const;
  /// "name" or "name (3)" for each distinct one, sorted.
  std::vector<std::string> names() const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace sundown::stop
