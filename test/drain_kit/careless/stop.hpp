#pragma once

#include "drain_kit/careless/faults.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace careless {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

/// What an idle connection is served for beyond the signal; how long half a head, half a body or a reader that has
/// stopped may hold the stop.
constexpr auto idle_grace = 700ms, patience = 1500ms;

/// The stop as connections see it: a descriptor that becomes readable, for good, when it begins.
class stop_state {
 public:
  explicit stop_state(fault how) : fault_(how), event_(::eventfd(0, EFD_CLOEXEC)) {}

  void begin() {
    began_ = clock::now();
    stopping_ = true;
    ::eventfd_write(event_, 1);
  }
  bool stopping() const { return stopping_; }
  bool has(fault which) const { return fault_ == which; }
  /// Once it stops, and only then.
  bool fails(fault which) const { return stopping_ && has(which); }
  int event() const { return event_; }
  /// What is left of so much time from the signal on.
  milliseconds left_of(milliseconds bound) const {
    return std::max(0ms, std::chrono::ceil<milliseconds>(began_.load() + bound - clock::now()));
  }

 private:
  const fault fault_;
  const int event_;
  std::atomic<clock::time_point> began_{clock::now()};
  std::atomic<bool> stopping_{false};
};

}  // namespace careless
