#pragma once

#include "support/testing.hpp"
#include "wire/reserved_port.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace sundown::test {

/// The OpenTelemetry Collector as a process of the test's own, on a free port: what it receives by OTLP over HTTP it
/// writes to a file. Ends with the object, whatever state it is in.
class collector {
 public:
  /// Why there is none to test with, and how to get one; "" if there is.
  static std::string missing();

  /// Starts one; throws if it doesn't come up.
  collector();

  /// "http://127.0.0.1:port"
  std::string url() const;
  /// The spans that it has received, as OTLP/JSON has them; all of those that it has answered once it has ended.
  std::vector<std::string> spans() const;
  /// How many there are.
  std::size_t span_count() const;
  /// Asks it to end, and waits: all that it has taken is in the file then.
  void end();

 private:
  temp_dir directory_;
  reserved_port reserved_;
  endpoint where_;
  std::optional<child_process> process_;
};

}  // namespace sundown::test
