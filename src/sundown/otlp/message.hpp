#pragma once

#include "otlp/settings.hpp"

#include <sundown/program.hpp>

#include <string>
#include <string_view>

namespace sundown::otlp {

/// What stands before the spans of an ExportTraceServiceRequest in OTLP/JSON: the resource, which is this process, and
/// the library as the scope.
std::string opening_of(const settings& given, const program& identity);

/// What stands behind them.
inline constexpr std::string_view closing = "]}]}]}";

}  // namespace sundown::otlp
