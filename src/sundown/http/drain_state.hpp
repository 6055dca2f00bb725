#pragma once

#include <sundown/stop/budget.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stop_token>

namespace sundown::http::detail {

enum class listener_kind : std::uint8_t { plain, tls };

/// The two tokens of the stop, one pair per server, and whose the listening sockets are. Written by the control plane,
/// read by all workers.
class drain_state {
 public:
  explicit drain_state(const stop::budget& clock) : clock_(clock) {}

  void announce() noexcept { draining_.store(true, std::memory_order_release); }
  void hard_cancel() { hard_.request_stop(); }
  void share_listeners(listener_kind which, bool shared) noexcept {
    shared_[static_cast<std::size_t>(which)].store(shared, std::memory_order_release);
  }

  bool draining() const noexcept { return draining_.load(std::memory_order_acquire); }
  bool listeners_shared(listener_kind which) const noexcept {
    return shared_[static_cast<std::size_t>(which)].load(std::memory_order_acquire);
  }
  bool hard_canceled() const noexcept { return hard().stop_requested(); }
  std::stop_token hard() const noexcept { return hard_.get_token(); }
  const stop::budget& clock() const noexcept { return clock_; }
  const stop::stop_plan& plan() const noexcept { return clock_.plan(); }
  /// The end of a grace that begins at `from`. Until ready_delay.min is over, nobody is closed: a load balancer that
  /// has not looked yet still sends requests on its idle connections, and opens new ones.
  clock::time_point grace_end(clock::time_point from, milliseconds grace) const noexcept {
    return std::max(from + grace, clock_.ready_delay_min_end());
  }

 private:
  const stop::budget& clock_;
  std::atomic<bool> draining_{false};
  std::array<std::atomic<bool>, 2> shared_{};
  std::stop_source hard_;
};

}  // namespace sundown::http::detail
