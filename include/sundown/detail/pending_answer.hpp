#pragma once

#include <sundown/error.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace sundown::detail {

namespace asio = boost::asio;

/// Logs that a caller could not be answered for want of memory; called in a catch block.
void report_unanswered() noexcept;

/// A caller that waits for an answer from another thread, and may give up waiting (asio cancellation).
///
/// The caller is answered exactly once, on its own executor and never inside the call that started the operation.
/// Work whose caller gave up before begin() must not be done at all. A caller that gives up after it is answered
/// `canceled` at once and told that the outcome is unknown, or what on_give_up() knows better; the answer that comes
/// later is dropped.
/// Thread safety: begin() and answer() from any thread; cancellation arrives on the caller's executor.
template <class T>
class pending_answer : public std::enable_shared_from_this<pending_answer<T>> {
 public:
  using handler_type = asio::any_completion_handler<void(result<T>)>;

  /// `fallback` answers handlers that name no executor of their own.
  template <class Handler>
  static std::shared_ptr<pending_answer> make(Handler handler, const asio::any_io_executor& fallback) {
    const asio::any_io_executor executor = asio::get_associated_executor(handler, fallback);
    auto self = std::make_shared<pending_answer>(private_tag{}, std::move(handler), executor);
    auto slot = asio::get_associated_cancellation_slot(self->handler_);
    if (slot.is_connected()) {
      slot.assign([weak = self->weak_from_this()](asio::cancellation_type type) {
        if (type == asio::cancellation_type::none) return;
        if (auto caller = weak.lock()) caller->give_up();
      });
    }
    return self;
  }

  /// The work starts now. False if the caller has given up: then it must not.
  bool begin() noexcept {
    auto expected = state::waiting;
    return state_.compare_exchange_strong(expected, state::running);
  }

  /// Calls that when the caller gives up, on the caller's executor: the work may be stopped. Its result is the error's
  /// detail. Before the work begins.
  void on_give_up(std::function<std::string()> call) { given_up_ = std::move(call); }

  void answer(result<T> outcome) {
    if (state_.exchange(state::answered) != state::answered) complete(std::move(outcome));
  }

 private:
  enum class state { waiting, running, answered };
  struct private_tag {};

 public:
  pending_answer(private_tag, handler_type handler, const asio::any_io_executor& executor)
      : handler_(std::move(handler)), work_(executor) {}

 private:
  void give_up() {
    const auto was = state_.exchange(state::answered);
    if (was == state::answered) return;
    if (given_up_) return complete(error{errc::canceled, given_up_()});
    complete(error{errc::canceled, was == state::waiting ? "given up before it began: nothing was done"
                                                         : "given up while under way: the outcome is unknown"});
  }

  /// The handler stays in this object until it runs: destroying one that could not be posted would destroy a suspended
  /// coroutine, which asio does by another post, in a destructor.
  void complete(result<T> outcome) noexcept {
    constexpr std::chrono::milliseconds pause(10);
    constexpr int attempts = 100;
    outcome_.emplace(std::move(outcome));
    for (int attempt = 1;; ++attempt) {
      try {
        return asio::post(work_.get_executor(), [self = this->shared_from_this()] { self->resume(); });
      } catch (...) {  // there is no memory for it now
        if (attempt == attempts) {
          report_unanswered();
          unanswered_ = this->shared_from_this();  // the caller waits for good: it has its own limit, or the stop's
          return;
        }
      }
      std::this_thread::sleep_for(pause);
    }
  }

  void resume() {
    const auto work = std::move(work_);
    auto handler = std::move(handler_);
    std::move(handler)(std::move(*outcome_));
  }

  std::atomic<state> state_{state::waiting};
  handler_type handler_;                                   // for whoever sets `answered`
  asio::executor_work_guard<asio::any_io_executor> work_;  // keeps the caller's context running meanwhile
  std::optional<result<T>> outcome_;
  std::shared_ptr<pending_answer> unanswered_;
  std::function<std::string()> given_up_;
};

}  // namespace sundown::detail
