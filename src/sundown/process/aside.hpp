#pragma once

#include "base/left_behind.hpp"
#include "base/start_thread.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace sundown::process {

namespace asio = boost::asio;

/// A call that may never return, on a thread of its own: reading a file can block for ever (a FIFO, a mount whose
/// server is gone), and the control plane must hear signals meanwhile. A thread that doesn't come back is left behind:
/// the process must then leave by _exit.
///
/// Thread safety: all on the control context's thread, but for the call itself.
/// Lifetime: the call must own what it uses. `then` is not called once this object is gone, or has stopped waiting. A
/// thread whose call has returned ends before this object does: what thread_local objects do at its end (OpenSSL's
/// among them) must not meet what exit() destroys.
template <class Result>
class aside {
 public:
  using call_function = std::function<Result()>;
  using then_function = std::function<void(Result)>;

  explicit aside(asio::io_context& control) : control_(control) {}
  aside(const aside&) = delete;
  aside& operator=(const aside&) = delete;
  ~aside() {
    stop_waiting();
    if (running())
      base::leave_behind(thread_);
    else
      end_thread();
  }

  /// The last call has returned. Throws startup_error if there can be no thread; `call` must not throw.
  void start(call_function call, then_function then) {
    end_thread();
    auto shared = std::make_shared<state>(control_);
    thread_ = base::start_thread("aside", [shared, call = std::move(call)] { shared->finish(call()); });
    shared->then = std::move(then);  // read on this context only
    state_ = std::move(shared);
  }

  /// A call has not returned.
  bool running() const {
    if (!state_) return false;
    const std::lock_guard lock(state_->mutex);
    return !state_->returned;
  }

  /// From the return on nothing is posted to the control context.
  void stop_waiting() {
    if (!state_) return;
    const std::lock_guard lock(state_->mutex);
    state_->waiting = false;
  }

 private:
  struct state : std::enable_shared_from_this<state> {
    explicit state(asio::io_context& context) : control(context) {}

    void finish(Result outcome) noexcept {
      result.emplace(std::move(outcome));
      while (!posted()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }

    /// False: there is no memory for it now.
    bool posted() noexcept {
      const std::lock_guard lock(mutex);
      returned = true;
      if (!waiting) return true;
      try {
        asio::post(control, [self = this->shared_from_this()] {
          if (self->waiting) std::exchange(self->then, {})(std::move(*self->result));
        });
        return true;
      } catch (...) {
        return false;
      }
    }

    asio::io_context& control;
    then_function then;
    std::optional<Result> result;
    std::mutex mutex;
    bool waiting = true, returned = false;  // `waiting` changes on the control context's thread only
  };

  void end_thread() {
    if (thread_.joinable()) thread_.join();
  }

  asio::io_context& control_;
  std::shared_ptr<state> state_;
  std::thread thread_;
};

}  // namespace sundown::process
