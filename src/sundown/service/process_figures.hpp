#pragma once

namespace sundown::serving {

/// What the kernel says of this process, by the names that Prometheus client libraries use for it.
struct process_figures {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double virtual_bytes = 0;
  double max_virtual_bytes = 0;  ///< -1: no limit
  double threads = 0;
  double start_time = 0;  ///< seconds since the Unix epoch
  double open_fds = 0;
  double max_fds = 0;
};

/// Reads /proc/self; what can't be read stays 0. Costs the same however many descriptors are open (before Linux 6.2
/// they are counted anew every five seconds at most). Thread safety: any thread.
process_figures read_process_figures();

}  // namespace sundown::serving
