#pragma once

#include <sundown/config.hpp>
#include <sundown/detail/call_gate.hpp>
#include <sundown/detail/limited_call.hpp>
#include <sundown/detail/pending_answer.hpp>
#include <sundown/error.hpp>
#include <sundown/pressure.hpp>
#include <sundown/task.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace sundown {

/// Threads for calls that block (a driver, a disk), so that a worker never does.
///
///     const auto lines = co_await app.blocking().call([] { return count_lines("the.log"); }, 2s);  // result<int>
///
/// Bound: `config.threads` calls run, `config.queue` more wait; a further one is answered `busy`.
/// Cancellation: a call that still waits is never run; one that runs can't be interrupted, but its caller is released
/// with `canceled`, and told that the outcome is unknown. What the call uses must therefore belong to it or outlive the
/// pool's close().
/// Errors: those of the call; an exception from it, whatever its type, becomes `unavailable`; busy; canceled (closed,
/// or by the caller).
/// Thread safety: any thread.
/// Lifetime: the contexts of its callers must outlive close(); without close() the destructor drops the calls that wait
/// and blocks until those that run have returned.
class blocking_pool final : public pressure {
 public:
  /// Throws startup_error if there are no more threads to be had.
  explicit blocking_pool(const blocking_config& config, const std::string& thread_name = "blocking");
  blocking_pool(const blocking_pool&) = delete;
  blocking_pool& operator=(const blocking_pool&) = delete;
  ~blocking_pool();

  /// Runs f(), which returns result<T>, on one of the threads, for a caller that waits no longer than `limit`; then
  /// `timed_out`. `inside`: what the gate of a client says, whose close() awaits its own calls.
  template <class F>
  auto call(F f, std::chrono::milliseconds limit, result<detail::call_gate::pass> inside = detail::call_gate::pass())
      -> task<std::invoke_result_t<F&>> {
    using value = typename std::invoke_result_t<F&>::value_type;
    auto begin = [this, f = std::move(f)](detail::call_gate::pass&& pass, auto&& token) mutable {
      return this->async_run([f = std::move(f), pass = std::move(pass)]() mutable { return f(); },
                             std::forward<decltype(token)>(token));
    };
    return detail::limited_call<value>(std::move(inside), limit, std::move(begin));
  }

  /// The same without a limit, for any completion token: runs f() on one of the threads and completes with it on the
  /// caller's executor.
  template <class F, class Token>
  auto async_run(F&& f, Token&& token) {
    using work_type = std::decay_t<F>;
    using outcome = std::invoke_result_t<work_type&>;
    return asio::async_initiate<Token, void(outcome)>(
        [this](auto handler, work_type work) {
          start(detail::pending_answer<typename outcome::value_type>::make(std::move(handler), executor()),
                std::move(work));
        },
        token, work_type(std::forward<F>(f)));
  }

  /// Runs f() with nobody waiting for it. It must not throw.
  template <class F>
  result<void> post(F f) {
    auto pass = gate_.enter();
    if (!pass) return pass.error();
    asio::post(context_, [work = std::move(f), inside = std::move(*pass)]() mutable { work(); });
    return {};
  }

  /// Refuses new calls, awaits the ones that run and wait, ends the threads.
  asio::awaitable<void> close();

  /// "2 calls", or "" when idle.
  std::string waiting_for() const { return gate_.describe("call"); }
  std::size_t threads() const noexcept { return members_.size(); }
  /// As many calls wait as run: one that comes now waits for a whole one. For route_group::needs().
  bool full() const noexcept override { return gate_.inside() >= 2 * threads(); }
  worker_executor executor() noexcept { return context_.get_executor(); }

 private:
  template <class T, class F>
  void start(std::shared_ptr<detail::pending_answer<T>> caller, F work) {
    auto pass = gate_.enter();
    if (!pass) return caller->answer(pass.error());
    try {
      asio::post(context_, [work = std::move(work), caller, inside = std::move(*pass)]() mutable {
        if (!caller->begin()) return;
        auto outcome = guarded<T>(work);
        inside.leave();  // before the answer: a caller that calls again at once must find its place free
        caller->answer(std::move(outcome));
      });
    } catch (const std::bad_alloc& e) {
      caller->answer(error{errc::unavailable, e.what()});
    }
  }

  /// Nothing is thrown past the caller, who would wait for good.
  template <class T, class F>
  static result<T> guarded(F& work) noexcept {
    try {
      return work();
    } catch (...) {
      return reason();
    }
  }

  /// Of the exception that is being handled.
  static error reason() noexcept;

  void serve_calls() noexcept;
  void join();

  detail::call_gate gate_;
  asio::io_context context_;  // not a thread_pool: an exception out of that one's run ends the process
  asio::executor_work_guard<worker_executor> open_{context_.get_executor()};
  std::vector<std::thread> members_;
};

}  // namespace sundown
