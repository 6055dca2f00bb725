#pragma once

#include <sundown/trace/parent.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sundown::trace {
class tracer;
}  // namespace sundown::trace

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
  /// Tasks run on `where`, each on a strand of its own, and have a span each if `traces` is there and on; it outlives
  /// them.
  explicit background(asio::any_io_executor where, const trace::tracer* traces = nullptr);
  background(const background&) = delete;
  background& operator=(const background&) = delete;
  ~background();

  /// Starts the task. It is posted, so the caller goes on first. Its span, from here to the task's end, is one below
  /// `caller`, such as request.span(), else a trace of its own.
  void spawn(std::string name, asio::awaitable<void> work, const trace::parent& caller = {});
  /// The same for work that has use for its span: for attributes, for what it calls
  /// (http_client::request::on_behalf_of). The span is the task's, and empty while tracing is off.
  void spawn(std::string name, std::function<asio::awaitable<void>(trace::span& own)> work,
             const trace::parent& caller = {});

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
