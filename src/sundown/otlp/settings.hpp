#pragma once

#include "otlp/variables.hpp"

#include <sundown/time.hpp>
#include <sundown/trace/tracer.hpp>

#include <cstddef>
#include <string>

namespace sundown::otlp {

/// How spans are exported, by OpenTelemetry's environment variables.
struct settings {
  settings() = default;

  std::string endpoint;     ///< where to POST; "": tracing is off
  pairs headers;            ///< secrets
  std::string certificate;  ///< a PEM file of authorities; "": the system's
  bool gzip = false;
  milliseconds timeout{10'000};  ///< of one POST
  std::string service_name;      ///< "": the program's
  pairs resource;                ///< attributes beside the library's own
  trace::sampler sampler = trace::sampler::parent_based(trace::sampler::always_on());
  std::size_t queue = 2048;             ///< spans that wait
  std::size_t batch = 512;              ///< spans in one POST
  milliseconds delay{5'000};            ///< between two batches that are not full
  milliseconds export_timeout{30'000};  ///< of a batch with its retries; 0: none

  bool enabled() const noexcept { return !endpoint.empty(); }
};

/// Reads the variables. What is wrong is said only where tracing is on.
settings read_settings(const environment& from, findings& into);

}  // namespace sundown::otlp
