#pragma once

#include "service/trace_provider.hpp"

#include <chrono>
#include <cstddef>
#include <string_view>

namespace sundown::otlp {

using environment = serving::environment_variables;
using pairs = environment;
using findings = serving::trace_provider::findings;

/// Variables as OpenTelemetry reads them: an empty one is not set. Lifetime: the environment must outlive it.
class variables {
 public:
  explicit variables(const environment& from) : from_(from) {}

  std::string_view text(std::string_view name) const;
  /// The first of the names that is set; empty if none is.
  std::string_view first_set(std::string_view name, std::string_view other) const;
  /// Only "true" is true, in upper or lower case; anything else but "false" is a warning.
  bool flag(std::string_view name, findings& into) const;
  std::size_t number(std::string_view name, std::size_t fallback, std::size_t least, findings& into,
                     std::size_t most = 1'000'000) const;
  /// In milliseconds.
  std::chrono::milliseconds duration(std::string_view name, std::chrono::milliseconds fallback, findings& into,
                                     std::size_t least = 1) const;

 private:
  const environment& from_;
};

/// "name=value,name=value", as headers and resource attributes are written: commas and equals signs in names and values
/// are percent-encoded, other characters may be (OpenTelemetry, Resource SDK and OTLP Exporter Configuration). False if
/// it is none.
bool read_pairs(std::string_view text, pairs& into);

}  // namespace sundown::otlp
