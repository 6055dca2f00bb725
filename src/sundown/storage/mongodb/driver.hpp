#pragma once

// Inside the library only the sources of mongodb see the driver's headers.
#include <mongoc/mongoc.h>

#include <string>
#include <vector>

namespace sundown::mongodb {

/// Initialises the driver at the first call, sends its log to ours, and cleans up at the end of the process: it can't
/// be initialised a second time. A process that leaves by _exit() leaves the cleaning up out.
void start_driver();

/// While it lives, it takes what the driver logs on this thread, and our log does not get it: it may quote a URI.
class captured_log {
 public:
  captured_log();
  ~captured_log();
  captured_log(const captured_log&) = delete;
  captured_log& operator=(const captured_log&) = delete;

  /// What is worth a warning, but for what is deprecated: it works.
  const std::vector<std::string>& warnings() const { return warnings_; }
  void take(mongoc_log_level_t level, const char* message);

 private:
  captured_log* const outer_;
  std::vector<std::string> warnings_;
};

}  // namespace sundown::mongodb
