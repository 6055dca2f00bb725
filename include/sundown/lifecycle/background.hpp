#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sundown::lifecycle {

namespace asio = boost::asio;

/// Work that outlives the request that started it, such as an event that is published after a write.
///
/// Every task has a name and is counted by its lifetime. The stop waits for all of them after the last session has
/// ended, so nothing can be spawned behind its back; leftovers are named in the report and left behind.
/// Errors: a task that throws is logged with its name.
/// Thread safety: spawn() from any thread. Lifetime: must outlive its executor's run.
class background {
 public:
  explicit background(asio::any_io_executor where);
  background(const background&) = delete;
  background& operator=(const background&) = delete;
  ~background();

  /// Starts the task on the executor given at construction.
  void spawn(std::string name, asio::awaitable<void> work);

  /// Completes when no task is left. Obeys cancellation.
  asio::awaitable<void> idle();
  /// Asks what is left to give up (asio cancellation).
  void cancel();

  std::size_t size() const;
  /// "name" or "name (3)" for each distinct one, sorted.
  std::vector<std::string> names() const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace sundown::lifecycle
