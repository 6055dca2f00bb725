#pragma once

#include <atomic>

namespace sundown::http_client {

/// How far a call has come, and whether it may go on: whoever gives it up learns in the same moment whether its request
/// can have been sent. Thread safety: any thread.
class progress {
 public:
  enum class step : unsigned {
    none,
    queued,      ///< waits for one of the connections to its origin
    connecting,  ///< its connection is being made: the address, the connection, the TLS handshake
    sent,        ///< a part of the request at least, perhaps
  };

  /// False once the call is given up: then the step must not be taken. A call that is sent a second time stays `sent`.
  bool advance(step to) noexcept {
    auto seen = state_.load();
    for (;;) {
      if ((seen & given_up) != 0) return false;
      if (seen >= static_cast<unsigned>(to)) return true;
      if (state_.compare_exchange_weak(seen, static_cast<unsigned>(to))) return true;
    }
  }
  /// No step is taken after this.
  void give_up() noexcept { state_.fetch_or(given_up); }
  /// The last step: after give_up() it is final.
  step reached() const noexcept { return static_cast<step>(state_.load() & ~given_up); }

 private:
  static constexpr unsigned given_up = 8;

  std::atomic<unsigned> state_{0};
};

}  // namespace sundown::http_client
