#pragma once

#include "base/handler_memory.hpp"
#include "stop/spawn_named.hpp"

#include <sundown/task.hpp>

#include <memory>
#include <utility>

namespace sundown::http::detail {

/// A coroutine that is to run for as long as its worker does. Whatever ends it before (an exception, or asio destroying
/// it because an operation could not begin) is noticed, so that its owner can start it again.
///
/// Thread safety: one thread's. Lifetime: the coroutine may outlive this object.
class endless_loop {
 public:
  /// `name` is a literal.
  explicit endless_loop(const char* name) : name_(name) {}

  bool runs() const noexcept { return *runs_; }

  /// Calls `work`, which returns the loop's task, unless it runs. Without memory to begin: logged, and runs() is false.
  template <class Work>
  void start(const worker_executor& where, Work work) noexcept {
    if (runs()) return;
    try {
      stop::spawn_named(name_, where, run(presence(runs_), work()));
    } catch (...) {
      log::report_failure(name_, std::current_exception());
    }
  }

  /// For what the loop waits for.
  template <class Token>
  auto hold(Token token) const {
    return memory_.hold(std::move(token));
  }

 private:
  /// Is there for as long as the loop's frame.
  class presence {
   public:
    explicit presence(std::shared_ptr<bool> runs) noexcept : runs_(std::move(runs)) { *runs_ = true; }
    presence(presence&& other) noexcept = default;
    presence& operator=(presence&&) = delete;
    ~presence() {
      if (runs_) *runs_ = false;
    }

   private:
    std::shared_ptr<bool> runs_;
  };

  static task<> run(presence, task<> work) { co_await std::move(work); }

  const char* name_;
  std::shared_ptr<bool> runs_ = std::make_shared<bool>(false);
  base::handler_memory memory_;
};

}  // namespace sundown::http::detail
