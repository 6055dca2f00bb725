#pragma once

#include "stop/event.hpp"

#include <sundown/time.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sundown::process {

namespace asio = boost::asio;

/// The data plane's threads: each has an io_context of its own, so that a session never leaves its core.
///
/// The contexts are created with BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO: the scheduler and the registration of
/// descriptors stay locked, so any thread may post to a worker, but the I/O objects of a context may be touched by its
/// worker only (and by the thread that sets it up, before start(), or tears it down, after the worker has ended). The
/// hint also tells the scheduler that one thread runs it: a handler posted from inside costs neither a lock nor a
/// wake-up.
///
/// A worker ends when its context has no work left: nothing here calls io_context::stop(). All signals are blocked in
/// the workers. An exception out of a handler is a bug: it is logged and given to on_failure, and the worker goes on,
/// so that its other sessions drain. A shortage of memory or descriptors is none: it is logged, and the worker goes on.
///
/// Lifetime: a thread that has not ended keeps its context alive by itself, so that nothing dangles when a blocked
/// worker is left behind; the process must then leave by _exit.
class worker_pool {
 public:
  using failure_function = std::function<void(std::string)>;

  /// `on_failure` is called on the worker's thread.
  worker_pool(std::size_t size, failure_function on_failure);
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;
  /// finish(), joins the threads that end at once, leaves the others behind.
  ~worker_pool();

  std::size_t size() const noexcept { return workers_.size(); }
  asio::io_context& context(std::size_t i);

  /// Starts the threads, named "worker 0" and so on. A worker runs until finish(), and then as long as it has work.
  /// Throws startup_error if there are no more threads to be had.
  void start();
  /// From now on a worker ends when it has no work. Idempotent.
  void finish();
  /// finish(), then waits for the threads without blocking the caller's executor; a closable's close().
  asio::awaitable<void> close();
  /// finish(), then blocks until all threads have ended, at most until `deadline`. Names those that have not.
  std::vector<std::string> join(clock::time_point deadline);

  /// For the progress line: "2 of 4 running" once finishing.
  std::string waiting_for() const;

 private:
  struct worker;

  void join_ended();

  failure_function on_failure_;
  std::vector<std::shared_ptr<worker>> workers_;
  const stop::wait_group running_;
  std::atomic<bool> finishing_{false};
};

}  // namespace sundown::process
