#pragma once

#include <sundown/detail/call_gate.hpp>
#include <sundown/error.hpp>
#include <sundown/task.hpp>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/cancel_after.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <utility>

namespace sundown::detail {

/// What a caller that gave up is answered: `timed_out` if its limit passed, `canceled` if it was cancelled.
error given_up(error how, asio::cancellation_type by_caller, std::chrono::milliseconds limit);

/// Begins a call that another thread answers, and waits for the answer no longer than `limit`.
///
/// `inside` is what a gate has said (gate.enter()). `begin(call_gate::pass&&, token)` starts the call, keeps the pass
/// as long as the call runs, and completes with result<T>. Errors: those of the gate and of the call; timed_out and
/// canceled, whose detail says whether the outcome is unknown. Lifetime: no gate is touched afterwards, so that a
/// caller that gave up may be answered after the gate's end.
template <class T, class Begin>
task<result<T>> limited_call(result<call_gate::pass> inside, std::chrono::milliseconds limit, Begin begin) {
  using clock = std::chrono::steady_clock;
  if (!inside) co_return inside.error();
  asio::basic_waitable_timer<clock, asio::wait_traits<clock>, worker_executor> timer(
      co_await asio::this_coro::executor);
  auto answer = co_await begin(std::move(*inside), asio::cancel_after(timer, limit, use_task));
  if (!answer && answer.error().code == errc::canceled) {
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return given_up(answer.error(), state.cancelled(), limit);
  }
  co_return answer;
}

}  // namespace sundown::detail
