#pragma once

#include "stop/event.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <string>

namespace sundown::stop {

/// Asynchronous work of another part (a closer, a server's drain): started, awaited up to a limit, cancelled, and in
/// the worst case left behind suspended. The end of the work touches only this object, which the work keeps alive, so
/// that it may come at any later time. Everything on the strand.
class task_handle : public std::enable_shared_from_this<task_handle> {
 public:
  using function = std::function<asio::awaitable<void>()>;

  /// Calls `work` on the strand; sets `on_end` when it has ended.
  static std::shared_ptr<task_handle> start(const asio::any_io_executor& strand, function work, event on_end);

  explicit task_handle(event on_end) : on_end_(std::move(on_end)) {}

  bool ended() const noexcept { return ended_; }
  /// What it threw; empty if it ended well or not yet.
  std::string error() const;
  /// It threw asio::error::timed_out.
  bool timed_out() const;
  /// Requests cancellation; the work may ignore it.
  void cancel() {
    if (!ended_) cancel_.emit(asio::cancellation_type::terminal);
  }

 private:
  const event on_end_;
  asio::cancellation_signal cancel_;
  bool ended_ = false;
  std::exception_ptr error_;
};

}  // namespace sundown::stop
