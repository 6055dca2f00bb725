#pragma once

#include "log/failure.hpp"
#include "stop/alarm.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <string>

namespace sundown::stop {

/// Somebody else's asynchronous work (a closer, a server's drain): started, waited for up to a limit, cancelled, and in
/// the worst case left behind suspended. Its end touches only this object, which it keeps alive, so that it may come at
/// any later time. Everything on the strand.
class errand : public std::enable_shared_from_this<errand> {
 public:
  using function = std::function<asio::awaitable<void>()>;

  /// Calls `work` on the strand; rings `bell` when it has ended.
  static std::shared_ptr<errand> start(asio::any_io_executor strand, function work, std::shared_ptr<alarm> bell);

  explicit errand(std::shared_ptr<alarm> bell) : bell_(std::move(bell)) {}

  bool ended() const noexcept { return ended_; }
  /// What it threw; empty if it ended well or not yet.
  std::string error() const;
  /// It threw asio::error::timed_out.
  bool timed_out() const;
  /// Asks it to give up. Whether it does is its own affair.
  void cancel() {
    if (!ended_) give_up_.emit(asio::cancellation_type::terminal);
  }

 private:
  std::shared_ptr<alarm> bell_;
  asio::cancellation_signal give_up_;
  bool ended_ = false;
  std::exception_ptr error_;
};

}  // namespace sundown::stop
