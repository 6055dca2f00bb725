#pragma once

#include "otlp/settings.hpp"

#include <sundown/program.hpp>

#include <string>
#include <string_view>

namespace sundown::otlp {

/// What stands around the spans of an ExportTraceServiceRequest in OTLP/JSON: the resource, which is this process, and
/// the library as the scope. Made once.
class envelope {
 public:
  envelope(const settings& given, const program& identity);

  /// The body of a POST. `spans`: Span objects with commas between them.
  std::string around(std::string_view spans) const;

 private:
  std::string before_;
};

}  // namespace sundown::otlp
