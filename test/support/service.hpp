#pragma once

#include "support/testing.hpp"

#include <sundown/testing/googletest.hpp>
#include <sundown/testing/service.hpp>

#include "support/sample.hpp"

namespace sundown::test {

/// The sample's binary as a process of its own.
class service : public sundown::testing::service {
 public:
  explicit service(const service_options& options = {}) : sundown::testing::service(sample(options)) {}

  /// Waits until the service has read all that was sent to its HTTP port.
  bool wait_all_read(milliseconds limit = ample) const;

  std::string database() const { return (directory() / "notes.db").string(); }
};

}  // namespace sundown::test
