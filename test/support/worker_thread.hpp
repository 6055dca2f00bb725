#pragma once

#include <sundown/task.hpp>

#include "support/testing.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <stdexcept>
#include <thread>
#include <utility>

namespace sundown::test {

/// The future's value, or an exception when it doesn't come.
template <class T>
T await(std::future<T> future) {
  if (future.wait_for(ample) != std::future_status::ready) throw std::runtime_error("nothing came in time");
  return future.get();
}

/// One io_context run by one thread, as the service's workers are.
class worker_thread {
 public:
  worker_thread() : work_(asio::make_work_guard(context_)), thread_([this] { context_.run(); }) {}
  worker_thread(const worker_thread&) = delete;
  worker_thread& operator=(const worker_thread&) = delete;
  ~worker_thread() {
    work_.reset();
    context_.stop();
    thread_.join();
  }

  asio::io_context& context() noexcept { return context_; }
  std::thread::id id() const noexcept { return thread_.get_id(); }

  /// Starts a coroutine of either plane.
  template <class T, class Executor>
  std::future<T> start(asio::awaitable<T, Executor> work) {
    return asio::co_spawn(context_.get_executor(), std::move(work), asio::use_future);
  }
  /// As start(); cancel(signal) cancels it.
  template <class T, class Executor>
  std::future<T> start(asio::awaitable<T, Executor> work, asio::cancellation_signal& signal) {
    return asio::co_spawn(context_.get_executor(), std::move(work),
                          asio::bind_cancellation_slot(signal.slot(), asio::use_future));
  }
  void cancel(asio::cancellation_signal& signal) {
    asio::post(context_, [&signal] { signal.emit(asio::cancellation_type::terminal); });
  }
  template <class T, class Executor>
  T run(asio::awaitable<T, Executor> work) {
    return await(start(std::move(work)));
  }

 private:
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace sundown::test
