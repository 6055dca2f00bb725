#pragma once

#include <sundown/stop/budget.hpp>

#include <cstddef>

namespace sundown::http::detail {

/// Leaves some file descriptors to everything in the process that is no connection of this listener: the probes' own
/// listener, the clients of storage servers, files. Without it a flood of connections takes the last one, the liveness
/// probe fails, and the orchestrator kills a service that only has many clients.
///
/// open(2) gives the lowest free number, so the number of a new descriptor says how near the limit is. Near it each
/// accept is preceded by a look at the number that it would get; far from it nothing is asked.
///
/// Thread safety: one thread's.
class descriptor_reserve {
 public:
  /// Keeps `spare` free, at most a quarter of RLIMIT_NOFILE (getrlimit(2)) and half of what the first connection finds.
  explicit descriptor_reserve(std::size_t spare);

  /// A connection has this descriptor.
  void accepted(int descriptor, clock::time_point now) noexcept;
  /// True if the next connection would take one of the spare ones.
  bool reached(clock::time_point now) noexcept;

 private:
  int first_spare_;
  clock::time_point near_until_{};
};

}  // namespace sundown::http::detail
