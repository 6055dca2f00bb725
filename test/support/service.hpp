#pragma once

#include "support/programs.hpp"
#include "support/testing.hpp"

#include <sundown/testing/googletest.hpp>
#include <sundown/testing/service.hpp>

namespace sundown::test {

/// The library's test service as a process of its own, or the program that the options name.
class service : public sundown::testing::service {
 public:
  explicit service(const service_options& options = {}) : sundown::testing::service(test_service(options)) {}

  /// Waits until the service has read all that was sent to its HTTP port.
  bool wait_all_read(milliseconds limit = ample) const;
  /// All that it wrote, once it has ended.
  std::string written();
};

}  // namespace sundown::test
